//! The program `layers`: prints the module graph of a crate.

use std::path::Path;
use std::process::ExitCode;

use switchboard_layers::graph::Graph;
use switchboard_layers::report;
use switchboard_layers::source::Disk;

fn main() -> ExitCode {
    let mut failed = false;
    for root in std::env::args().skip(1) {
        match Graph::read(&Disk, Path::new(&root)) {
            Ok(graph) => print(&root, &graph),
            Err(error) => {
                eprintln!("{error}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print(root: &str, graph: &Graph) {
    println!("# {root}\n\n## Arrows between top-level modules\n{}", report::room_arrows(graph));
    println!("## Arrows between files\n{}", report::file_arrows(graph));
    println!("## Floors of top-level modules\n{}", report::room_floors(graph));
    println!("## Floors of files\n{}", report::file_floors(graph));
    let rooms = report::room_circles(graph);
    println!("## Circles of top-level modules: {}\n{}", rooms.len(), rooms.join("\n"));
    let files = report::file_circles(graph);
    println!("## Circles of files: {}\n{}", files.len(), files.join("\n"));
}
