//! Fuzzing of all that reads foreign bytes: bodies of Meta's and of strangers, component files, files that operators write, texts, files of
//! people, answers of services. Known inputs are changed at random ([`mutate`]) and read; a reader must neither panic nor take long, and
//! what it reads must hold ([`targets`]).
//!
//! `make test` reads what failed once, and some thousand changed inputs of a fixed seed. `make fuzz` goes on for `FUZZ_SECONDS` a target with
//! seeds of chance, and keeps an input that fails in `target/fuzz/`; it belongs into `tests/fuzz/<target>/` once it is mended.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

mod mutate;
mod seeds;
mod targets;

use mutate::Mutator;
use targets::{TARGETS, Target};

/// How long an input may be read. Loaded machines are slow, and a reader whose time is not linear takes minutes.
const SLOW: Duration = Duration::from_secs(20);

/// How long a target is tried in `make test`.
const SHORT: Duration = Duration::from_secs(2);

/// The most inputs of a target in `make test`.
const SHORT_CASES: usize = 20_000;

/// An input that failed, and why.
struct Failed {
    input: Vec<u8>,
    why: String,
}

/// Reads one input; what is wrong with it, if anything is.
fn wrong(target: &Target, input: &[u8]) -> Option<String> {
    let began = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| (target.read)(input)));
    let took = began.elapsed();
    match read {
        Err(panic) => Some(format!("it panics: {}", said(panic))),
        Ok(Err(why)) => Some(why),
        Ok(Ok(())) if took > SLOW => Some(format!("it takes {:.1} s", took.as_secs_f64())),
        Ok(Ok(())) => None,
    }
}

fn said(panic: Box<dyn std::any::Any + Send>) -> String {
    let said = panic.downcast_ref::<String>().cloned();
    said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned())).unwrap_or_default()
}

/// What failed once, by target.
fn regressions(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(target.name);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(&file).expect("a file"))).collect()
}

/// Keeps what is read next in `target/fuzz/<target>.reading`: what ends the process, as a stack that overflows does, is found there.
fn note(target: &Target, input: &[u8]) -> PathBuf {
    let folder = switchboard_kit::agents::root().join("target/fuzz");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(target.name).with_extension("reading");
    std::fs::write(&file, input).expect("noted");
    file
}

/// Tries a target for so long, or so many inputs; how many, and the first that failed.
fn tried(target: &Target, seed: u64, time: Duration, cases_max: usize) -> (usize, Option<Failed>) {
    let known = (target.seeds)();
    assert!(!known.is_empty(), "{} has inputs to begin with", target.name);
    let began = Instant::now();
    for (n, input) in known.iter().take_while(|_| began.elapsed() < time).enumerate() {
        if let Some(why) = wrong(target, input) {
            return (n + 1, Some(Failed { input: input.clone(), why }));
        }
    }
    let mut mutator = Mutator::new(seed, known, target.bytes_max);
    for n in 0..cases_max {
        if began.elapsed() > time {
            return (n, None);
        }
        let input = mutator.next();
        let noted = (cases_max == usize::MAX).then(|| note(target, &input));
        if let Some(why) = wrong(target, &input) {
            return (n + 1, Some(Failed { input, why }));
        }
        if let Some(file) = noted {
            let _ = std::fs::remove_file(file);
        }
    }
    (cases_max, None)
}

/// A failed input made shorter for as long as it fails alike.
fn shortened(target: &Target, failed: Failed) -> Failed {
    let (mut best, mut step) = (failed, usize::MAX);
    let until = Instant::now() + Duration::from_secs(20);
    while step > 0 && Instant::now() < until {
        step = step.min(best.input.len() / 2);
        let mut at = 0;
        while at < best.input.len() && step > 0 {
            let shorter = [&best.input[..at], &best.input[(at + step).min(best.input.len())..]].concat();
            match wrong(target, &shorter) {
                Some(why) => best = Failed { input: shorter, why },
                None => at += step,
            }
        }
        step /= 2;
    }
    best
}

/// Keeps an input that failed, and says where.
fn kept(target: &Target, failed: &Failed) -> PathBuf {
    let folder = switchboard_kit::agents::root().join("target/fuzz");
    std::fs::create_dir_all(&folder).expect("a folder");
    let file =
        folder.join(format!("{}-{:x}", target.name, switchboard_core::hash::fnv1a(failed.input.iter().copied())));
    std::fs::write(&file, &failed.input).expect("kept");
    file
}

/// Tries all targets, and prints a line for each.
fn all(targets: Vec<&'static Target>, seed: u64, time: Duration, cases_max: usize) {
    let hook = std::panic::take_hook();
    // What panics is told once, shortened.
    std::panic::set_hook(Box::new(|_| {}));
    let failures: Arc<Mutex<Vec<String>>> = Arc::default();
    println!("seed {seed:#x}\n{:<16} {:>10} {:>10}", "target", "inputs", "per second");
    for target in targets {
        let began = Instant::now();
        let (cases, failed) = tried(target, seed, time, cases_max);
        let each_second = cases as f64 / began.elapsed().as_secs_f64().max(0.001);
        println!("{:<16} {cases:>10} {each_second:>10.0}", target.name);
        if let Some(failed) = failed {
            let failed = shortened(target, failed);
            let file = kept(target, &failed);
            let line = format!("{}: {}; the input is in {}", target.name, failed.why, file.display());
            println!("  WRONG {line}");
            failures.lock().expect("a lock").push(line);
        }
    }
    std::panic::set_hook(hook);
    let failures = failures.lock().expect("a lock");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_failed_once_is_read() {
    for target in TARGETS {
        for (file, input) in regressions(target) {
            assert_eq!(wrong(target, &input), None, "{}", file.display());
        }
    }
}

#[test]
fn changed_inputs_are_read() {
    all(TARGETS.iter().collect(), 0x5eed, SHORT, SHORT_CASES);
}

#[test]
#[ignore = "takes minutes: `make fuzz`"]
fn for_long() {
    #[allow(clippy::disallowed_methods)]
    let variable = |name: &str| std::env::var(name).ok();
    let seconds = variable("FUZZ_SECONDS").and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let chance = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let seed = variable("FUZZ_SEED")
        .and_then(|seed| u64::from_str_radix(seed.trim_start_matches("0x"), 16).ok())
        .unwrap_or_else(chance);
    // Part of the name of the targets that are wanted.
    let wanted = variable("FUZZ").unwrap_or_default();
    let targets = TARGETS.iter().filter(|target| target.name.contains(&wanted)).collect();
    all(targets, seed, Duration::from_secs(seconds), usize::MAX);
}
