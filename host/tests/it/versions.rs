//! New versions of agents: tried on a few, dropped when they trap, promoted, taken back, pinned. Real components, real hosts.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::swap::{another_version, replace};
use switchboard_kit::{
    agents::{built, rogue},
    cluster,
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

fn sha256(wasm: &[u8]) -> String {
    hex::encode(Sha256::digest(wasm))
}

/// The version that answers Alice now.
async fn answers(stage: &Stage, said: &mut usize) -> String {
    assert_eq!(stage.say(ALICE, text("rogue work")).await, 200);
    stage.heard(ALICE, *said, 1).await;
    *said += 1;
    stage.text("select payload->>'sha256' from unified_agent_events order by id desc limit 1").await.unwrap_or_default()
}

async fn becomes(stage: &Stage, said: &mut usize, wasm: &[u8]) {
    until("the version answers", async || answers(stage, said).await == sha256(wasm)).await;
}

/// By hand: a new file waits, is promoted, taken back, pinned; all of it holds over restarts.
#[tokio::test]
async fn an_operator_promotes_takes_back_and_pins() {
    let mut stage = Stage::new(&["support"]);
    let one = rogue("rogue");
    let (two, three) = (another_version(&one, 2), another_version(&one, 3));
    stage.add("rogue", &one, &["log", "records"], "");
    stage.more_of_entry("update = \"manual\"");
    let file = stage.plugins().join("rogue.wasm");
    let agents = |stage: &Stage, arguments: &[&str]| {
        let output = stage.run(&[&["agents"], arguments].concat());
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    };
    stage.start().await;
    let mut said = 0;
    becomes(&stage, &mut said, &one).await;

    replace(&file, &two);
    until("it waits", async || agents(&stage, &["history", "rogue"]).contains("tried on 0 %")).await;
    assert_eq!(answers(&stage, &mut said).await, sha256(&one));
    stage.terminate();
    stage.start().await;
    assert_eq!(answers(&stage, &mut said).await, sha256(&one), "a restart promotes nothing");
    assert!(agents(&stage, &["promote", "rogue", "--as", "ann"]).contains("serves everybody"));
    becomes(&stage, &mut said, &two).await;

    assert!(agents(&stage, &["rollback", "rogue"]).contains("back to"));
    becomes(&stage, &mut said, &one).await;
    stage.terminate();
    stage.start().await;
    assert_eq!(answers(&stage, &mut said).await, sha256(&one), "what was taken back stays so");

    assert!(agents(&stage, &["pin", "rogue", &sha256(&two)[..10]]).contains("pinned to"));
    becomes(&stage, &mut said, &two).await;
    replace(&file, &three);
    until("a pin refuses files", async || agents(&stage, &["unpin", "nobody"]).contains("no version of agent")).await;
    assert_eq!(answers(&stage, &mut said).await, sha256(&two));
    assert!(agents(&stage, &["unpin", "rogue"]).contains("files decide again"));
    until("the new file waits", async || agents(&stage, &["history", "rogue"]).contains("tried on 0 %")).await;
    assert_eq!(answers(&stage, &mut said).await, sha256(&two));
    let history = agents(&stage, &["history", "rogue"]);
    assert!(history.contains("promoted by command:ann"), "{history}");
}

/// A version serves, the next one is dropped, the third is promoted: the way back leads to the first, never to the one that was dropped.
async fn the_way_back_leads_past_what_was_dropped(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    let one = rogue("rogue");
    let (two, three) = (another_version(&one, 2), another_version(&one, 3));
    stage.add("rogue", &one, &["log", "records"], "");
    stage.more_of_entry("update = \"manual\"");
    let file = stage.plugins().join("rogue.wasm");
    let agents = |stage: &Stage, arguments: &[&str]| {
        let output = stage.run(&[&["agents"], arguments].concat());
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    };
    let waits = async |stage: &Stage, wasm: &[u8]| {
        let candidate = sha256(wasm);
        until("it waits", async || {
            agents(stage, &["history", "rogue"])
                .lines()
                .any(|line| line.starts_with(&candidate) && line.contains("tried on 0 %"))
        })
        .await;
    };
    stage.start().await;
    let mut said = 0;
    becomes(&stage, &mut said, &one).await;
    replace(&file, &two);
    waits(&stage, &two).await;
    assert!(agents(&stage, &["rollback", "rogue", "--as", "ann"]).contains("rolled back by hand"));
    replace(&file, &three);
    waits(&stage, &three).await;
    assert!(agents(&stage, &["promote", "rogue"]).contains("serves everybody"));
    becomes(&stage, &mut said, &three).await;

    let dropped = agents(&stage, &["rollback", "rogue", "--to", &sha256(&two)[..10]]);
    assert!(dropped.contains("was dropped: rolled back by hand (command:ann)"), "{dropped}");
    let back = agents(&stage, &["rollback", "rogue"]);
    assert!(back.contains(&format!("back to {}", &sha256(&one)[..12])), "{back}");
    becomes(&stage, &mut said, &one).await;

    // What serves is told by the host, not by the folder, which has the third.
    let listed = agents(&stage, &["list"]);
    let line = listed.lines().find(|line| line.starts_with("rogue")).unwrap_or_default();
    assert!(line.contains(&sha256(&one)[..12]) && line.contains("its file is refused"), "{listed}");

    let refused = agents(&stage, &["rollback", "rogue"]);
    assert!(refused.contains("nothing to roll back to") && refused.contains("was dropped"), "{refused}");
    let history = agents(&stage, &["history", "rogue"]);
    assert_eq!(history.matches("  dropped ").count(), 2, "{history}");
    assert!(history.contains("never served") && history.contains("served from"), "{history}");
    assert!(stage.terminate());
    assert!(agents(&stage, &["list"]).contains("No host is running"));
}

#[tokio::test]
async fn the_way_back_leads_past_what_was_dropped_on_sqlite() {
    the_way_back_leads_past_what_was_dropped(None).await;
}

#[tokio::test]
async fn the_way_back_leads_past_what_was_dropped_on_postgres() {
    the_way_back_leads_past_what_was_dropped(Some(cluster::shared().database().await)).await;
}

/// Of an agent that is swapped at once, too, the version before is one command away.
#[tokio::test]
async fn what_was_swapped_at_once_is_taken_back_at_once() {
    let mut stage = Stage::new(&["support"]);
    let one = rogue("rogue");
    let (two, three) = (another_version(&one, 2), another_version(&one, 3));
    stage.add("rogue", &one, &["log", "records"], "");
    let file = stage.plugins().join("rogue.wasm");
    stage.start().await;
    let mut said = 0;
    becomes(&stage, &mut said, &one).await;
    replace(&file, &two);
    becomes(&stage, &mut said, &two).await;
    // It serves a moment before that is noted, and what is not noted has nothing before it.
    until("both are noted", async || {
        stage.count("select count(*) from component_version where agent = 'rogue' and served_at is not null").await == 2
    })
    .await;
    let taken_back = stage.run(&["agents", "rollback", "rogue"]);
    assert!(taken_back.status.success(), "{}", String::from_utf8_lossy(&taken_back.stderr));
    becomes(&stage, &mut said, &one).await;
    replace(&file, &three);
    becomes(&stage, &mut said, &three).await;
}

/// A new file is tried, also if the host that found it dies before it could write that, or another host writes the row first.
async fn a_deployment_is_not_lost(url: Option<String>) {
    let mut stage = Stage::new(&["support"]);
    if let Some(url) = &url {
        stage.set("DATABASE_URL", url);
    }
    let is_postgres = url.is_some();
    let one = rogue("rogue");
    let (two, three) = (another_version(&one, 2), another_version(&one, 3));
    stage.add("rogue", &one, &["log", "records"], "");
    stage.more_of_entry("update = \"canary\"");
    let file = stage.plugins().join("rogue.wasm");
    let tried = async |stage: &Stage, wasm: &[u8]| {
        let candidate = sha256(wasm);
        until("it is tried on a tenth", async || {
            let running = "select (select candidate from rollout where state = 'running' and percent = 10)";
            stage.text(running).await.as_ref() == Some(&candidate)
        })
        .await;
    };
    stage.start().await;
    let mut said = 0;
    becomes(&stage, &mut said, &one).await;

    stage.sql(if is_postgres { REFUSES_POSTGRES } else { REFUSES_SQLITE }).await;
    replace(&file, &two);
    until("it is kept", async || {
        stage.count("select count(*) from component_version where agent = 'rogue'").await == 2
    })
    .await;
    stage.kill_node(0);
    stage.sql(if is_postgres { OBEYS_POSTGRES } else { OBEYS_SQLITE }).await;
    stage.start().await;
    tried(&stage, &two).await;

    stage.sql(if is_postgres { ANOTHER_FIRST_POSTGRES } else { ANOTHER_FIRST_SQLITE }).await;
    replace(&file, &three);
    tried(&stage, &three).await;
    assert_eq!(stage.count("select count(*) from was_first").await, 1, "another was first, once");
}

/// No rollout can be written.
const REFUSES_SQLITE: &str =
    "create trigger refuses before update on rollout begin select raise(abort, 'not now'); end";
const REFUSES_POSTGRES: &str =
    "create function public.refuses() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
    create trigger refuses before update on switchboard.rollout for each row execute function public.refuses()";

const OBEYS_SQLITE: &str = "drop trigger refuses";
const OBEYS_POSTGRES: &str = "drop trigger refuses on switchboard.rollout";

/// The next change of a rollout finds that its row is not as it was read.
const ANOTHER_FIRST_SQLITE: &str = "create table was_first (n integer);
    create trigger another_first before update on rollout when not exists (select 1 from was_first)
    begin insert into was_first values (1); select raise(ignore); end";
const ANOTHER_FIRST_POSTGRES: &str = "create table public.was_first (n integer);
    create function public.another_first() returns trigger language plpgsql as $$
    begin
        if exists (select 1 from public.was_first) then return new; end if;
        insert into public.was_first values (1);
        return null;
    end $$;
    create trigger another_first before update on switchboard.rollout for each row execute function public.another_first()";

#[tokio::test]
async fn a_deployment_is_not_lost_on_sqlite() {
    a_deployment_is_not_lost(None).await;
}

#[tokio::test]
async fn a_deployment_is_not_lost_on_postgres() {
    a_deployment_is_not_lost(Some(cluster::shared().database().await)).await;
}

/// Three hosts with a folder each; one gets a new file, which traps from its third turn on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_that_traps_hurts_nobody_and_is_gone_from_every_host_in_a_second() {
    let mut stage = Stage::of_nodes(&[], 3);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    stage.add("support", &built("support"), &switchboard_kit::agents::ALL, "");
    let (good, bad) = (rogue("rogue"), rogue("worse"));
    stage.add("rogue", &good, &["log", "records"], "");
    stage.more_of_entry("update = \"canary\"");
    let folders: Vec<_> = (0..3).map(|node| stage.part_node(node)).collect();
    for node in 0..3 {
        stage.start_node(node).await;
    }
    until("the first version is known to all", async || {
        stage.count("select count(*) from rollout where outcome = 'served'").await >= 1
    })
    .await;
    replace(&folders[0].join("rogue.wasm"), &bad);
    until("it is tried on a tenth", async || {
        stage.count("select count(*) from rollout where state = 'running' and percent = 10").await == 1
    })
    .await;
    until("every host has it", async || {
        folders.iter().all(|folder| std::fs::read(folder.join("rogue.wasm")).is_ok_and(|bytes| bytes == bad))
    })
    .await;

    // People write to all hosts, a few at once and the next when those are answered, until a while after it is dropped.
    const AT_ONCE: usize = 6;
    let mut people = 0_usize;
    let mut after = 0;
    while after < 30 {
        let mut posts = tokio::task::JoinSet::new();
        for person in people..people + AT_ONCE {
            let phone = format!("25078{person:07}");
            let url = format!("http://{}/emulator/phones/{phone}/messages", stage.emulator);
            let http = reqwest::Client::builder().no_proxy().build().expect("a client");
            posts.spawn(async move {
                http.post(url).json(&text("rogue work")).send().await.expect("the emulator answers");
            });
        }
        people += AT_ONCE;
        while posts.join_next().await.is_some() {}
        stage.each_answered_once(people as i64).await;
        let dropped = stage.count("select count(*) from rollout where state = 'aborted'").await == 1;
        after += usize::from(dropped);
        assert!(people < 6_000, "it is never dropped");
    }

    // Nobody noticed.
    let mut unanswered = 0;
    for person in 0..people {
        let heard = stage.heard(&format!("25078{person:07}"), 0, 1).await;
        unanswered += usize::from(!heard[0].body.to_string().contains("worked"));
    }
    let shell = |sql| stage.count(sql);
    let hit =
        shell("select count(distinct user_id) from unified_agent_events where payload->'rescued' is not null").await;
    let errors = shell("select count(*) from unified_agent_events where payload->>'error' is not null").await;
    let tripped = shell("select min(updated_at) from rollout where state = 'aborted'").await;
    let last = shell(
        "select max(switchboard.ms(created_at)) from unified_agent_events where payload->'rescued' is not null or payload->>'sha256' =
            (select candidate from switchboard.rollout where candidate is not null)",
    )
    .await;
    println!(
        "a candidate that traps on its third turn, at 10 % of {people} people on three hosts: {hit} people hit, {unanswered} not answered by \
         the agent, {errors} errors; its last turn ended {} ms after the drop was written",
        last - tripped
    );
    assert_eq!((unanswered, errors), (0, 0));
    // Each host drops it at its third stop; turns under way then may still be stopped.
    let most = 3 * 3 + AT_ONCE as i64 - 1;
    assert!((3..=most).contains(&hit), "three stops at one host, and at each no more but those under way: {hit}");
    let reason = stage.text("select reason from rollout").await.unwrap_or_default();
    let is_tripped = |why: &str| (3..3 + AT_ONCE).any(|stops| why.contains(&format!("stopped {stops} times")));
    assert!(is_tripped(&reason), "{reason}");
    let why = stage.text("select dropped_why from switchboard.component_version where dropped_at is not null").await;
    assert!(why.is_some_and(|why| is_tripped(&why) && why.contains("tripwire")));
    let who: HashSet<String> = stage.text("select who from rollout").await.into_iter().collect();
    assert!(who.contains("tripwire"));
}
