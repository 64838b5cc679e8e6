//! What is taken into service and what is not: files, the manifest and the cache, with real components.

use std::{fs, path::PathBuf};

use switchboard_sandbox::plugins::{Compiler, Plugins, PluginsConfig};

use switchboard_kit::{
    agents::{ALL, built, entry, rogue},
    stage::until,
};

use crate::swap::another_version;

/// A plugin folder with its manifest.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new(manifest: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        fs::create_dir(folder.path("plugins")).expect("made");
        folder.manifest(manifest);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn manifest(&self, text: &str) {
        let new = self.path("plugins.toml.new");
        fs::write(&new, text).expect("written");
        fs::rename(new, self.path("plugins.toml")).expect("renamed");
    }

    /// Puts a file into the plugin folder by rename.
    pub(crate) fn put(&self, name: &str, wasm: &[u8]) {
        fs::write(self.path("new"), wasm).expect("written");
        fs::rename(self.path("new"), self.path("plugins").join(name)).expect("renamed");
    }

    pub(crate) fn config(&self) -> PluginsConfig {
        PluginsConfig {
            manifest: self.path("plugins.toml"),
            data_dir: self.path("data"),
            compiler: Compiler::InProcess,
        }
    }

    async fn load(&self) -> Plugins {
        Plugins::load_once(self.config()).await.expect("it starts")
    }

    async fn follow(&self) -> Plugins {
        Plugins::start(self.config()).await.expect("it starts")
    }
}

fn names(plugins: &Plugins) -> Vec<String> {
    plugins.current().iter().map(|version| version.name().to_owned()).collect()
}

pub(crate) async fn in_service(plugins: &Plugins, names_expected: &[&str]) {
    until(&format!("{names_expected:?} are in service"), async || names(plugins) == names_expected).await;
}

pub(crate) const ROGUE: &str = "[[agent]]\nname = \"rogue\"\ncapabilities = [\"records\", \"log\"]\n";

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let unlisted = "[unlisted]\nenabled = true\ncapabilities = [\"records\", \"log\"]\n";
    let cases: [(&str, &str, Vec<u8>, &str); 12] = [
        (ROGUE, "rogue.wasm", b"rubbish".to_vec(), "no WebAssembly, or not whole"),
        (ROGUE, "rogue.wasm", rogue("rogue")[..9_000].to_vec(), "no WebAssembly, or not whole"),
        (ROGUE, "rogue.wasm", b"\0asm\x01\0\0\0".to_vec(), "link it with wasm-component-ld"),
        (ROGUE, "rogue.wasm", rogue("second"), "it calls itself `second`"),
        (ROGUE, "second.wasm", rogue("second"), "add name = \"second\""),
        (
            "[[agent]]\nname = \"rogue\"\n",
            "rogue.wasm",
            rogue("rogue"),
            "write `capabilities = [\"log\", \"records\"]`",
        ),
        (
            "[[agent]]\nname = \"rogue\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n",
            "rogue.wasm",
            rogue("rogue"),
            "update the pin",
        ),
        ("[limits]\ncomponent_bytes_max = 1000\n", "rogue.wasm", rogue("rogue"), "component_bytes_max = 1000"),
        (unlisted, "Rogue.wasm", rogue("rogue"), "lower-case letters"),
        // A name that is given away already cannot be taken by dropping a file.
        (
            "[unlisted]\nenabled = true\n[[agent]]\nname = \"rogue\"\ncomponent = \"other.wasm\"\n",
            "rogue.wasm",
            rogue("rogue"),
            "is another file, other.wasm",
        ),
        (
            unlisted,
            "rogue.wasm",
            component_that_wants("wasi:cli/environment@0.2.0"),
            "it imports `wasi`, which is not granted",
        ),
        (
            "[unlisted]\nenabled = true\ncapabilities = [\"wasi\"]\n",
            "rogue.wasm",
            component_that_wants("wasi:http/types@0.2.0"),
            "the inert WASI has",
        ),
    ];
    for (manifest, file, wasm, says) in cases {
        let folder = Folder::new(manifest);
        folder.put(file, &wasm);
        let plugins = folder.load().await;
        assert_eq!(names(&plugins), [] as [&str; 0], "{says}");
        let refused = plugins.refusals();
        assert!(
            refused.len() == 1 && refused[0].file == file && refused[0].reason.contains(says),
            "{says}: {refused:?}"
        );
    }
}

/// The least component that imports an instance of this name.
fn component_that_wants(name: &str) -> Vec<u8> {
    let section = |id: u8, bytes: &[u8]| [&[id, u8::try_from(bytes.len()).expect("short")], bytes].concat();
    let length = u8::try_from(name.len()).expect("short");
    // One type: an instance that exports nothing. One import of that type.
    let types = section(7, &[1, 0x42, 0]);
    let imports = section(10, &[&[1, 0, length], name.as_bytes(), &[5, 0]].concat());
    [b"\0asm\x0d\0\x01\0".as_slice(), &types, &imports].concat()
}

#[tokio::test]
async fn code_is_compiled_once_and_never_taken_from_another_hand() {
    let folder = Folder::new(ROGUE);
    folder.put("rogue.wasm", &rogue("rogue"));
    let compiled_anew = async || {
        let agents = folder.load().await.current();
        agents.get("rogue").expect("in service").compile_time().is_some()
    };
    let cached = || {
        let files = fs::read_dir(folder.path("data/cache")).expect("a cache").flatten().map(|entry| entry.path());
        let of =
            |extension: &str| files.filter(|path| path.extension().is_some_and(|e| e == extension)).collect::<Vec<_>>();
        of("cwasm")
    };
    assert!(compiled_anew().await, "the first time");
    until("the code is kept", async || cached().len() == 1).await;
    until("and is used", async || !compiled_anew().await).await;

    let code = cached().remove(0);
    let mut bytes = fs::read(&code).expect("readable");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&code, &bytes).expect("written");
    assert!(compiled_anew().await, "changed code is not run");
    until("the code is kept again", async || !compiled_anew().await).await;
    // A load before may yet keep what it compiled, with its seal.
    until("code without a seal is not run", async || {
        let _ = fs::remove_file(code.with_extension("seal"));
        compiled_anew().await
    })
    .await;
    fs::write(folder.path("data/cache/key"), [7; 32]).expect("written");
    assert!(compiled_anew().await, "nor code that another key sealed");
}

#[tokio::test]
async fn what_runs_is_held_to_the_manifest() {
    let folder = Folder::new(ROGUE);
    folder.put("rogue.wasm", &rogue("rogue"));
    let plugins = folder.follow().await;
    let held = plugins.current();
    in_service(&plugins, &["rogue"]).await;

    folder.manifest("[[agent]]\nname = \"rogue\"\ncapabilities = [\"log\"]\n");
    in_service(&plugins, &[]).await;
    assert!(held.get("rogue").is_some(), "a turn that has begun ends on what it began with");
    folder.manifest(ROGUE);
    in_service(&plugins, &["rogue"]).await;

    // Other limits and settings for the same code.
    folder.manifest(&format!("{ROGUE}limits = {{ fuel = 77 }}\nsettings = {{ a = 1 }}\n"));
    let stands = |fuel: u64, settings: &str| {
        let agents = plugins.current();
        agents.get("rogue").is_some_and(|now| now.about().limits.fuel == fuel && now.settings("1") == settings)
    };
    until("the new limits hold", async || stands(77, "{\"a\":1}")).await;

    // Also where the file that lies there is refused: what runs is held to what is said now, and goes on.
    folder.put("rogue.wasm", b"rubbish");
    until("the file is refused", async || !plugins.refusals().is_empty()).await;
    folder.manifest(&format!("{ROGUE}limits = {{ fuel = 78 }}\n"));
    until("the newest limits hold", async || stands(78, "{}")).await;
    let pinned = format!("{ROGUE}sha256 = \"{}\"\n", "0".repeat(64));
    folder.manifest(&pinned);
    in_service(&plugins, &[]).await;

    folder.put("rogue.wasm", &rogue("rogue"));
    folder.manifest(ROGUE);
    in_service(&plugins, &["rogue"]).await;
    folder.manifest("[[agent]]\nname = \"rogue\"\ncapabilities = [\"files\"]\n");
    until("a wrong manifest is refused", async || {
        plugins.refusals().iter().any(|r| r.reason.contains("no capability"))
    })
    .await;
    assert_eq!(names(&plugins), ["rogue"], "and the last good one stays in force");
    folder.manifest("");
    in_service(&plugins, &[]).await;
}

#[tokio::test]
async fn files_come_and_go() {
    let folder = Folder::new(&format!("[unlisted]\nenabled = true\ncapabilities = [\"records\", \"log\"]\n{ROGUE}"));
    let plugins = folder.follow().await;
    assert_eq!(names(&plugins), [] as [&str; 0]);
    folder.put("second.wasm", &rogue("second"));
    in_service(&plugins, &["second"]).await;
    folder.put("rogue.wasm", &rogue("rogue"));
    in_service(&plugins, &["rogue", "second"]).await;
    fs::remove_file(folder.path("plugins/second.wasm")).expect("removed");
    in_service(&plugins, &["rogue"]).await;
    folder.put("second.wasm", &rogue("second"));
    in_service(&plugins, &["rogue", "second"]).await;

    // Another directory, and what is dropped there.
    fs::create_dir(folder.path("elsewhere")).expect("made");
    folder.manifest(&format!("directory = \"elsewhere\"\n{ROGUE}"));
    in_service(&plugins, &[]).await;
    fs::write(folder.path("new"), rogue("rogue")).expect("written");
    fs::rename(folder.path("new"), folder.path("elsewhere/rogue.wasm")).expect("renamed");
    in_service(&plugins, &["rogue"]).await;
    folder.manifest(&format!("directory = \"nowhere\"\n{ROGUE}"));
    until("a directory that is not there is refused", async || !plugins.refusals().is_empty()).await;
    assert_eq!(names(&plugins), ["rogue"]);
}

/// What a rollout decides on a file that has been replaced meanwhile neither serves nor refuses its successor.
#[tokio::test]
async fn a_decision_on_a_replaced_file_is_dropped() {
    let folder = Folder::new(ROGUE);
    let (one, two) = (rogue("rogue"), another_version(&rogue("rogue"), 2));
    folder.put("rogue.wasm", &one);
    let plugins = folder.follow().await;
    let first = plugins.files()["rogue"].clone();
    let withheld = || Some("it waits".to_owned());
    plugins.serve(first.sha256(), first.clone(), None, withheld()).await;
    assert_eq!(plugins.refusals().len(), 1);
    folder.put("rogue.wasm", &two);
    until("the new file serves", async || {
        plugins.current().get("rogue").is_some_and(|now| now.sha256() != first.sha256())
    })
    .await;
    assert!(plugins.refusals().is_empty(), "a new file is judged anew");

    plugins.serve(first.sha256(), first.clone(), None, withheld()).await;
    assert!(plugins.refusals().is_empty());
    let second = plugins.files()["rogue"].clone();
    assert_ne!(second.sha256(), first.sha256());
    plugins.serve(second.sha256(), first.clone(), None, withheld()).await;
    assert_eq!(plugins.refusals().len(), 1);
    plugins.serve(second.sha256(), second.clone(), None, None).await;
    assert!(plugins.refusals().is_empty(), "and the reason goes once it serves");
}

#[tokio::test]
async fn agents_are_in_the_manifests_order() {
    let folder = Folder::new(&[entry("support", &ALL), entry("jobs", &ALL)].concat());
    for name in ["jobs", "support"] {
        folder.put(&format!("{name}.wasm"), &built(name));
    }
    assert_eq!(names(&folder.load().await), ["support", "jobs"]);
}
