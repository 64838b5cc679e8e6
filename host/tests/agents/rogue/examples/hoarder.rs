//! An agent that has the host hold as much as a message asks for: `hoarder args`, `hoarder read`, …

use agent_sdk::{
    Agent, Handoff, Language, Next, Outcome, Problem, Profile, Result, Turn, export, log, model, records, reply, tr,
};

struct Hoarder;

export!(Hoarder);

/// Its name; tests put another of the same length into the component.
const NAME: &str = "hoarder";

/// A call of a capability for each that a turn may make.
const CALLS: usize = 256;

/// The bytes of a record: a little less than one may have.
const RECORD: usize = 60 << 10;

impl Agent for Hoarder {
    fn profile() -> Profile {
        Profile::new(NAME, env!("CARGO_PKG_VERSION"), "Has the host hold much.")
            .titled(tr!("Hoarder", "Hoarder"), tr!("Hoards", "Hoards"))
            .keywords(Language::En, "hoarder 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        // Read from memory, where a test puts another: never taken for known.
        let name = std::hint::black_box(NAME);
        let text = turn.text().unwrap_or_default();
        let mut words = text.split(' ').skip(1);
        match (words.next().unwrap_or_default(), words.next()) {
            ("args", _) => args(),
            ("store", _) => store(),
            ("read", _) => read(usize::MAX),
            ("same", _) => same(),
            ("write", _) => write(),
            ("log", _) => lines(),
            ("texts", _) => say("\u{1}".repeat(40 << 10)),
            ("fail", _) => Err(agent_sdk::Failure::Invalid("x".repeat(300 << 10))),
            ("then", Some(next)) if next != name => {
                read(8)?;
                hand(next)
            }
            ("then", _) => read(8),
            ("wait", _) => wait(),
            (other, _) => say(format!("{name} heard {other}")),
        }
    }
}

/// Arguments near the limit of what crosses, made of what grows sixfold in JSON; all of them are refused.
fn args() -> Result<Outcome> {
    let value = "\u{1}".repeat(500 << 10);
    let refused = (0..CALLS).filter(|_| put("key", &value).is_err()).count();
    say(format!("refused {refused}"))
}

/// Sixteen large records; the next message stores others.
fn store() -> Result<Outcome> {
    for n in 0..16 {
        put(&format!("key {n}"), &json('x'))?;
    }
    say("stored".into())
}

/// Results that differ from each other, each larger than the one before, up to one of so many records.
fn read(most: usize) -> Result<Outcome> {
    let mut bytes = 0;
    for n in 1..=most.min(CALLS) {
        let found = newest(n)?;
        bytes += found.iter().map(|document| document.value.len()).sum::<usize>();
    }
    say(format!("read {bytes} bytes"))
}

/// The same result again and again.
fn same() -> Result<Outcome> {
    let found = (0..CALLS / 2).map(|_| newest(1)).collect::<Result<Vec<_>, Problem>>()?;
    say(format!("found {}", found.iter().flatten().count()))
}

/// Writes until it may write no more.
fn write() -> Result<Outcome> {
    for n in 0..CALLS {
        match put(&format!("key {n}"), &json('y')) {
            Ok(()) => {}
            Err(Problem::Limit(which)) => return say(format!("wrote {n}, then a limit: {which}")),
            Err(problem) => return say(format!("wrote {n}, then {problem:?}")),
        }
    }
    say("wrote all".into())
}

fn lines() -> Result<Outcome> {
    let line = "z".repeat(500 << 10);
    (0..CALLS).for_each(|_| log::write(log::Level::Info, &line));
    say("logged".into())
}

/// All that a turn may have of memory and budget, and then a question to the model.
fn wait() -> Result<Outcome> {
    let memory = vec![7_u8; 9 << 20];
    read(10)?;
    let said = model::Entry { role: model::Role::Person, part: model::Part::Said("anything".into()) };
    let answer = model::generate(&model::Request {
        system: "x".repeat(16_000),
        entries: vec![said],
        tools: Vec::new(),
        answer_schema: None,
        tokens_max: 10,
    });
    let held = std::hint::black_box(&memory).iter().filter(|byte| **byte == 7).count();
    say(format!("waited with {held} bytes, {}", answer.is_ok()))
}

fn put(key: &str, value: &str) -> Result<(), Problem> {
    records::put(records::Owner::Agent, "hoard", key, value)
}

fn newest(n: usize) -> Result<Vec<records::Document>, Problem> {
    records::newest(records::Owner::Agent, "hoard", n as u32)
}

/// A JSON text of the size of a record.
fn json(of: char) -> String {
    format!("\"{}\"", String::from(of).repeat(RECORD))
}

fn say(text: String) -> Result<Outcome> {
    Ok(Outcome::say(reply::text(text)))
}

fn hand(agent: &str) -> Result<Outcome> {
    let handoff = Handoff { agent: agent.to_owned(), reason: "asked for".to_owned(), context: "{}".to_owned() };
    Ok(Outcome { replies: Vec::new(), next: Next::Idle, handoff: Some(handoff), tags: Vec::new(), extras: Vec::new() })
}
