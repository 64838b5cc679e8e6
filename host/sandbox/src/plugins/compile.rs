//! Compiling: of a component that was checked, in a child process with limits of processor time and memory.

use std::{
    io::{self, Read, Write},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::agent::{self, Compiling};

/// The name of the program's hidden command that runs [`compile_child`].
pub const COMPILE_COMMAND: &str = "compile-component";

/// How much less than others a child counts for the processor: half, so that turns go first, and it comes to an end on
/// a busy machine.
const NICE: i32 = 3;

/// Processor seconds are also counted by the clock: after so many times as long a child is ended that gets no processor.
const PATIENCE: u32 = 20;

/// How much code a component may give: so many bytes, and so many for each of its own. Ours give four.
const CODE_BYTES: usize = 4 << 20;
const CODE_BYTES_EACH: usize = 16;

/// Address space of the child for each byte of the component, beside `compile_memory_bytes`: what brings an interpreter with it (12 MB of
/// JavaScript) takes 45 and more.
const MEMORY_EACH: u64 = 64;

/// The exit codes of a child: the compiler refuses the component, it gives too much code, the compiler failed.
const EXIT_REFUSED: u8 = 3;
const EXIT_CODE_BYTES: u8 = 4;
const EXIT_FAILED: u8 = 5;

/// Where components are compiled.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// In a child process of this program, which has the command [`COMPILE_COMMAND`].
    Child(PathBuf),
    /// In this process, without limits of time and memory: for tests and benchmarks, which are not that program.
    InProcess,
    /// Like [`Compiler::InProcess`], and without optimising: for `switchboard dev`, where an edit is waited for. The code goes into a cache
    /// of its own.
    Quick,
}

/// The limits of a child process that compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompileLimits {
    /// Seconds of processor time.
    pub cpu_seconds: u32,
    /// Bytes of address space, beside those for each byte of the component.
    pub memory_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> CompileLimits {
        CompileLimits { cpu_seconds: 120, memory_bytes: 512 << 20 }
    }
}

/// A component was not compiled.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompileError {
    /// The compiler refuses it.
    #[error("{0}")]
    Refused(String),
    /// It took too much.
    #[error("compiling it takes more than {0}")]
    Beyond(String),
    /// It gives too much code.
    #[error("{0}")]
    Code(String),
    /// The compiler itself failed: another time it may succeed.
    #[error("the compiler failed: {0}")]
    Failed(String),
}

impl Compiler {
    /// A child process of the running program, also when its file was replaced meanwhile.
    pub fn this_program() -> Compiler {
        let running = PathBuf::from("/proc/self/exe");
        let path = if running.exists() { running } else { std::env::current_exe().unwrap_or(running) };
        Compiler::Child(path)
    }

    /// Whether its code is another than that of the others.
    pub(super) fn is_quick(&self) -> bool {
        matches!(self, Compiler::Quick)
    }

    /// Compiles a component. If this is dropped, so is the child.
    pub(super) async fn compile(&self, wasm: &[u8], limits: CompileLimits) -> Result<Vec<u8>, CompileError> {
        match self {
            Compiler::Child(program) => in_child(program, wasm, limits).await,
            Compiler::InProcess | Compiler::Quick => {
                let wasm = wasm.to_vec();
                let how = if self.is_quick() { Compiling::Quick } else { Compiling::AllCores };
                match tokio::task::spawn_blocking(move || compile(&wasm, how)).await {
                    Ok(code) => code,
                    Err(error) => Err(CompileError::Failed(error.to_string())),
                }
            }
        }
    }
}

/// Compiles a component on the calling thread.
fn compile(wasm: &[u8], how: Compiling) -> Result<Vec<u8>, CompileError> {
    let code = agent::compile(wasm, how).map_err(|error| CompileError::Refused(format!("{error:#}")))?;
    let most = wasm.len().saturating_mul(CODE_BYTES_EACH).saturating_add(CODE_BYTES);
    if code.len() > most {
        let (code, most) = (code.len() >> 20, most >> 20);
        return Err(CompileError::Code(format!(
            "it would have {code} MiB of machine code; one of its size at most {most}"
        )));
    }
    Ok(code)
}

async fn in_child(program: &PathBuf, wasm: &[u8], limits: CompileLimits) -> Result<Vec<u8>, CompileError> {
    let failed = |error: io::Error| CompileError::Failed(error.to_string());
    let memory_bytes = limits.memory_bytes.saturating_add(MEMORY_EACH.saturating_mul(wasm.len() as u64));
    let limits = CompileLimits { memory_bytes, ..limits };
    let mut command = Command::new(program);
    command
        .arg(COMPILE_COMMAND)
        .arg(limits.cpu_seconds.to_string())
        .arg(limits.memory_bytes.to_string())
        // It needs nothing of ours, least of all secrets.
        .env_clear()
        // The allocator's first reservation, in KiB: by default a gigabyte of address space.
        .env("MIMALLOC_ARENA_RESERVE", "65536")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    let mut input = child.stdin.take();
    let work = async {
        if let Some(input) = &mut input {
            // A child that has ended says why by its status.
            let _ = input.write_all(wasm).await;
        }
        drop(input.take());
        child.wait_with_output().await
    };
    let patience = Duration::from_secs(limits.cpu_seconds.into()) * PATIENCE;
    let Ok(ended) = tokio::time::timeout(patience, work).await else {
        return Err(CompileError::Failed(format!("it got no processor for {} s", patience.as_secs())));
    };
    let ended = ended.map_err(failed)?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    Err(why(ended.status, &String::from_utf8_lossy(&ended.stderr), limits))
}

/// Why a child ended without code.
fn why(status: ExitStatus, says: &str, limits: CompileLimits) -> CompileError {
    let last = says.trim().lines().last().unwrap_or_default();
    let is_out_of_memory = ["memory allocation of", "Cannot allocate memory", "out of memory"];
    // Where a stack cannot grow any more, or an allocation is not looked at, the end of memory is a crash.
    let crashed = status.signal() == Some(rustix::process::Signal::SEGV.as_raw());
    if status.signal() == Some(rustix::process::Signal::XCPU.as_raw()) {
        return CompileError::Beyond(format!("{} s of processor time (compile_cpu_seconds)", limits.cpu_seconds));
    }
    if crashed || is_out_of_memory.iter().any(|words| says.contains(words)) {
        return CompileError::Beyond(format!("{} MiB of memory (compile_memory_bytes)", limits.memory_bytes >> 20));
    }
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(EXIT_REFUSED) => CompileError::Refused(last.to_owned()),
        Some(EXIT_CODE_BYTES) => CompileError::Code(last.to_owned()),
        _ => CompileError::Failed(format!("{status}: {last}")),
    }
}

/// What the child process does: compiles the component in the standard input within these limits, and writes the code to
/// the standard output. The host reads the exit code and the last line of an error.
pub fn compile_child(limits: CompileLimits) -> ExitCode {
    let failed = |error: io::Error| CompileError::Failed(error.to_string());
    let work = || {
        let wasm = limited_input(limits).map_err(failed)?;
        let code = compile(&wasm, Compiling::OneThread)?;
        let mut output = io::stdout().lock();
        output.write_all(&code).and_then(|()| output.flush()).map_err(failed)
    };
    let Err(error) = work() else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    match error {
        CompileError::Refused(_) => ExitCode::from(EXIT_REFUSED),
        CompileError::Code(_) => ExitCode::from(EXIT_CODE_BYTES),
        CompileError::Beyond(_) | CompileError::Failed(_) => ExitCode::from(EXIT_FAILED),
    }
}

/// Takes the limits on, and reads the standard input.
fn limited_input(limits: CompileLimits) -> io::Result<Vec<u8>> {
    let set = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    set(Resource::Core, 0)?;
    set(Resource::As, limits.memory_bytes)?;
    let seconds = u64::from(limits.cpu_seconds);
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?;
    let _ = nice(NICE);
    // Where memory ends after all, this process is ended and not the host.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm)?;
    Ok(wasm)
}
