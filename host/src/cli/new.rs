//! `switchboard agents new` and `agents build`: scaffolds of agents, and builds of components.

use std::{path::PathBuf, time::Instant};

use anyhow::Context;
use clap::Args;

use crate::author::{self, Kind, Profile, Project};

/// The arguments of `new`.
#[derive(Args)]
pub(super) struct NewArgs {
    /// Its name: lower-case letters, digits and `_`.
    name: String,
    #[command(flatten)]
    kind: KindArgs,
}

/// The kind of the agent; `--flow` if nothing is said.
#[derive(Args)]
#[group(multiple = false)]
struct KindArgs {
    /// In Rust: questions in order, understood, summed up and confirmed.
    #[arg(long)]
    flow: bool,
    /// In Rust: people offer things, others find them and ask for contact.
    #[arg(long)]
    board: bool,
    /// In Rust: one function that answers a message.
    #[arg(long)]
    rust: bool,
    /// In JavaScript; the build needs node and npm.
    #[arg(long)]
    js: bool,
    /// In Python; the build needs python3 with venv.
    #[arg(long)]
    python: bool,
    /// In C; the build needs clang and wasm-ld.
    #[arg(long)]
    c: bool,
}

/// The arguments of `build`.
#[derive(Args)]
pub(super) struct BuildArgs {
    /// The agent.
    name: String,
}

impl KindArgs {
    fn kind(&self) -> Kind {
        let said = [
            (self.board, Kind::Board),
            (self.rust, Kind::Rust),
            (self.js, Kind::Js),
            (self.python, Kind::Python),
            (self.c, Kind::C),
        ];
        said.into_iter().find(|(is, _)| *is).map_or(Kind::Flow, |(_, kind)| kind)
    }
}

pub(super) fn new(args: &NewArgs) -> anyhow::Result<()> {
    let (name, kind) = (&args.name, args.kind.kind());
    let here = std::env::current_dir().context("the working directory")?;
    let made = author::new(&here, name, kind)?;
    match made.is_new_project {
        true => println!("{}/: a project with agent `{name}`, {}", made.project.root.display(), kind.about()),
        false => println!("agents/{name}/: {}", kind.about()),
    }
    for file in &made.files {
        println!("  {}", file.display());
    }
    println!("  plugins.toml: its entry, with the capabilities that it imports");
    println!();
    if made.is_new_project {
        println!("  cd {name}");
    }
    println!("  switchboard dev {name}            builds it, plays its conversations, and you chat with it");
    println!("  switchboard agents build {name}   builds plugins/{name}.wasm, and `switchboard test {name}` tests it");
    println!();
    println!("Where a flags row says who is on, it is off until `switchboard flags set agentFlags.{name} true`.");
    Ok(())
}

pub(super) async fn build(args: &BuildArgs) -> anyhow::Result<()> {
    let (project, began) = (Project::here()?, Instant::now());
    let built = author::build(&project, &args.name, Profile::Agent, false).await?;
    let wasm = std::fs::read(&built).with_context(|| built.display().to_string())?;
    let folder = project.plugins()?;
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let file = put(&folder, &args.name, &wasm).with_context(|| folder.display().to_string())?;
    let shown = file.strip_prefix(&project.root).unwrap_or(&file);
    println!("{}: {} bytes, in {:.1} s", shown.display(), wasm.len(), began.elapsed().as_secs_f64());
    Ok(())
}

/// Puts a component into a plugin folder, so that a running host never sees a part of it.
fn put(folder: &std::path::Path, name: &str, wasm: &[u8]) -> std::io::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o644);
    let temporary = tempfile::Builder::new().prefix(".").suffix(".new").permissions(mode).tempfile_in(folder)?;
    std::fs::write(temporary.path(), wasm)?;
    let file = folder.join(name).with_extension("wasm");
    temporary.persist(&file)?;
    Ok(file)
}
