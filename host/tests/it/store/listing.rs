//! Listings, as they are stored and found.

use bytes::Bytes;
use uuid::Uuid;

use super::on_both;
use super::{ALICE, Database, NOW, answered, delivery, draft, inbound, says, sender};
use switchboard_core::{
    contract::{
        listings,
        types::{Content, Extra, Money, Point},
    },
    effect::{Effect, Write},
    inbox::{Delivery, Kind},
};
use switchboard_store::{Demo, Settlement};

on_both! {
    a_text_is_stored_as_it_was_said,
    listings_are_found_around_a_place,
    of_several_changes_of_a_listing_in_a_turn_the_last_counts,
}

async fn a_text_is_stored_as_it_was_said(db: Database) {
    let said = r#"it's "5\6" {a,b} NULL $1 \' ; -- /* é 😀 \n"#.to_owned() + "\n\t\u{1}\\";
    let item = inbound(sender(ALICE), "w'1\\", Kind::Message, Content::Text(said.clone()));
    let odd = Delivery { body: Bytes::from_static(b"\x00\xff'\\\""), ..delivery(vec![item], NOW) };
    let claim = db.store.ingest(odd).await.expect("it is stored").claimed.remove(0);
    assert_eq!((claim.message.content, claim.message.wamid.as_deref()), (Content::Text(said), Some("w'1\\")));
    assert_eq!(db.count("select count(*) from delivery where length(body) = 5").await, 1);
}

async fn listings_are_found_around_a_place(db: Database) {
    let set = [
        ("Near", Some((-1.95, 30.10))),
        ("Far", Some((-2.60, 29.74))),
        ("Nowhere", None),
        ("Nearer", Some((-1.951, 30.101))),
    ];
    let demo = |(title, at): (&str, _)| Demo {
        agent: "marketplace".into(),
        owner: "Ann Smith".into(),
        phone: ALICE.into(),
        draft: draft(&format!("{title} sofa"), at),
    };
    let set: Vec<Demo> = set.into_iter().map(demo).collect();
    assert_eq!(db.store.seed(&set, "RWF", NOW).await.expect("seeded"), 4);
    assert_eq!(db.store.seed(&set, "RWF", NOW).await.expect("asked"), 0, "once");
    let wanted = |name: &str, value: &str| Extra { name: name.into(), value: value.into() };
    let query = |words: &str, radius_km: Option<f64>| listings::Query {
        words: words.into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: Some(Point { latitude: -1.952, longitude: 30.102 }),
        radius_km,
        limit: 9,
        offset: 0,
    };
    let titles = async |query: &listings::Query| -> Vec<String> {
        let found = db.store.listings_search("marketplace", Uuid::nil(), query, NOW).await.expect("searched");
        found.into_iter().map(|listing| listing.draft.title).collect()
    };
    assert_eq!(titles(&query("sofas", Some(20.0))).await, ["Nearer sofa", "Near sofa", "Nowhere sofa"]);
    assert_eq!(titles(&query("sofas", None)).await, ["Nearer sofa", "Near sofa", "Far sofa", "Nowhere sofa"]);
    assert_eq!(titles(&query("fridge", None)).await, [] as [&str; 0]);
    let brown =
        listings::Query { attributes: vec![wanted("seats", "3"), wanted("colour", "brown")], ..query("far", None) };
    assert_eq!(titles(&brown).await, ["Far sofa"]);
    let blue = listings::Query { attributes: vec![wanted("colour", "blue")], ..query("", None) };
    assert_eq!(titles(&blue).await, [] as [&str; 0]);
    let cheap = listings::Query { price_max: Some(123_400), ..query("", None) };
    assert_eq!(titles(&cheap).await, [] as [&str; 0]);
    let found =
        db.store.listings_search("marketplace", Uuid::nil(), &query("near", None), NOW).await.expect("searched");
    let near = &found[0];
    assert_eq!(near.draft.price, Some(Money { hundredths: 123_450, currency: "RWF".into() }));
    assert_eq!((near.owner_name.as_deref(), near.draft.images.as_slice()), (Some("Ann"), &["m1".to_owned()][..]));
    assert_eq!(near.created_at, NOW as u64);
}

async fn of_several_changes_of_a_listing_in_a_turn_the_last_counts(db: Database) {
    let id = Uuid::from_u128(7);
    let status = |status| Write::ListingStatus { id, status };
    let of = |write| Effect { agent: "marketplace".into(), write };
    let writes = [
        Write::ListingCreate { id, draft: draft("Sofa", None) },
        status(listings::Status::Sold),
        status(listings::Status::Removed),
        Write::ListingUpdate { id, draft: draft("Chair", None) },
        Write::ListingUpdate { id, draft: draft("Table", None) },
        status(listings::Status::Active),
    ];
    let claim = db.claim(says(ALICE, "w1"), NOW).await;
    let settlement = Settlement { effects: writes.map(of).into(), ..answered(&claim) };
    db.store.settle(settlement).await.expect("it settles");
    assert_eq!(db.text("select status || ' ' || title from unified_listings").await, "active Table");
}
