//! A component is replaced while people talk: not one message waits, fails or is lost.

use std::{fs, path::Path};

use sha2::{Digest, Sha256};

use crate::stage::{Stage, text, until};

/// The same component with a custom section more: another version, by its sha-256.
fn another_version(wasm: &[u8], number: u8) -> Vec<u8> {
    let section = [&[0, 6, 4][..], b"swap", &[number]].concat();
    [wasm, &section].concat()
}

fn replace(file: &Path, wasm: &[u8]) {
    let temporary = file.with_extension("new");
    fs::write(&temporary, wasm).expect("written");
    fs::rename(&temporary, file).expect("renamed");
}

async fn in_service(stage: &Stage, phone: &str, said: &mut usize, wasm: &[u8]) {
    let sha256 = hex::encode(Sha256::digest(wasm));
    until("the new version answers", async || {
        stage.say(phone, text("is it free?")).await;
        stage.heard(phone, *said, 1).await;
        *said += 1;
        stage.text("select payload ->> 'sha256' from unified_agent_events order by id desc limit 1").await.as_deref()
            == Some(&sha256)
    })
    .await;
}

#[tokio::test]
async fn a_swap_loses_nothing() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    let file = stage.plugins().join("support.wasm");
    let first = fs::read(&file).expect("built");
    let phone = "+250788000009";
    let mut said = 0;
    in_service(&stage, phone, &mut said, &first).await;

    for number in 1..=4 {
        let next = another_version(&first, number);
        match number {
            1 | 2 => replace(&file, &next),
            // A plain copy over the running file: seen half-written, taken when it is whole.
            3 => {
                let half = next.len() / 2;
                fs::write(&file, &next[..half]).expect("written");
                stage.say(phone, text("is it free?")).await;
                stage.heard(phone, said, 1).await;
                said += 1;
                fs::write(&file, &next).expect("written");
            }
            _ => {
                let beside = stage.plugins().join("elsewhere");
                fs::write(&beside, &next).expect("written");
                fs::remove_file(&file).expect("removed");
                std::os::unix::fs::symlink(&beside, &file).expect("linked");
            }
        }
        in_service(&stage, phone, &mut said, &next).await;
    }

    // Rubbish is refused, and what runs goes on.
    fs::remove_file(&file).expect("removed");
    replace(&file, b"rubbish");
    let last = another_version(&first, 9);
    for _ in 0..3 {
        stage.say(phone, text("is it free?")).await;
        stage.heard(phone, said, 1).await;
        said += 1;
    }
    replace(&file, &last);
    in_service(&stage, phone, &mut said, &last).await;

    let said = i64::try_from(said).expect("few");
    assert_eq!(stage.count("select count(*) from unified_agent_events").await, said);
    assert_eq!(stage.count("select count(*) from unified_agent_events where payload ->> 'error' is not null").await, 0);
    assert_eq!(stage.count("select count(*) from message where state <> 'answered'").await, 0);
    assert!(stage.count("select count(distinct payload ->> 'sha256') from unified_agent_events").await >= 6);
}
