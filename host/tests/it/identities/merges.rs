//! Persons who are merged: what moves, and what follows.

use super::{counted, to, who, wrote};
use crate::store::{ALICE, BOB, Database, NOW, answered, on_both};
use switchboard_core::act::Actor;
use switchboard_core::{
    contract::records,
    effect::{Effect, Write},
};
use switchboard_kit::shell::Shell;
use switchboard_store::{Claim, Merge, Settlement, TABLES};

on_both! {
    a_merge_moves_all,
    a_merge_is_followed_by_forget,
}

/// Two persons with something in every table.
async fn two_with_everything(db: &Database) -> [Claim; 2] {
    let (ann, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (bob, _) = db.talks(who(Some(BOB), Some("RW.2")), "w2", NOW + 1).await;
    let (carl, _) = db.talks(who(Some("250788000003"), Some("RW.3")), "w3", NOW + 2).await;
    let mut shell = Shell::open(&db.url).await;
    let (a, b, c) = (ann.person.id, bob.person.id, carl.person.id);
    let listing = |n: u32| format!("00000000-0000-4000-8000-00000000000{n}");
    for (n, owner) in [(1, a), (2, b), (3, c)] {
        shell.run(&format!(
            "insert into unified_listings (id, owner_user_id, domain, listing_type, title, created_at, updated_at, expires_at)
             values ('{}', '{owner}', 'jobs', 'job', 'x', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z')", listing(n))).await;
    }
    for (n, person) in [(0, a), (1, b)] {
        let id = |kind: u32| format!("00000000-0000-4000-8000-0000000000{kind}{n}");
        for sql in [
            format!(
                "insert into record (agent, person_id, collection, key, value, updated_at) values ('jobs', '{person}', 'c', 'k', '{n}', {n})"
            ),
            format!(
                "insert into record (agent, person_id, collection, key, value, updated_at) values ('jobs', '{person}', 'c', 'k{n}', '{n}', {n})"
            ),
            format!(
                "insert into user_preferences (user_id, name, value, updated_at) values ('{person}', 'p', '{n}', {n})"
            ),
            format!(
                "insert into saved_search (search_id, agent, person_id, business, query, created_at) values ('{}', 'jobs', '{person}', '1', '{{}}', 1)",
                id(1)
            ),
            format!(
                "insert into notice (agent, person_id, business, key, content, run_at, created_at) values ('jobs', '{person}', '1', 'k', '{{}}', 99999999999999, {n})"
            ),
            format!(
                "insert into notice (agent, person_id, business, content, run_at, created_at) values ('jobs', '{person}', '1', '{{}}', 99999999999999, {n})"
            ),
            format!(
                "insert into ticket (number, person_id, business, agent, subject, details, priority, opened_at) values ('T{n}', '{person}', '1', 'jobs', 's', 'd', 'low', 1)"
            ),
            format!(
                "insert into unified_applications (id, listing_id, applicant_user_id, domain, created_at) values ('{}', '{}', '{person}', 'jobs', '2026-01-01T00:00:00Z')",
                id(2),
                listing(3)
            ),
            format!(
                "insert into unified_matches (id, listing_id, seeker_user_id, owner_user_id, domain, status, created_at) values ('{}', '{}', '{person}', '{c}', 'jobs', '{}', '2026-01-01T00:00:00Z')",
                id(3),
                listing(3),
                ["suggested", "accepted"][n]
            ),
            format!(
                "insert into listing_report (listing_id, person_id, reason, created_at) values ('{}', '{person}', 'r', 1)",
                listing(3)
            ),
            format!("insert into search_told (listing_id, person_id) values ('{}', '{person}')", listing(3)),
            format!(
                "insert into template_sent (person_id, business, sent_at, outbox_id) values ('{person}', '1', {n}, {n})"
            ),
            format!(
                "insert into model_use (day, agent, person_id, questions, tokens) values (1, 'jobs', '{person}', 1, 10)"
            ),
            format!(
                "insert into former_identity (kind, value, person_id, since, until, reason) values ('phone', '25078899{n}', '{person}', 1, 2, 'changed')"
            ),
        ] {
            shell.run(&sql).await;
        }
    }
    shell.run(&format!("update person set opted_out_at = 7 where person_id = '{b}'")).await;
    // Two who are in contact with each other, and are one.
    shell
        .run(&format!(
            "insert into unified_matches (id, listing_id, seeker_user_id, owner_user_id, domain, created_at)
        values ('00000000-0000-4000-8000-000000000099', '{}', '{b}', '{a}', 'jobs', '2026-01-01T00:00:00Z')",
            listing(1)
        ))
        .await;
    [ann, bob]
}

async fn a_merge_moves_all(db: Database) {
    let [ann, bob] = two_with_everything(&db).await;
    // A message that waits, and a turn that runs, in the lane of the one who goes.
    let running = db.hears(who(None, Some("RW.2")), "w4", NOW + 3).await;
    db.receive(vec![wrote(who(Some(BOB), Some("RW.2")), "w5", NOW + 4)], NOW + 4).await;
    let (a, b) = (ann.person.id, bob.person.id);
    assert!(db.store.merge_persons(a, b, &Actor::at_terminal("op"), NOW + 5).await.expect("merged"));
    assert!(
        !db.store.merge_persons(a, b, &Actor::at_terminal("op"), NOW + 6).await.expect("asked"),
        "a person goes once"
    );
    assert!(matches!(db.store.settle(answered(&running)).await, Err(switchboard_store::SettleError::LostLease)));

    let mut shell = Shell::open(&db.url).await;
    for table in TABLES.iter().filter(|table| !matches!(table.name, "person" | "person_merge" | "lane")) {
        for column in
            table.columns.iter().filter(|column| column.name.ends_with("person_id") || column.name.ends_with("user_id"))
        {
            let left = format!("{} where cast({} as text) = '{b}'", table.name, column.name);
            assert_eq!(counted(&mut shell, &left).await, 0, "{}.{} names who has gone", table.name, column.name);
            if matches!(table.merge, Merge::Nothing) {
                panic!("{} holds persons, and nothing says what becomes of them", table.name);
            }
        }
    }
    let texts = async |sql: &str| Shell::open(&db.url).await.texts(sql).await.join(" ");
    assert_eq!(texts("select key || value from record order by key").await, "k1 k00 k11", "the later stays");
    assert_eq!(texts("select value from user_preferences").await, "1");
    assert_eq!(texts("select status from unified_matches").await, "accepted");
    assert_eq!(texts("select cast(questions as text) || ' ' || cast(tokens as text) from model_use").await, "2 20");
    assert_eq!(texts("select cast(count(*) as text) from notice").await, "3", "one timer, and two others");
    assert_eq!(texts("select cast(count(*) as text) from unified_applications").await, "1");
    assert_eq!(texts("select who from person_merge").await, "command:op");
    assert_eq!(db.count("select opted_out_at from person where phone is not null and user_id is not null and opted_out_at is not null").await, 7);
    assert_eq!(
        db.count("select count(*) from unified_sessions where status = 'active' and user_phone = '+250788000002'")
            .await,
        1
    );

    // What waited is answered in order, as one person, at the addresses that wrote.
    let again = db.store.claim_due(NOW + 7, 9).await.expect("claims").remove(0);
    assert_eq!((again.person.id, again.message.wamid.as_deref(), again.person.opted_out), (a, Some("w4"), true));
    let settled = db.answer(&again).await;
    assert_eq!(to(&settled.queued[0]), "RW.2");
    let next = settled.next.expect("the next of the lane");
    assert_eq!((next.person.id, next.message.wamid.as_deref()), (a, Some("w5")));
    assert_eq!(to(&db.answer(&next).await.queued[0]), BOB);
    for (wamid, sender) in [("w6", who(Some(ALICE), Some("RW.1"))), ("w7", who(Some(BOB), None))] {
        let (claim, _) = db.talks(sender, wamid, NOW + 8).await;
        assert_eq!(claim.person.id, a, "{wamid}");
    }
    assert_eq!(db.store.person_of(&b.to_string()).await.expect("read"), Some(a));
}

async fn a_merge_is_followed_by_forget(db: Database) {
    let [ann, bob] = two_with_everything(&db).await;
    let mut shell = Shell::open(&db.url).await;
    shell.run("update outbox set state = 'sent'").await;
    db.store.merge_persons(ann.person.id, bob.person.id, &Actor::at_terminal("op"), NOW + 5).await.expect("merged");
    let effect = Effect {
        agent: "jobs".into(),
        write: Write::RecordPut {
            owner: records::Owner::Person,
            collection: "c".into(),
            key: "z".into(),
            value: "1".into(),
            expected: None,
        },
    };
    let claim = db.hears(who(Some(BOB), Some("RW.2")), "w8", NOW + 6).await;
    db.store.settle(Settlement { effects: vec![effect], ..Settlement::of(&claim, NOW + 6) }).await.expect("settled");
    db.store.forget(ann.person.id, &Actor::host(), NOW + 7).await.expect("forgotten");
    db.store.finish_forgetting(NOW + 8).await.expect("ended");
    for table in ["record", "saved_search", "notice", "former_identity", "unified_applications"] {
        assert_eq!(counted(&mut shell, table).await, 0, "{table}");
    }
    assert_eq!(shell.texts("select value from identity where kind = 'phone'").await, ["250788000003"]);
    assert_eq!(
        db.count("select count(*) from lane where address in ('250788000001', '250788000002', 'RW.1', 'RW.2')").await,
        0
    );
}

/// A command beside the host writes to its file; the host's memory is no longer that of the file.
#[tokio::test]
async fn a_merge_beside_a_host_on_sqlite_is_heard() {
    let db = Database::sqlite().await;
    let (ann, _) = db.talks(who(Some(ALICE), Some("RW.1")), "w1", NOW).await;
    let (bob, _) = db.talks(who(Some(BOB), Some("RW.2")), "w2", NOW + 1).await;
    let tool =
        switchboard_store::Store::open(&db.url, switchboard_store::StoreOptions::default()).await.expect("it opens");
    assert!(
        tool.merge_persons(ann.person.id, bob.person.id, &Actor::at_terminal("op"), NOW + 2).await.expect("merged")
    );
    let (again, answer) = db.talks(who(Some(BOB), Some("RW.2")), "w3", NOW + 3).await;
    assert_eq!((again.person.id, to(&answer)), (ann.person.id, BOB));
}
