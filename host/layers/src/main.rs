//! The program `layers`.
//!
//! `layers` checks the workspace in the current folder, prints each crate's floors and what is broken, and fails if
//! anything is. `layers [--self-calls] FILE..` prints the whole graph of the crates with these root files.

use std::path::Path;
use std::process::ExitCode;

use switchboard_layers::check::{CheckError, broken, roots};
use switchboard_layers::graph::{Graph, SelfCalls};
use switchboard_layers::house::HOUSE;
use switchboard_layers::report;
use switchboard_layers::source::Disk;

fn main() -> ExitCode {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with('-'));
    let self_calls = match flags.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => SelfCalls::Ignored,
        ["--self-calls"] => SelfCalls::Counted,
        _ => {
            eprintln!("usage: layers, or layers [--self-calls] FILE..");
            return ExitCode::FAILURE;
        }
    };
    let done = if files.is_empty() {
        check()
    } else {
        files.iter().try_for_each(|file| print(file, self_calls)).map(|()| true)
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Checks the workspace; false if something is broken.
fn check() -> Result<bool, CheckError> {
    let workspace = Path::new("");
    for root in roots(&HOUSE, &Disk, workspace) {
        let graph = Graph::read(&Disk, &root.path, SelfCalls::Ignored)?;
        println!(
            "{} ({}), from the top floor down:\n{}",
            root.of.name,
            root.path.display(),
            report::room_floors(&graph)
        );
    }
    let found = broken(&HOUSE, &Disk, workspace)?;
    for finding in &found {
        println!("{finding}");
    }
    if !found.is_empty() {
        println!("layers: {} rules broken", found.len());
    }
    Ok(found.is_empty())
}

/// Prints a crate's arrows, floors and circles.
fn print(root: &str, self_calls: SelfCalls) -> Result<(), CheckError> {
    let graph = Graph::read(&Disk, Path::new(root), self_calls)?;
    println!("# {root}\n\n## Arrows between top-level modules\n{}", report::room_arrows(&graph));
    println!("## Arrows between files\n{}", report::file_arrows(&graph));
    println!("## Floors of top-level modules\n{}", report::room_floors(&graph));
    println!("## Floors of files\n{}", report::file_floors(&graph));
    let rooms = report::room_circles(&graph);
    println!("## Circles of top-level modules: {}\n{}", rooms.len(), rooms.join("\n"));
    let files = report::file_circles(&graph);
    println!("## Circles of files: {}\n{}", files.len(), files.join("\n"));
    Ok(())
}
