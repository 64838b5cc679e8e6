//! An agent that does the harm that a message asks for: `rogue trap`, `rogue loop`, …

use std::sync::atomic::{AtomicU32, Ordering};

use agent_sdk::{Failure, Handoff, Language, Next, Outcome, Profile, Result, Turn, log, records, reply, tr};

/// What marks are hidden under while they are looked for, so that the looking itself does not show.
const VEIL: u64 = 0x05ca_1ab1_e5ca_1ab1;

/// Counts the turns of one instance: more than one would mean that an instance was used again.
static TURNS: AtomicU32 = AtomicU32::new(0);

/// What the agent says of itself.
pub fn profile(name: &'static str) -> Profile {
    Profile::new(name, env!("CARGO_PKG_VERSION"), "Misbehaves when asked to.")
        .titled(tr!("Rogue", "Rogue"), tr!("Misbehaves", "Misbehaves"))
        .keywords(Language::En, if name == "rogue" { "rogue 5" } else { "" })
}

/// Does what the words after `rogue` ask for.
pub fn handle(name: &str, turn: &Turn) -> Result<Outcome> {
    // Read from memory, where a test puts another: never taken for known.
    let name = std::hint::black_box(name);
    let text = turn.text().unwrap_or_default();
    let asked = text.strip_prefix("rogue ").unwrap_or(text);
    match asked {
        "trap" => panic!("on purpose"),
        "loop" => loop {
            std::hint::spin_loop();
        },
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![7; 1 << 20]);
            }
        }
        "flood" => loop {
            let _ = records::get(records::Owner::Person, "flood", "key");
        },
        "huge" => say("x".repeat(10 << 20)),
        "deep" => say(format!("{}", deep(1))),
        "fail" => Err(Failure::Internal("on purpose".into())),
        "silent" => Ok(Outcome { replies: Vec::new(), ..outcome() }),
        "turns" => say(format!("turn {}", TURNS.fetch_add(1, Ordering::Relaxed) + 1)),
        "log" => {
            (0..1_000).for_each(|_| log::write(log::Level::Info, "call +250788000002 about it"));
            say("logged".into())
        }
        "write and trap" => {
            records::put(records::Owner::Person, "kept", "key", "1")?;
            panic!("after writing")
        }
        "kept" => say(format!("kept {}", records::get(records::Owner::Person, "kept", "key")?.is_some())),
        "second" if name == "rogue" => hand("second"),
        "there and back" => hand(if name == "rogue" { "second" } else { "rogue" }),
        "nowhere" => hand("nobody"),
        _ if asked.starts_with("work") => work(turn),
        _ if asked.starts_with("mark ") => say(format!("marked {}", mark(unveiled(&asked[5..])))),
        _ if asked.starts_with("look ") => say(format!("found {} of", marks(veiled(&asked[5..])))),
        // `pass a b c`: from each to the next, which writes something before it gives the turn away.
        _ if asked.starts_with("pass ") => {
            let mut names = asked[5..].split(' ');
            match if name == "rogue" {
                names.next()
            } else {
                names.by_ref().find(|next| *next == name).and(names.next())
            } {
                Some("invalid") => Err(Failure::Invalid("a number, please".into())),
                Some(next) => {
                    records::put(records::Owner::Person, "kept", "key", "1")?;
                    hand(next)
                }
                None => say(format!("{name} is the last")),
            }
        }
        other => say(format!("{name} heard {other}")),
    }
}

/// Works, but for what its settings say: `fails`, of a hundred turns; `traps`, in a language or `any`.
fn work(turn: &Turn) -> Result<Outcome> {
    if turn.setting("traps").is_some_and(|language| language == turn.person.language || language == "any") {
        panic!("on purpose");
    }
    let fails: u64 = turn.setting("fails").and_then(|percent| percent.parse().ok()).unwrap_or(0);
    if chance(turn) % 100 < fails {
        return Err(Failure::Internal("on purpose".into()));
    }
    say("worked".into())
}

/// Chance with a memory: the same message fails again. Seeds of messages whose ids are alike lie near each other; this parts them.
fn chance(turn: &Turn) -> u64 {
    turn.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

/// Traps from its third turn on, no matter whose turn it is.
pub fn worse() -> Result<Outcome> {
    let kept = records::get(records::Owner::Agent, "worse", "turns")?;
    let turns: u32 = kept.and_then(|kept| kept.value.parse().ok()).unwrap_or(0);
    assert!(turns < 2, "on purpose");
    records::put(records::Owner::Agent, "worse", "turns", &(turns + 1).to_string())?;
    say("worse worked".into())
}

/// Says of one message in twenty that it failed, which is no trap.
pub fn weak(turn: &Turn) -> Result<Outcome> {
    if chance(turn).is_multiple_of(20) {
        return Err(Failure::Internal("on purpose".into()));
    }
    say("weak worked".into())
}

fn outcome() -> Outcome {
    Outcome { replies: Vec::new(), next: Next::Idle, handoff: None, tags: Vec::new(), extras: Vec::new() }
}

fn say(text: String) -> Result<Outcome> {
    Ok(Outcome::say(reply::text(text)))
}

fn hand(agent: &str) -> Result<Outcome> {
    let handoff = Handoff { agent: agent.to_owned(), reason: "asked for".to_owned(), context: "{}".to_owned() };
    Ok(Outcome { handoff: Some(handoff), ..outcome() })
}

#[allow(unconditional_recursion)]
fn deep(depth: u64) -> u64 {
    std::hint::black_box(depth) + deep(depth + 1)
}

/// A mark as it is looked for: under the veil.
fn veiled(hex: &str) -> u64 {
    u64::from_str_radix(hex, 16).unwrap_or_default()
}

/// A mark as it lies in memory.
fn unveiled(hex: &str) -> u64 {
    veiled(hex) ^ VEIL
}

/// Fills a megabyte with a mark.
fn mark(mark: u64) -> usize {
    let marks = vec![mark; 128 << 10];
    std::hint::black_box(&marks).len()
}

/// How often a mark stands in this instance's whole memory.
fn marks(veiled: u64) -> usize {
    #[cfg(target_arch = "wasm32")]
    {
        let bytes = core::arch::wasm32::memory_size(0) * 65_536;
        // SAFETY: the instance's own linear memory, from its first byte to its last.
        let words = (8..bytes / 8).map(|word| unsafe { core::ptr::read_volatile((word * 8) as *const u64) });
        words.filter(|word| *word ^ VEIL == veiled).count()
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let _ = veiled;
        0
    }
}
