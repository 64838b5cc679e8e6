//! An agent that gives each slot to one person, and counts, no matter who asks at once.

use agent_sdk::{Agent, Language, Outcome, Profile, Result, Turn, export, model, records, reply, store, tr};

struct Booking;

export!(Booking);

impl Agent for Booking {
    fn profile() -> Profile {
        Profile::new("booking", env!("CARGO_PKG_VERSION"), "Gives slots.")
            .titled(tr!("Booking", "Booking"), tr!("Gives slots", "Gives slots"))
            .keywords(Language::En, "booking 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let words: Vec<&str> = turn.text().unwrap_or_default().split_whitespace().skip(1).collect();
        let said = match words.as_slice() {
            ["take", slot] => take(turn, slot)?,
            ["ask", slot] => {
                let asked = model::generate(&question(turn));
                let heard = asked.ok().and_then(|answer| answer.text).unwrap_or_else(|| "nothing".to_owned());
                format!("{}, says {heard}", take(turn, slot)?)
            }
            ["count"] => {
                let count = store::update_shared::<u64>("counts", "all", |count| Some(count.unwrap_or(0) + 1))?;
                format!("counted {}", count.unwrap_or_default())
            }
            ["note", key] => format!("noted {}", store::put_new_mine("notes", key, &true)?),
            ["free", slot] => {
                store::remove_shared("slots", slot)?;
                format!("{slot} is free")
            }
            ["change", slot, to] => {
                let read = records::get(records::Owner::Agent, "slots", slot)?
                    .map_or_else(|| "null".to_owned(), |read| read.value);
                let value = agent_sdk::Value::String((*to).to_owned()).to_string();
                match records::put_if(records::Owner::Agent, "slots", slot, &read, &value) {
                    Ok(()) => format!("{slot} is {to}"),
                    Err(problem) => format!("{problem:?}"),
                }
            }
            // What a turn has written itself counts.
            ["twice", slot] => {
                let first = store::put_new_shared("slots", slot, &"one")?;
                let second = store::put_new_shared("slots", slot, &"two")?;
                let value = store::update_shared::<String>("slots", slot, |value| value.map(|value| value + "!"))?;
                store::remove_shared("slots", slot)?;
                let third = store::put_new_shared("slots", slot, &"three")?;
                format!("{first} {second} {value:?} {third}")
            }
            ["list", prefix] => {
                let (mut keys, mut after, mut pages) = (Vec::new(), None, 0);
                loop {
                    let page = store::shared_with_prefix::<String>("slots", prefix, after.as_deref(), 2)?;
                    keys.extend(page.documents.into_iter().map(|(key, _)| key));
                    pages += 1;
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                format!("{} in {pages}", keys.join(" "))
            }
            ["fill", how_many] => {
                let mut written = 0;
                for n in 0..how_many.parse::<u32>().unwrap_or(0) {
                    match records::put_new(
                        records::Owner::Person,
                        "notes",
                        &format!("{written}-{n}-{}", turn.message.id),
                        "1",
                    ) {
                        Ok(()) => written += 1,
                        Err(problem) => return Ok(Outcome::say(reply::text(format!("{written}, then {problem:?}")))),
                    }
                }
                format!("filled {written}")
            }
            other => format!("booking heard {other:?}"),
        };
        Ok(Outcome::say(reply::text(said)))
    }
}

fn take(turn: &Turn, slot: &str) -> Result<String> {
    Ok(match store::put_new_shared("slots", slot, &turn.person.id)? {
        true => format!("{slot} is yours"),
        false => {
            let whose: Option<String> = store::shared("slots", slot)?;
            let mine = whose.as_ref() == Some(&turn.person.id);
            format!("{slot} is {}", if mine { "already yours" } else { "taken" })
        }
    })
}

fn question(turn: &Turn) -> model::Request {
    let said = format!("May {} have it?", turn.person.id);
    model::Request {
        system: "Say yes.".to_owned(),
        entries: vec![model::Entry { role: model::Role::Person, part: model::Part::Said(said) }],
        tools: Vec::new(),
        answer_schema: None,
        tokens_max: 100,
    }
}
