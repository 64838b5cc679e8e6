//! A component is replaced while people talk: not one message waits, fails or is lost.

use std::{cell::Cell, collections::HashMap, fs, path::Path, time::Instant};

use sha2::{Digest, Sha256};

use crate::{
    api::{Operator, TOKEN},
    replay::shop,
};
use switchboard_kit::{
    agents::{ALL, renamed, rogue},
    stage::{Stage, until},
    talk::Talk,
};

const WATCHER: &str = "+250788000009";

/// People who talk all the while.
const PHONES: [&str; 4] = ["+250788000011", "+250788000012", "+250788000013", "+250788000014"];

/// The same component with a custom section more: another version, by its sha-256.
pub(crate) fn another_version(wasm: &[u8], number: u8) -> Vec<u8> {
    let section = [&[0, 6, 4][..], b"swap", &[number]].concat();
    [wasm, &section].concat()
}

pub(crate) fn replace(file: &Path, wasm: &[u8]) {
    let temporary = file.with_extension("new");
    fs::write(&temporary, wasm).expect("written");
    fs::rename(&temporary, file).expect("renamed");
}

async fn in_service(watcher: &mut Talk<'_>, wasm: &[u8]) {
    let sha256 = hex::encode(Sha256::digest(wasm));
    until("the new version answers", async || {
        watcher.say("is it free?").await;
        let last = "select payload ->> 'sha256' from unified_agent_events where user_phone = '+250788000009' order by id desc limit 1";
        watcher.stage.text(last).await.as_deref() == Some(&sha256)
    })
    .await;
}

/// The host has looked at a file and refused it, however often that happened before.
async fn refused(log: &Path, says: &str) {
    until("the file is refused", async || fs::read_to_string(log).is_ok_and(|log| log.contains(says))).await;
}

#[tokio::test]
async fn a_swap_under_load_loses_nothing() {
    let mut stage = Stage::new(&["support"]);
    let log = stage.log_to_file();
    stage.start().await;
    let (over, said) = (Cell::new(false), Cell::new(0));
    let people = futures_util::future::join_all(PHONES.map(async |phone| {
        let mut talk = stage.talk(phone);
        // WhatsApp lets some forty messages through at once to one person.
        for _ in 0..40 {
            if over.get() {
                return;
            }
            let heard = talk.say("is it free?").await;
            assert!(!heard.contains("Sorry"), "{heard}");
            said.set(said.get() + 1);
        }
    }));
    let swaps = async {
        swap(&stage, &log).await;
        over.set(true);
    };
    tokio::join!(people, swaps);
    assert!(said.get() >= 8, "people talked meanwhile");

    assert_eq!(stage.count("select count(*) from unified_agent_events where payload ->> 'error' is not null").await, 0);
    assert_eq!(stage.count("select count(*) from message where state <> 'answered'").await, 0);
    assert_eq!(
        stage.count("select count(*) from unified_agent_events").await,
        stage.count("select count(*) from message").await
    );
    assert!(stage.count("select count(distinct payload ->> 'sha256') from unified_agent_events").await >= 6);
}

/// Replaces the component in every way that people do.
async fn swap(stage: &Stage, log: &Path) {
    let file = stage.plugins().join("support.wasm");
    let first = fs::read(&file).expect("built");
    let mut watcher = stage.talk(WATCHER);
    in_service(&mut watcher, &first).await;
    for number in 1..=4 {
        let next = another_version(&first, number);
        match number {
            1 | 2 => replace(&file, &next),
            // A plain copy over the running file: seen half-written, taken when it is whole.
            3 => {
                fs::write(&file, &next[..next.len() / 2]).expect("written");
                refused(log, "not whole").await;
                watcher.say("is it free?").await;
                fs::write(&file, &next).expect("written");
            }
            _ => {
                let beside = stage.plugins().join("elsewhere");
                fs::write(&beside, &next).expect("written");
                fs::remove_file(&file).expect("removed");
                std::os::unix::fs::symlink(&beside, &file).expect("linked");
            }
        }
        in_service(&mut watcher, &next).await;
    }

    // Rubbish is refused, and what runs goes on.
    replace(&file, b"\0asm\x01\0\0\0");
    refused(log, "core module").await;
    watcher.say("is it free?").await;
    let last = another_version(&first, 9);
    replace(&file, &last);
    in_service(&mut watcher, &last).await;
}

/// A version of the rogue agent whose answers name it.
fn telling(number: usize) -> Vec<u8> {
    renamed(&rogue("rogue"), " heard ", &format!(" h{number:04} "))
}

/// How much a host's memory may grow between the first quarter of the swaps and the last one, in bytes.
const GROWTH_MAX: usize = 48 << 20;

/// Swaps a component again and again while people talk to it, among them files that are refused, and versions of another agent that its gate
/// lets through or holds. Prints what came of it.
async fn swapped_all_the_while(swaps: usize, versions: usize, talkers: usize) {
    let mut stage = Stage::new(&["support"]);
    stage.set("OPERATOR_TOKEN", TOKEN);
    // They take turns: the code of each is compiled once.
    let versions: Vec<Vec<u8>> = (0..versions).map(telling).collect();
    stage.add("rogue", &versions[0], &["log", "records"], "");
    stage.add("shop", &shop("none"), &ALL, "");
    stage.more_of_entry("gate = \"replay\"");
    stage.start().await;
    let operator = Operator::at(&stage, 0);
    // What the gate has to play.
    let mut said = 0;
    let mut buyer = stage.talk(WATCHER);
    for words in ["shop", "yes", "13", "Huye"] {
        buyer.say(words).await;
        said += 1;
    }

    let (over, said, next) = (Cell::new(false), Cell::new(said), Cell::new(0));
    let talkers = futures_util::future::join_all((0..talkers).map(async |_| {
        while !over.get() {
            next.set(next.get() + 1);
            let phone = format!("+2507882{:05}", next.get());
            let mut talk = stage.talk(&phone);
            // WhatsApp lets some forty messages through at once to one person: the next person goes on.
            for _ in 0..30 {
                let number = said.get();
                said.set(number + 1);
                let heard = talk.say(&format!("rogue {number}")).await;
                assert!(heard.contains("rogue h0") && heard.contains(&format!(" {number}")), "{number}: {heard}");
                if over.get() {
                    break;
                }
            }
        }
    }));
    let work = async {
        let done = swap_often(&stage, &operator, &versions, swaps).await;
        over.set(true);
        done
    };
    let began = Instant::now();
    let (_, done) = tokio::join!(talkers, work);
    let seconds = began.elapsed().as_secs_f64();

    let total = said.get();
    stage.each_answered_once(i64::try_from(total).expect("a count")).await;
    let answers = stage
        .text("select group_concat(payload ->> 'sha256' || ' ' || response_text, char(10)) from unified_agent_events where agent_type = 'rogue'")
        .await
        .unwrap_or_default();
    let of_version: HashMap<String, String> = versions
        .iter()
        .enumerate()
        .map(|(number, wasm)| (hex::encode(Sha256::digest(wasm)), format!("rogue h{number:04} ")))
        .collect();
    let mixed = answers.lines().filter(|line| {
        let (sha256, text) = line.split_once(' ').unwrap_or_default();
        !of_version.get(sha256).is_some_and(|tells| text.starts_with(tells))
    });
    let mixed: Vec<&str> = mixed.collect();
    assert!(mixed.is_empty(), "{mixed:?}");
    assert!(answers.lines().count() >= total - 8, "what was said to it was answered by it");
    println!(
        "{swaps} swaps in {seconds:.1} s ({} in service, {} refused, {} let through by the gate, {} held by it) under {:.0} messages/s: \
         lost 0, doubled 0, mixed 0 of {total}; resident {} MiB after a quarter, {} MiB at the end",
        done.served,
        done.refused,
        done.passed,
        done.held,
        total as f64 / seconds,
        done.early >> 20,
        done.late >> 20
    );
    assert!(done.late < done.early + GROWTH_MAX, "{} {}", done.early, done.late);
}

/// What swaps came to, and the host's resident memory after a quarter of them and at the end, in bytes.
#[derive(Default)]
struct Done {
    served: usize,
    refused: usize,
    passed: usize,
    held: usize,
    early: usize,
    late: usize,
}

async fn swap_often(stage: &Stage, operator: &Operator, versions: &[Vec<u8>], swaps: usize) -> Done {
    let (file, gated) = (stage.plugins().join("rogue.wasm"), stage.plugins().join("shop.wasm"));
    let serves = async |agent: &str, wasm: &[u8]| {
        let (path, sha256) = (format!("/api/agents/{agent}"), hex::encode(Sha256::digest(wasm)));
        until("the version serves", async || operator.get(&path).await.1["sha256"] == sha256).await;
    };
    let mut done = Done::default();
    for number in 1..=swaps {
        match number % 10 {
            3 => {
                let rubbish: [(&[u8], &str); 2] = [(b"\0asm\x01\0\0\0", "core module"), (b"rubbish", "no WebAssembly")];
                let (bytes, says) = rubbish[number / 10 % 2];
                replace(&file, bytes);
                until("it is refused", async || {
                    let problems = stage.health(0).await.1["problems"].to_string();
                    problems.contains("rogue.wasm is refused") && problems.contains(says)
                })
                .await;
                done.refused += 1;
            }
            6 if number % 20 == 6 => {
                // What says something else is held, and the one before serves.
                let (text, sha256) = (shop("text"), hex::encode(Sha256::digest(shop("text"))));
                replace(&gated, &text);
                until("its gate holds it", async || {
                    let (_, history) = operator.get("/api/agents/shop/history").await;
                    let versions = history["versions"].as_array().cloned().unwrap_or_default();
                    versions.iter().any(|one| one["sha256"] == *sha256 && one["replay"]["passes"] == false)
                })
                .await;
                assert_ne!(operator.get("/api/agents/shop").await.1["sha256"], sha256);
                done.held += 1;
            }
            6 => {
                let same = shop(if number % 40 == 16 { "noop" } else { "none" });
                replace(&gated, &same);
                serves("shop", &same).await;
                done.passed += 1;
            }
            _ => {
                let next = &versions[number % versions.len()];
                replace(&file, next);
                serves("rogue", next).await;
                done.served += 1;
            }
        }
        if number == swaps / 4 {
            done.early = stage.resident(0).0;
        }
    }
    done.late = stage.resident(0).0;
    done
}

#[tokio::test]
async fn sixteen_swaps_under_load_lose_double_and_mix_nothing() {
    swapped_all_the_while(16, 3, 3).await;
}

#[tokio::test]
#[ignore = "takes a minute and more: `make test-density`"]
async fn five_hundred_swaps_under_load_lose_double_and_mix_nothing() {
    swapped_all_the_while(500, 8, 6).await;
}
