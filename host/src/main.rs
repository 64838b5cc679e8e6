//! The program `switchboard`: parses the command line and runs the command.

use std::process::ExitCode;

use clap::Parser;
use switchboard::cli::{Cli, run};

/// The global allocator: mimalloc, faster than the system's allocator when turns allocate concurrently (`make bench`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(Cli::parse())
}
