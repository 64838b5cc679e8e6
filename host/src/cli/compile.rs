//! `switchboard compile-component`: the child process that compiles a component for the host.

use std::process::ExitCode;

use switchboard_sandbox::plugins::{CompileLimits, compile_child};

/// Its arguments: the limits of the process.
#[derive(clap::Args)]
pub(super) struct CompileArgs {
    cpu_seconds: u32,
    memory_bytes: u64,
}

/// Compiles the component in the standard input. The host reads the exit code and the last line of an error.
pub(super) fn run(args: &CompileArgs) -> ExitCode {
    let limits = CompileLimits { cpu_seconds: args.cpu_seconds, memory_bytes: args.memory_bytes };
    match compile_child(limits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
