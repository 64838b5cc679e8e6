//! Who may read, change and forge what: each role of Postgres, and each agent beside the others.

use std::collections::BTreeSet;

use switchboard_core::{
    contract::{listings, matches},
    effect::{Effect, Write},
};
use switchboard_store::{ITEMS_MAX, Settlement};
use uuid::Uuid;

use crate::{
    postgres::{psql, psql_as, schema},
    store::{ALICE, BOB, Database, NOW, answered, draft, says},
};

/// The roles that come from outside, by a data API or a shell.
const ROLES: [&str; 2] = ["anon", "authenticated"];

const ANN: &str = r#"{"role":"authenticated","phone":"250788100201"}"#;

/// Runs SQL as a role; what it printed, or why it was refused.
fn run(url: &str, role: &str, sql: &str) -> Result<String, String> {
    let claims = if role == "authenticated" { ANN } else { "{}" };
    let output = psql_as(url, Some((role, claims)), sql);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A database with a listing each of two people, and something in all tables that hold people's rows.
async fn two_people() -> String {
    let (url, _store) = schema().await;
    psql(
        &url,
        "insert into marketplace_listings (seller_phone, title, lat, lng) values ('+250788100201', 'Sofa', -1.953712, 30.091245),
            ('+250788100202', 'Table', -1.944321, 30.061234)",
    );
    psql(
        &url,
        "insert into unified_sessions (user_id, user_phone, business_number) select person_id, '+' || phone, '1' from switchboard.person",
    );
    psql(&url, "insert into app_config (key, value) values ('unified_service_flags', '{}')");
    url
}

#[tokio::test]
async fn no_function_is_everybodys_but_those_meant() {
    let url = two_people().await;
    let may = |role: &str| -> BTreeSet<String> {
        psql(
            &url,
            &format!(
                "select p.pronamespace::regnamespace || '.' || p.proname from pg_proc as p
                 where p.pronamespace in ('switchboard'::regnamespace, 'public'::regnamespace) and has_function_privilege('{role}', p.oid, 'execute')
                 and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')"
            ),
        )
        .into_iter()
        .collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(may("public"), set(&[]));
    assert_eq!(may("anon"), set(&["public.unified_search"]));
    assert_eq!(may("authenticated"), set(&["public.unified_search", "switchboard.me"]));
    assert_eq!(may("service_role"), set(&["public.unified_search"]));
    // A host's role runs nothing in the owner's name.
    let definers =
        "select p.proname from pg_proc as p where p.pronamespace = 'switchboard'::regnamespace and p.prosecdef
        and has_function_privilege('switchboard_node', p.oid, 'execute')";
    assert_eq!(psql(&url, definers), [] as [&str; 0]);
}

#[tokio::test]
async fn nobody_reads_changes_or_forges_what_is_anothers() {
    let url = two_people().await;
    let before = psql(&url, "select id || owner_phone || title || status from unified_listings order by id");
    let tables = psql(
        &url,
        "select c.oid::regclass::text from pg_class as c where c.relnamespace in ('switchboard'::regnamespace, 'public'::regnamespace)
         and c.relkind in ('r', 'p', 'v', 'm')",
    );
    assert!(tables.len() > 20, "{tables:?}");
    for role in ROLES {
        for table in &tables {
            // Their names are read with the owner's search path.
            let table = if table.contains('.') { table.clone() } else { format!("public.{table}") };
            if table != "public.public_listings"
                && let Ok(seen) = run(&url, role, &format!("select to_jsonb(t)::text from {table} as t"))
            {
                assert!(!seen.contains("250788100202") && !seen.contains("Table"), "{role} reads {table}: {seen}");
            }
            for write in ["delete from", "truncate"] {
                let done = run(&url, role, &format!("{write} {table}"));
                assert!(done.is_err(), "{role}: {write} {table}");
            }
        }
        let functions = psql(
            &url,
            "select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = 'switchboard'::regnamespace and p.pronargs = 0
             and p.prorettype = 'trigger'::regtype",
        );
        assert!(functions.len() > 8, "{functions:?}");
        // What a trigger of ours does is done in the owner's name: behind a view of one's own it would write others' rows.
        for function in functions {
            let forged = format!(
                "create temporary view mine as select null::uuid as id, null::text as seller_phone, null::text as posted_by, null::text as landlord_phone,
                    null::text as title, null::text as description, null::numeric as price, null::text as currency, null::text as location_text,
                    null::double precision as lat, null::double precision as lng, null::text as condition, null::jsonb as images,
                    null::text as status, null::timestamptz as created_at, null::text as key, null::jsonb as value;
                 create trigger forge instead of insert or update or delete on mine for each row execute function {function};
                 insert into mine (id, seller_phone, title) select id, '+250788100202', 'Forged' from public.public_listings"
            );
            assert!(run(&url, role, &forged).is_err(), "{role} forges by {function}");
        }
        for call in [
            "select switchboard.person_of('+250788100299')",
            "select switchboard.make_views()",
            "select switchboard.grant_view('jobs')",
            "select switchboard.adopt('jobs')",
            "select switchboard.for_role('anon', 'select 1')",
            "create table switchboard.mine (a int)",
            "create function switchboard.mine() returns int language sql as 'select 1'",
        ] {
            assert!(run(&url, role, call).is_err(), "{role}: {call}");
        }
    }
    assert_eq!(psql(&url, "select id || owner_phone || title || status from unified_listings order by id"), before);
    let own = run(&url, "authenticated", "select string_agg(title, ' ') from public.unified_listings");
    assert_eq!(own.as_deref(), Ok("Sofa"));
}

#[tokio::test]
async fn the_public_sees_no_home_and_no_attribute_that_was_not_chosen() {
    let url = two_people().await;
    psql(
        &url,
        r#"update unified_listings set attributes = '{"condition":"used","to_lat":-1.95,"note":"key under the mat","bedrooms":"2-3"}' where title = 'Sofa'"#,
    );
    psql(&url, "update unified_listings set attributes = '[1]' where title = 'Table'");
    let seen = "select lat || ' ' || lng || ' ' || attributes::text from public_listings order by title";
    assert_eq!(
        run(&url, "anon", seen).as_deref(),
        Ok("-1.95 30.09 {\"bedrooms\": \"2-3\", \"condition\": \"used\"}\n-1.94 30.06 {}")
    );
    // Distances are those of the rounded place: measured from there it is none.
    let far = "select distance_km = 0 from unified_search('sofa', -1.95, 30.09)";
    assert_eq!(run(&url, "anon", far).as_deref(), Ok("t"));
}

/// A turn of a person in which an agent writes something.
async fn writes(db: &Database, phone: &str, wamid: &str, agent: &str, write: Write) {
    let claim = db.claim(says(phone, wamid), NOW).await;
    let effects = vec![Effect { agent: agent.into(), write }];
    db.store.settle(Settlement { effects, ..answered(&claim) }).await.expect("it settles");
}

async fn what_an_agent_made_is_out_of_reach_of_another(db: Database) {
    let (listing, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let (r#match, application, search) = (Uuid::from_u128(3), Uuid::from_u128(4), Uuid::from_u128(5));
    writes(&db, BOB, "w1", "marketplace", Write::ListingCreate { id: listing, draft: draft("Sofa", None) }).await;
    writes(&db, BOB, "w2", "jobs", Write::ListingCreate { id: other, draft: draft("Cook", None) }).await;
    let propose = |id, listing| Write::MatchPropose { id, listing, status: matches::Status::Contacted };
    writes(&db, ALICE, "w3", "marketplace", propose(r#match, listing)).await;
    let apply = |id, listing| Write::Apply {
        id,
        listing,
        reference: String::new(),
        message: "hello".into(),
        attributes: "{}".into(),
    };
    writes(&db, ALICE, "w4", "marketplace", apply(application, listing)).await;
    let query = listings::Query {
        words: "sofa".into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 9,
        offset: 0,
    };
    writes(&db, ALICE, "w5", "marketplace", Write::SaveSearch { id: search, query }).await;

    // The owner's turn with another agent, and the seeker's.
    let answer = Write::MatchAnswer { id: r#match, status: matches::Status::Accepted };
    writes(&db, BOB, "w6", "jobs", answer).await;
    let status = switchboard_core::contract::applications::Status::Accepted;
    writes(&db, BOB, "w7", "jobs", Write::ApplicationAnswer { id: application, status }).await;
    writes(&db, ALICE, "w8", "jobs", Write::ForgetSearch { id: search }).await;
    writes(&db, ALICE, "w9", "rides", propose(Uuid::from_u128(6), other)).await;
    writes(&db, ALICE, "w10", "rides", apply(Uuid::from_u128(7), other)).await;
    assert_eq!(db.text("select status from unified_matches").await, "contacted");
    assert_eq!(db.text("select status from unified_applications").await, "pending");
    assert_eq!(db.count("select count(*) from saved_search").await, 1);
    let bob = Uuid::parse_str(
        &db.text("select cast(owner_user_id as text) from unified_listings where title = 'Sofa'").await,
    );
    let bob = bob.expect("an id");
    assert!(db.store.match_of("jobs", bob, r#match).await.expect("asked").is_none());
    assert!(db.store.match_of("marketplace", bob, r#match).await.expect("asked").is_some());
    assert!(db.store.match_parties("jobs", r#match).await.expect("asked").is_none());

    // The agent whose it is does it, also beside another one's try in the same turn.
    let claim = db.claim(says(BOB, "w11"), NOW).await;
    let by = |agent: &str| Effect {
        agent: agent.into(),
        write: Write::MatchAnswer { id: r#match, status: matches::Status::Accepted },
    };
    let effects = vec![by("marketplace"), by("jobs")];
    db.store.settle(Settlement { effects, ..answered(&claim) }).await.expect("it settles");
    assert_eq!(db.text("select status from unified_matches").await, "accepted");
}

async fn a_body_of_thousands_of_people_is_stored_in_parts(db: Database) {
    let people = ITEMS_MAX * 2 + 7;
    let items = (0..people).map(|n| says(&format!("25078{n:07}"), &format!("w{n}"))).collect();
    let ingested = db.receive(items, NOW).await;
    assert_eq!((ingested.new, ingested.claimed.len()), (people, ITEMS_MAX), "the first part alone is claimed");
    assert_eq!(db.count("select count(*) from delivery").await, 1);
    let of_it = db.count("select count(distinct delivery_id) from message").await;
    assert_eq!((of_it, db.count("select count(*) from message").await), (1, people as i64));
    assert_eq!(db.store.claim_due(NOW, 50).await.expect("claimed").len(), 50, "the others are found when looked for");
    // The same body again: all of it is known.
    let items = (0..people).map(|n| says(&format!("25078{n:07}"), &format!("w{n}"))).collect();
    let again = db.receive(items, NOW + 1).await;
    assert_eq!((again.new, again.known), (0, people));
}

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Database::sqlite().await).await; })* }
        mod postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Database::postgres().await).await; })* }
    };
}

on_both! {
    what_an_agent_made_is_out_of_reach_of_another,
    a_body_of_thousands_of_people_is_stored_in_parts,
}
