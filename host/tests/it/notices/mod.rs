//! The customer service window and the notices that wait for it, with the real store and the real turn on both databases and a clock that
//! the test moves: chance decides who writes to which business number, how late Meta delivers it, what is to be told to whom and how long
//! everybody is silent; a checker reads the rows.

/// Tests of a world on either database.
macro_rules! on_both {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn sqlite() {
                super::$test(super::World::sqlite(1).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$test(super::World::postgres(1).await).await;
            }
        }
    )*};
}

mod absence;
mod chance;
mod world;

use uuid::Uuid;
pub(crate) use world::World;
use world::{BUSINESSES, HOUR_MS, NOW};

use switchboard::turn;
use switchboard_core::{
    contract::{
        listings, matches,
        types::{Content, Notice, Template},
    },
    effect::{Effect, Write},
    inbox::{Inbound, Item, Kind, Sender},
    phone::Phone,
    window::WINDOW_MS,
};

/// The story of a buyer on one number and a seller who wrote to the other only.
async fn the_seller_is_told_once(mut world: World) {
    let claims = world.writes(1, BUSINESSES[1], "I sell", 0).await;
    let seller = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    world.passes(HOUR_MS);
    let claims = world.writes(2, BUSINESSES[0], "I buy", 0).await;
    let (word, ask) = world.notifies(seller);
    world.answers(claims, vec![ask]).await;
    for _ in 0..20 {
        world.looks().await;
        world.passes(500);
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    let told = world
        .texts("select l.business || o.body from outbox as o join lane as l using (lane_id) order by outbox_id")
        .await;
    assert!(told.len() == 3 && told[2].starts_with(BUSINESSES[1]) && told[2].contains(&word), "{told:?}");
}

/// The replies to a person, oldest first: kind and text.
async fn told(world: &World, phone: u64) -> Vec<String> {
    let sql = format!(
        "select o.kind || ' ' || o.body from outbox as o join lane as l using (lane_id) join person as p using (person_id)
         where p.phone = '25078800000{phone}' order by o.outbox_id"
    );
    world.texts(&sql).await
}

/// Who said what in a person's conversations.
async fn history(world: &World, phone: u64) -> String {
    let sql = format!(
        "select conversation_history::text from unified_sessions as s join person as p on p.person_id = s.user_id
         where p.phone = '25078800000{phone}' and s.status = 'active'"
    );
    let sql = if world.url.starts_with("sqlite") { sql.replace("::text", "") } else { sql };
    world.texts(&sql).await.concat()
}

async fn a_request_is_brought_at_once_where_the_window_is_open(mut world: World) {
    let claims = world.writes(1, BUSINESSES[1], "I sell", 0).await;
    let seller = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    let claim = world.writes(2, BUSINESSES[0], "I buy", 0).await.remove(0);
    let mut settlement = turn::answer(&world.app, &claim).await.expect("a turn").settlement;
    settlement.effects.push(world.notifies(seller).1);
    let woken = world.app.store.settle(settlement).await.expect("it settles").woken;
    assert_eq!(woken.iter().map(|claim| claim.message.business.as_str()).collect::<Vec<_>>(), [BUSINESSES[1]]);
    world.answers(woken, Vec::new()).await;
    assert_eq!(told(&world, 1).await.len(), 2);
}

async fn stop_counts_however_late_it_comes(mut world: World) {
    world.writes(1, BUSINESSES[0], "stop", 30 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(world.count("select count(*) from person where opted_out_at is not null").await, 1);
    assert_eq!(told(&world, 1).await, [] as [String; 0], "nobody is asked to write who said stop");
    // But not against what they said after it.
    let claims = world.writes(1, BUSINESSES[0], "start", 0).await;
    world.answers(claims, Vec::new()).await;
    world.writes(1, BUSINESSES[0], "stop", 2 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(world.count("select count(*) from person where opted_out_at is not null").await, 0);
}

async fn who_never_wrote_is_not_written_to(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    world.answers(claims, Vec::new()).await;
    let stranger = Uuid::now_v7();
    let sql = format!(
        "insert into person (person_id, bucket, phone, created_at) values ('{stranger}', 1, '250788000009', 1)"
    );
    world.shell().await.run(&sql).await;
    let sql = format!(
        "insert into identity (kind, value, person_id, since) values ('phone', '250788000009', '{stranger}', 1)"
    );
    world.shell().await.run(&sql).await;
    let word = world.says(stranger, BUSINESSES[0]).await;
    world.looks().await;
    assert_eq!(told(&world, 9).await, [] as [String; 0]);
    assert_eq!(world.count("select count(*) from lane").await, 1, "and gets no lane");
    assert_eq!(world.count("select count(*) from notice where waits").await, 1, "no look brings it again");
    if world.url.starts_with("sqlite") {
        // The writer remembers whom it made; whom SQL made it learns at its start.
        return;
    }
    let claims = world.writes(9, BUSINESSES[1], "hello", 0).await;
    assert_eq!(claims[0].person.id, stranger);
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 9).await;
    assert!(replies.len() == 2 && replies[1].contains(&word), "{replies:?}");
}

/// A seller with a listing who has been silent for two days, and a buyer who asks for contact.
async fn a_seller_who_is_away(world: &mut World) -> (Uuid, String) {
    let claims = world.writes(1, BUSINESSES[0], "I sell", 0).await;
    let seller = claims[0].person.id;
    let listing = Uuid::now_v7();
    let create = Write::ListingCreate { id: listing, draft: draft("Bicycle") };
    world.answers(claims, vec![Effect { agent: "jobs".into(), write: create }]).await;
    world.passes(2 * WINDOW_MS);
    let claims = world.writes(2, BUSINESSES[1], "I buy", 0).await;
    let id = Uuid::now_v7();
    let propose = Write::MatchPropose { id, listing, status: matches::Status::Suggested };
    let word = world.word();
    let data = serde_json::json!({ "text": word }).to_string();
    let ask =
        Write::Notify { person: seller, kind: "host.say".into(), listing: Some(listing), r#match: Some(id), data };
    let effects = [propose, ask].map(|write| Effect { agent: "jobs".into(), write });
    world.answers(claims, effects.into()).await;
    world.looks().await;
    (seller, word)
}

async fn a_template_that_is_refused_is_sent_again_and_whoever_waits_is_told(mut world: World) {
    let (seller, word) = a_seller_who_is_away(&mut world).await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("template"), "{replies:?}");
    assert_eq!(world.app.store.templates_lost(world.now - HOUR_MS).await.expect("asked"), 0);
    world.shell().await.run("update outbox set state = 'dead' where kind = 'template'").await;
    assert_eq!(world.app.store.templates_lost(world.now - HOUR_MS).await.expect("asked"), 1);
    for _ in 0..3 {
        world.passes(10_000);
        world.looks().await;
    }
    let heard = told(&world, 2).await;
    assert_eq!(heard.iter().filter(|reply| reply.contains("could not reach")).count(), 1, "once: {heard:?}");
    let allowed =
        async |world: &World| world.app.store.template_allowed(seller, BUSINESSES[0], world.now).await.expect("asked");
    assert!(!allowed(&world).await, "not at once");
    world.passes(HOUR_MS);
    assert!(allowed(&world).await);
    world.says(seller, BUSINESSES[0]).await;
    world.looks().await;
    assert_eq!(told(&world, 1).await.len(), 3, "another template");
    world.passes(HOUR_MS);
    assert!(!allowed(&world).await, "that one went");
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    assert_eq!(told(&world, 1).await.iter().filter(|reply| reply.contains(&word)).count(), 1);
}

async fn a_window_that_is_closed_for_meta_takes_a_notice_back(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let person = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    let word = world.says(person, BUSINESSES[0]).await;
    world.looks().await;
    let id = world.texts("select cast(outbox_id as text) from outbox where kind = 'notice'").await.remove(0);
    let id = id.parse().expect("an id");
    world.shell().await.run(&format!("update outbox set state = 'dead' where outbox_id = {id}")).await;
    for _ in 0..2 {
        world.app.store.window_closed(id, |_| Some(r#"{"type":"template"}"#.into()), world.now).await.expect("noted");
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'barred'").await, 1);
    assert_eq!(world.count("select count(*) from outbox where kind = 'template'").await, 1);
    assert_eq!(world.count("select count(*) from notice where waits").await, 1, "once, however often Meta says so");
    for _ in 0..5 {
        world.passes(HOUR_MS);
        world.looks().await;
    }
    assert_eq!(world.count("select count(*) from outbox").await, 3, "it waits, though the host thinks the window open");
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 5 && replies[4].contains(&word), "{replies:?}");
}

async fn a_window_that_is_closed_for_meta_answers_by_one_template(mut world: World) {
    for _ in 0..2 {
        let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
        world.answers(claims, Vec::new()).await;
    }
    let ids = world.texts("select cast(outbox_id as text) from outbox where kind = 'answer' order by outbox_id").await;
    for id in ids {
        world.shell().await.run(&format!("update outbox set state = 'dead' where outbox_id = {id}")).await;
        let id = id.parse().expect("an id");
        world.app.store.window_closed(id, |_| Some(r#"{"type":"template"}"#.into()), world.now).await.expect("noted");
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'barred'").await, 2);
    assert_eq!(world.count("select count(*) from outbox where kind = 'template' and state = 'queued'").await, 1);
    assert_eq!(world.count("select count(*) from notice").await, 0);
}

async fn everybody_with_a_search_that_fits_is_told_once(mut world: World) {
    const WATCHERS: usize = 230;
    let query = listings::Query {
        words: "bicycle".into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 0,
        offset: 0,
    };
    let claims = world.receives((0..WATCHERS).map(watcher).collect()).await;
    assert_eq!(claims.len(), WATCHERS);
    for claim in claims {
        let write = Write::SaveSearch { id: Uuid::now_v7(), query: query.clone() };
        world.answers(vec![claim], vec![Effect { agent: "jobs".into(), write }]).await;
    }
    let claims = world.writes(1, BUSINESSES[0], "I sell", 0).await;
    let create = Write::ListingCreate { id: Uuid::now_v7(), draft: draft("Bicycle") };
    world.answers(claims, vec![Effect { agent: "jobs".into(), write: create }]).await;
    for _ in 0..8 {
        world.looks().await;
        world.passes(500);
    }
    let told = "select count(*) from message where kind = 'notice'";
    assert_eq!(world.count(told).await, WATCHERS as i64);
    assert_eq!(world.count("select count(distinct lane_id) from message where kind = 'notice'").await, WATCHERS as i64);
    assert_eq!(world.count("select count(*) from unified_listings where matched_at is null").await, 0);
}

/// The first message of one of many.
fn watcher(n: usize) -> Item {
    Item::Message(Inbound {
        business: BUSINESSES[0].into(),
        wamid: format!("watcher{n}"),
        kind: Kind::Message,
        sender: Sender { phone: Phone::parse(&format!("2507881{n:05}")).ok(), ..Sender::default() },
        sent_at: NOW,
        content: Content::Text("hello".into()),
        quotes: None,
        extras: Vec::new(),
    })
}

fn draft(title: &str) -> listings::Draft {
    listings::Draft {
        kind: "product".into(),
        title: title.into(),
        description: None,
        category: None,
        price: None,
        price_max: None,
        price_unit: None,
        place: None,
        attributes: "{}".into(),
        images: Vec::new(),
        contact: listings::ContactPolicy::Ask,
    }
}

async fn a_timer_with_a_template_reaches_whoever_is_silent(mut world: World) {
    let template = Template { name: "renewal".into(), language: "fr".into(), parameters: vec!["RAB 123 C".into()] };
    let timer = |at: i64, until: Option<i64>, template: Option<Template>| {
        let notice = Notice { kind: "renewal".into(), listing: None, match_: None, data: "{}".into() };
        let (key, until) = (Some(at.to_string()), until.map(|until| until as u64));
        Effect { agent: "jobs".into(), write: Write::Timer { key, at: at as u64, notice, template, until } }
    };
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let (two_days, three_days) = (world.now + 2 * WINDOW_MS, world.now + 3 * WINDOW_MS);
    let effects = vec![
        timer(two_days, None, Some(template.clone())),
        timer(two_days + 1, None, Some(template.clone())),
        timer(two_days + 2, Some(three_days), None),
    ];
    world.answers(claims, effects).await;
    world.passes(2 * WINDOW_MS + HOUR_MS);
    world.looks().await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("template") && replies[1].contains("renewal"), "{replies:?}");
    assert!(replies[1].contains("RAB 123 C"), "{replies:?}");
    let waiting = world.texts("select coalesce(template, '-') from notice order by notice_id").await;
    assert!(waiting.len() == 2 && waiting[0].contains("renewal") && waiting[1] == "-", "one a day: {waiting:?}");
    // The one is told what waited for them, the other is pointless by then.
    world.passes(WINDOW_MS);
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    assert_eq!(world.count("select count(*) from notice").await, 0);
    assert_eq!(world.count("select count(*) from message where kind = 'notice'").await, 4, "three at first, one again");
}

on_both! {
    the_seller_is_told_once
    a_request_is_brought_at_once_where_the_window_is_open
    stop_counts_however_late_it_comes
    who_never_wrote_is_not_written_to
    a_template_that_is_refused_is_sent_again_and_whoever_waits_is_told
    a_window_that_is_closed_for_meta_takes_a_notice_back
    a_window_that_is_closed_for_meta_answers_by_one_template
    everybody_with_a_search_that_fits_is_told_once
    a_timer_with_a_template_reaches_whoever_is_silent
}
