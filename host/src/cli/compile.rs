//! `switchboard compile-component`: the child process that compiles a component for the host.

use std::process::ExitCode;

use switchboard_sandbox::plugins::{CompileLimits, compile_child};

/// Its arguments: the limits of the process.
#[derive(clap::Args)]
pub(super) struct CompileArgs {
    cpu_seconds: u32,
    memory_bytes: u64,
}

/// Compiles the component in the standard input.
pub(super) fn run(args: &CompileArgs) -> ExitCode {
    compile_child(CompileLimits { cpu_seconds: args.cpu_seconds, memory_bytes: args.memory_bytes })
}
