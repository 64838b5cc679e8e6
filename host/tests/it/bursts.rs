//! Bubbles that follow each other quickly are one turn and one answer, on both databases: 500 thoughts on a fixed seed, with hosts that die
//! amid turns, leases that run out and deliveries that come twice.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use switchboard_core::{
    contract::types::{Content, Media, MediaKind, Other, Place, Tap},
    inbox::{Delivery, Inbound, Item, Kind, Sender},
    phone::Phone,
};
use switchboard_kit::{cluster, shell::Shell};
use switchboard_store::{Burst, Claim, Reply, Role, SettleError, Settlement, Store, StoreOptions};

const NOW: i64 = 1_780_000_000_000;
const LEASE_MS: i64 = 15_000;
const WAIT_MS: i64 = 1_500;
const LONGEST_MS: i64 = 6_000;
const THOUGHTS: usize = 500;
const PEOPLE: u64 = 20;

async fn open(url: &str) -> Store {
    let burst = Burst { wait_ms: WAIT_MS, longest_ms: LONGEST_MS, ..Burst::default() };
    Store::open(url, StoreOptions { role: Role::Serve, burst, ..StoreOptions::default() }).await.expect("it opens")
}

fn inbound(person: u64, wamid: &str, content: Content, at: i64) -> Inbound {
    Inbound {
        business: "1".into(),
        wamid: wamid.into(),
        kind: Kind::Message,
        sender: Sender { phone: Phone::parse(&format!("2507880000{person:02}")).ok(), ..Sender::default() },
        sent_at: at,
        content,
        quotes: None,
        extras: Vec::new(),
    }
}

async fn receive(store: &Store, message: Inbound, at: i64) -> Vec<Claim> {
    let items = vec![Item::Message(message)];
    let delivery =
        Delivery { body: Bytes::from_static(b"{}"), received_at: at, items, unreadable: None, forwards: false };
    store.ingest(delivery).await.expect("it is stored").claimed
}

fn text(words: &str) -> Content {
    Content::Text(words.into())
}

fn photo(handle: &str, caption: Option<&str>) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        handle: handle.into(),
        mime_type: "image/jpeg".into(),
        caption: caption.map(str::to_owned),
        transcript: None,
        file_name: None,
        extras: Vec::new(),
    })
}

fn answer(claim: &Claim, now: i64) -> Settlement {
    let reply = Reply { agent: "jobs".into(), body: "{}".into(), url: None, kind: Default::default() };
    Settlement { replies: vec![reply], ..Settlement::of(claim, now) }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// The bubbles of all thoughts, in the order of their time: when, person, words.
fn thoughts(chance: &mut Chance) -> Vec<(i64, u64, String)> {
    let mut ready: HashMap<u64, i64> = HashMap::new();
    let mut bubbles = Vec::new();
    for thought in 0..THOUGHTS {
        let person = chance.below(PEOPLE);
        // A person begins the next thought when the answer to the last has been read.
        let mut at = *ready.get(&person).unwrap_or(&NOW) + 20_000 + chance.below(10_000) as i64;
        for bubble in 0..1 + chance.below(6) {
            bubbles.push((at, person, format!("{thought}.{bubble}")));
            at += 150 + chance.below(950) as i64;
        }
        ready.insert(person, at);
    }
    bubbles.sort();
    bubbles
}

async fn five_hundred(url: &str) {
    let store = open(url).await;
    let mut chance = Chance(20);
    let bubbles = thoughts(&mut chance);
    let mut written: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut answered: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let (mut turns, mut died, mut hands) = (0, 0, Vec::<(i64, Claim)>::new());
    let end = bubbles.last().map_or(NOW, |(at, ..)| *at) + 20 * LEASE_MS;
    let (mut now, mut next) = (NOW, 0);
    while now < end {
        now += 100;
        while let Some((at, person, words)) = bubbles.get(next).filter(|(at, ..)| *at <= now) {
            next += 1;
            written.entry(*person).or_default().push(words.clone());
            let claimed = receive(&store, inbound(*person, words, text(words), *at), *at).await;
            assert!(claimed.is_empty(), "a bubble waits for the next one");
            if chance.below(10) == 0 {
                receive(&store, inbound(*person, words, text(words), *at), *at).await;
            }
        }
        for claim in store.claim_due(now, 100).await.expect("claims") {
            match chance.below(20) {
                // Its host dies: the lease runs out, and another one answers.
                0 => died += 1,
                // Its turn takes some time.
                took => hands.push((now + took as i64 * 20, claim)),
            }
        }
        let mut next_claims = Vec::new();
        for (_, claim) in hands.extract_if(.., |(until, _)| *until <= now) {
            match store.settle(answer(&claim, now)).await {
                Ok(settled) => {
                    // The next thought was due already, where hosts died twice.
                    next_claims.extend(settled.next);
                    turns += 1;
                    let Content::Text(lines) = &claim.message.content else { panic!("{claim:?}") };
                    let person = claim.person.phone.as_ref().expect("a number").digits();
                    let person = person[person.len() - 2..].parse().expect("a number");
                    answered.entry(person).or_default().extend(lines.lines().map(str::to_owned));
                }
                Err(SettleError::LostLease) => {}
                Err(failed) => panic!("{failed}"),
            }
        }
        hands.extend(next_claims.into_iter().map(|claim| (now, claim)));
    }
    assert_eq!(answered, written, "each bubble once, and in order");
    let per_thought = f64::from(turns) / THOUGHTS as f64;
    println!("{turns} answers to {THOUGHTS} thoughts of {} bubbles, {died} turns died", bubbles.len());
    assert!(died > 10, "hosts die");
    assert!(per_thought <= 1.05, "{per_thought} answers for each thought");
    assert!(turns + died >= THOUGHTS as i32, "thoughts are one only where hosts died");
    let mut shell = Shell::open(url).await;
    assert_eq!(shell.value::<i64>("select count(*) from message where state <> 'answered'").await, 0);
    assert_eq!(shell.value::<i64>("select count(*) from outbox").await, i64::from(turns));
}

#[tokio::test]
async fn five_hundred_thoughts_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    five_hundred(&format!("sqlite://{}", folder.path().join("bursts.db").display())).await;
}

#[tokio::test]
async fn five_hundred_thoughts_on_postgres() {
    five_hundred(&cluster::shared().database().await).await;
}

async fn cases(url: &str) {
    let store = open(url).await;
    let due = async |at| store.claim_due(at, 10).await.expect("claims");

    // The wait begins anew with each bubble, and ends at the longest.
    for n in 0..5 {
        let at = NOW + n * 1_200;
        assert!(receive(&store, inbound(1, &format!("a{n}"), text(&n.to_string()), at), at).await.is_empty());
        assert!(due(at + 1_199).await.is_empty(), "bubble {n}");
    }
    let claims = due(NOW + LONGEST_MS).await;
    assert_eq!((claims[0].message.waited_ms, claims[0].burst.len()), (Some(LONGEST_MS), 5));
    assert_eq!(claims[0].due_at(), NOW + LONGEST_MS);
    store.settle(answer(&claims[0], NOW + LONGEST_MS)).await.expect("settled");

    // A tap does not wait, and what came before it is answered at once, before it.
    let tap = Content::Tap(Tap { id: "jobs/start".into(), title: "Jobs".into() });
    let at = NOW + 100_000;
    assert!(receive(&store, inbound(2, "b1", text("hi"), at), at).await.is_empty());
    assert!(receive(&store, inbound(2, "b2", text("there"), at + 300), at + 300).await.is_empty());
    let claims = receive(&store, inbound(2, "b3", tap.clone(), at + 500), at + 500).await;
    assert_eq!(claims.len(), 1, "the wait is over");
    assert_eq!((&claims[0].message.content, claims[0].message.waited_ms), (&text("hi\nthere"), Some(500)));
    let next = store.settle(answer(&claims[0], at + 600)).await.expect("settled").next.expect("the tap");
    assert_eq!((&next.message.content, next.message.waited_ms), (&tap, None));
    store.settle(answer(&next, at + 700)).await.expect("settled");

    // A place comes alone.
    let place = Content::Place(Place { point: None, name: Some("Kimironko".into()), address: None });
    assert_eq!(receive(&store, inbound(3, "c1", place, at), at).await.len(), 1);

    // Photos and words are one act.
    let fridge = [("d1", photo("x", None)), ("d2", photo("y", Some("80k"))), ("d3", text("a fridge"))];
    for (wamid, content) in fridge {
        assert!(receive(&store, inbound(4, wamid, content, at), at).await.is_empty());
    }
    let claims = due(at + WAIT_MS).await;
    let claim = claims.iter().find(|claim| claim.burst.len() == 3).expect("one act");
    assert_eq!(claim.message.content.words(), Some("80k\na fridge"));
    assert_eq!(claim.alone().message.content, photo("x", None));
    store.settle(answer(claim, at + WAIT_MS)).await.expect("settled");

    // What comes while a turn runs waits for itself.
    let at = NOW + 200_000;
    receive(&store, inbound(5, "e1", text("one"), at), at).await;
    let claims = due(at + WAIT_MS).await;
    let claim = claims.iter().find(|claim| claim.message.wamid.as_deref() == Some("e1")).expect("due");
    receive(&store, inbound(5, "e2", text("two"), at + WAIT_MS + 10), at + WAIT_MS + 10).await;
    assert!(store.settle(answer(claim, at + WAIT_MS + 500)).await.expect("settled").next.is_none());
    let claims = due(at + 2 * WAIT_MS + 10).await;
    assert!(claims.iter().any(|claim| claim.message.content == text("two")), "{claims:?}");

    // An edit of what is not answered yet replaces it; of what is, nothing.
    let at = NOW + 250_000;
    let edit = |wamid: &str, about: &str, words: &str, at: i64| {
        let content = Content::Other(Other { kind: "edit".into(), value: format!("{words:?}") });
        Inbound { kind: Kind::Silent, quotes: Some(about.into()), ..inbound(7, wamid, content, at) }
    };
    receive(&store, inbound(7, "g1", text("a frige"), at), at).await;
    receive(&store, edit("g2", "g1", "a fridge", at + 500), at + 500).await;
    let claims = due(at + WAIT_MS).await;
    let claim = claims.iter().find(|claim| claim.message.wamid.as_deref() == Some("g1")).expect("due");
    assert_eq!(claim.message.content, text("a fridge"));
    receive(&store, edit("g3", "g1", "a table", at + 2_000), at + 2_000).await;
    let mut shell = Shell::open(url).await;
    let kept = "select count(*) from message where wamid = 'g1' and content = '{\"Text\":\"a fridge\"}'";
    assert_eq!(shell.value::<i64>(kept).await, 1);

    // Whatever fails twice is answered alone, so that one message takes no other with it.
    let at = NOW + 300_000;
    receive(&store, inbound(6, "f1", text("bad"), at), at).await;
    receive(&store, inbound(6, "f2", text("good"), at), at).await;
    let mut later = at + WAIT_MS;
    for tries in [2, 2, 0] {
        let claims = due(later).await;
        let claim = claims.iter().find(|claim| claim.message.wamid.as_deref() == Some("f1")).expect("due");
        assert_eq!(claim.burst.len(), tries);
        store.postpone(claim.lane, claim.message.id, later + 1_000, "chance").await.expect("put back");
        later += 1_000;
    }
}

#[tokio::test]
async fn a_burst_ends_as_it_should_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    cases(&format!("sqlite://{}", folder.path().join("bursts.db").display())).await;
}

#[tokio::test]
async fn a_burst_ends_as_it_should_on_postgres() {
    cases(&cluster::shared().database().await).await;
}
