//! Embeds what an agent outside this repository is built with: the SDK with its bindings generated, the crates that its native tests need,
//! the contract, and the settings of the build. `switchboard agents new` writes them.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use wit_bindgen_core::{Files, WorldGenerator, wit_parser::Resolve};

/// Files and folders from the workspace's root.
const EMBEDDED: [&str; 13] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "agents-wit/agent.wit",
    "agents-wit/bounds.md",
    "agents/sdk/Cargo.toml",
    "agents/sdk/examples",
    "agents/sdk/json",
    "agents/sdk/src",
    "host/core/Cargo.toml",
    "host/core/src",
    "host/understand/Cargo.toml",
    "host/understand/src",
];

/// Another folder of the same.
const DATA: &str = "host/understand/data";

/// The file that the generated bindings take the place of.
const BINDINGS: &str = "agents/sdk/src/bindings.rs";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = fs::canonicalize("..")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let bindings = out.join("bindings.rs");
    fs::write(&bindings, generated(&root.join("agents-wit/agent.wit"))?)?;
    let mut files = Vec::new();
    for at in EMBEDDED.into_iter().chain([DATA]) {
        println!("cargo::rerun-if-changed={}", root.join(at).display());
        collect(&root.join(at), &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        let name = path.strip_prefix(&root)?.to_str().ok_or("the names of our files are UTF-8")?;
        let text = if name == BINDINGS { &bindings } else { &path };
        writeln!(code, "    ({name:?}, include_str!({:?})),", text.display().to_string())?;
    }
    code.push_str("]\n");
    fs::write(out.join("embedded.rs"), code)?;
    Ok(())
}

/// All files below a path.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// What `wit_bindgen::generate!` makes in `agents/sdk/src/bindings.rs`, with the same options.
fn generated(wit: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str(wit, &fs::read_to_string(wit)?)?;
    let world = resolve.select_world(&[package], Some("agent"))?;
    let options = wit_bindgen_rust::Opts {
        format: true,
        pub_export_macro: true,
        export_macro_name: Some("export_world".to_owned()),
        default_bindings_module: Some("agent_sdk::bindings".to_owned()),
        additional_derive_attributes: ["PartialEq", "serde::Serialize", "serde::Deserialize"]
            .map(str::to_owned)
            .to_vec(),
        generate_all: true,
        ..wit_bindgen_rust::Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let (_, code) = files.iter().next().ok_or("bindings are one file")?;
    let head = "//! The contract as Rust types and functions, generated from `agent.wit` by wit-bindgen.\n\n\
        #![allow(missing_docs, unsafe_code, clippy::all, clippy::pedantic)]\n\n";
    // A module's own attributes stand before anything else.
    let code = std::str::from_utf8(code)?;
    Ok(head.to_owned() + code)
}
