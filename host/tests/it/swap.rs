//! A component is replaced while people talk: not one message waits, fails or is lost.

use std::{cell::Cell, fs, path::Path};

use sha2::{Digest, Sha256};

use switchboard_kit::{
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
