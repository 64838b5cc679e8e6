//! Hostile component files, dropped beside a running host: each is refused by name, with the reason, and holds nothing up.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
    process::Command,
};

use futures_util::future::LocalBoxFuture;
use switchboard_kit::{
    agents::{built, rogue},
    stage::until,
};

use super::{Kind, Run, ground::Ground};

/// Tries one of the files.
type Refuses = for<'a> fn(&'a mut Ground) -> LocalBoxFuture<'a, String>;

/// A file that is refused.
pub(crate) struct OddFile {
    kind: &'static str,
    /// The name of the file.
    pub(crate) file: &'static str,
    /// What the sentence about it says.
    pub(crate) says: &'static str,
    put: fn(&Path),
}

impl OddFile {
    /// Puts the file into a folder.
    pub(crate) fn put(&self, folder: &Path) {
        (self.put)(&self.path(folder));
    }

    fn path(&self, folder: &Path) -> PathBuf {
        // One of them has a name that is no text.
        folder
            .join(OsStr::from_bytes(&self.file.replace('\u{fffd}', "\u{1}").bytes().map(odd_byte).collect::<Vec<_>>()))
    }
}

fn odd_byte(byte: u8) -> u8 {
    if byte == 1 { 0xff } else { byte }
}

macro_rules! odd_files {
    ($($name:ident: $kind:literal, $file:literal => $says:literal, $put:expr;)*) => {
        /// The files that are refused, a kind each.
        pub(crate) const ODD_FILES: &[OddFile] = &[$(OddFile { kind: $kind, file: $file, says: $says, put: $put }),*];

        $(fn $name(ground: &mut Ground) -> LocalBoxFuture<'_, String> {
            Box::pin(refused(ground, ODD_FILES.iter().find(|odd| odd.kind == $kind).expect("one of them")))
        })*

        const RUNS: &[Refuses] = &[$($name as Refuses),*];
    };
}

odd_files! {
    pipe: "named pipe", "pipe.wasm" => "it is no regular file",
        |path| assert!(Command::new("mkfifo").arg(path).status().is_ok_and(|made| made.success()));
    endless: "link to an endless device", "endless.wasm" => "it is no regular file",
        |path| symlink("/dev/zero", path).expect("linked");
    circle: "link to itself", "circle.wasm" => "symbolic link",
        |path| symlink("circle.wasm", path).expect("linked");
    folder: "folder", "folder.wasm" => "it is no regular file",
        |path| fs::create_dir(path).expect("made");
    large: "file of 40 MB", "large.wasm" => "it has more bytes than component_bytes_max = 33554432",
        |path| fs::File::create(path).expect("made").set_len(40 << 20).expect("grown");
    name: "name that is no text", "name\u{fffd}.wasm" => "its name is not UTF-8",
        |path| fs::write(path, rogue("second")).expect("written");
    nested: "ten billion instances in 624 bytes", "nested.wasm" => "core instances, nested ones counted as often as they are made; at most 50",
        |path| fs::write(path, billions()).expect("written");
    locals: "function of 4 MB", "locals.wasm" => "bytes in one function; at most 1048576",
        |path| fs::write(path, module(&format!("(func (local {}) {})", "i32 ".repeat(40_000), "nop ".repeat(4_000_000)))).expect("written");
    functions: "a million functions", "functions.wasm" => "it has 1000000 functions; at most 100000",
        |path| fs::write(path, module(&"(func)".repeat(1_000_000))).expect("written");
    tables: "a thousand tables", "tables.wasm" => "tables, nested ones counted as often as they are made",
        |path| fs::write(path, instance(&"(table 1000 funcref)".repeat(1_000))).expect("written");
    memories: "a hundred memories of 4 GB", "memories.wasm" => "memories, nested ones counted as often as they are made",
        |path| fs::write(path, instance(&"(memory 65536)".repeat(100))).expect("written");
    types: "thirty thousand types", "types.wasm" => "types; at most 20000",
        |path| fs::write(path, module(&"(type (func))".repeat(30_000))).expect("written");
    levels: "components in each other, 500 deep", "levels.wasm" => "levels of nested components; at most 16",
        |path| fs::write(path, in_each_other(500)).expect("written");
    memory: "memory of 4 GB from the start", "memory.wasm" => "",
        |path| fs::write(path, instance("(memory 65536)")).expect("written");
    starts: "start function that loops", "starts.wasm" => "",
        |path| fs::write(path, instance("(func $f (loop (br 0))) (start $f)")).expect("written");
    describes: "component that panics when asked for its profile", "describer.wasm" => "its `describe` failed",
        |path| fs::write(path, rogue("describer")).expect("written");
    wrong_name: "component of another agent's name", "impostor.wasm" => "it calls itself `rogue`",
        |path| fs::write(path, rogue("weak")).expect("written");
    truncated: "component that breaks off", "truncated.wasm" => "",
        |path| fs::write(path, &built("support")[..100_000]).expect("written");
    flipped: "component with a byte of another", "flipped.wasm" => "",
        |path| {
            let mut wasm = built("support");
            wasm[12] ^= 0xff;
            fs::write(path, wasm).expect("written");
        };
    core: "core module", "core.wasm" => "it is a core module",
        |path| fs::write(path, wat::parse_str("(module)").expect("WAT")).expect("written");
    world: "component of another world", "world.wasm" => "",
        |path| fs::write(path, wat::parse_str("(component (import \"wasi:sockets/tcp@0.2.0\" (instance)))").expect("WAT")).expect("written");
    text: "text file", "text.wasm" => "",
        |path| fs::write(path, "<html>not found</html>").expect("written");
    empty: "empty file", "empty.wasm" => "",
        |path| fs::write(path, "").expect("written");
}

pub(super) fn kinds() -> Vec<Kind> {
    let kind = |(odd, run): (&OddFile, &Refuses)| Kind {
        by: "file",
        name: odd.kind,
        bound: if odd.says.is_empty() { "it is refused by name, with the reason" } else { odd.says },
        run: Run::Beside(*run),
    };
    ODD_FILES.iter().zip(RUNS).map(kind).collect()
}

fn module(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {inside}))")).expect("WAT")
}

/// A component that makes an instance of a module.
fn instance(inside: &str) -> Vec<u8> {
    let wat = format!("(component (core module $m {inside}) (core instance (instantiate $m)))");
    wat::parse_str(wat).expect("WAT")
}

/// Ten billion instances, in less than a kilobyte.
fn billions() -> Vec<u8> {
    let ten = "(instance (instantiate $c))".repeat(10);
    let innermost = format!("(component $c (core module $m) {})", "(core instance (instantiate $m))".repeat(10));
    let wat = (0..9).fold(innermost, |inner, _| format!("(component $c {inner} {ten})"));
    let bomb = wat::parse_str(wat).expect("WAT");
    assert!(bomb.len() < 1_024);
    bomb
}

/// Components in each other: a preamble, and a section whose content is the next.
fn in_each_other(count: usize) -> Vec<u8> {
    const PREAMBLE: [u8; 8] = *b"\0asm\x0d\0\x01\0";
    const COMPONENT: u8 = 4;
    (0..count).fold(PREAMBLE.to_vec(), |inner, _| {
        let mut outer = PREAMBLE.to_vec();
        outer.push(COMPONENT);
        let mut length = inner.len();
        while length > 127 {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(inner);
        outer
    })
}

/// The host names the file and why, whatever else is in its folder; without the file it is well again.
async fn refused(ground: &mut Ground, odd: &OddFile) -> String {
    let plugins = ground.stage.plugins();
    odd.put(&plugins);
    let named = async || {
        let problems = ground.stage.health(0).await.1["problems"].clone();
        let all = problems.as_array().into_iter().flatten().filter_map(|problem| problem.as_str());
        all.filter(|said| said.starts_with(odd.file)).map(str::to_owned).collect::<Vec<_>>().pop()
    };
    let mut seen = String::new();
    until("the file is refused", async || {
        seen = named().await.unwrap_or_default();
        // A file may be looked at before it is whole.
        !seen.is_empty() && seen.contains(odd.says)
    })
    .await;
    let path = odd.path(&plugins);
    if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }.expect("removed");
    until("it is forgotten", async || named().await.is_none()).await;
    seen
}
