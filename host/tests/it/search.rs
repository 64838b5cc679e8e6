//! Search by words, through the real store on both databases: concepts across languages, a letter wrong, and listings of an indexer before
//! this one.

use switchboard_core::contract::{listings, search};
use switchboard_kit::shell::Shell;
use switchboard_store::Demo;
use uuid::Uuid;

use crate::store::{BOB, Database, NOW, draft, on_both};

on_both! {
    a_thing_is_found_by_its_names_in_four_languages,
    a_search_without_a_thing_in_it_finds_nothing_everywhere_and_lists_by_its_bounds,
    what_is_named_in_a_title_comes_first,
    listings_of_an_indexer_before_are_found_and_indexed_again,
}

/// Lists things: title, category, description.
async fn lists(db: &Database, things: &[(&str, &str, &str)]) {
    let demo = |(title, category, description): &(&str, &str, &str)| Demo {
        agent: "marketplace".into(),
        owner: "Ann Smith".into(),
        phone: BOB.into(),
        draft: listings::Draft {
            category: Some((*category).into()),
            description: Some((*description).into()),
            ..draft(title, None)
        },
    };
    let set: Vec<Demo> = things.iter().map(demo).collect();
    db.store.seed(&set, "RWF", NOW).await.expect("seeded");
}

fn query(words: &str) -> listings::Query {
    listings::Query {
        words: words.into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 9,
        offset: 0,
    }
}

/// The titles that a service's search finds.
async fn titles(db: &Database, words: &str) -> Vec<String> {
    let found = db.store.listings_search("marketplace", Uuid::nil(), &query(words), NOW).await.expect("searched");
    found.into_iter().map(|listing| listing.draft.title).collect()
}

/// The titles that the search over all services finds.
async fn everywhere(db: &Database, words: &str) -> Vec<String> {
    let query = search::Query { words: words.into(), price_max: None, near: None, limit: 9, offset: 0 };
    let found = db.store.search(&["marketplace".to_owned()], Uuid::nil(), &query, NOW).await.expect("searched");
    found.into_iter().map(|hit| hit.title).collect()
}

const MARKET: [(&str, &str, &str); 4] = [
    ("Réfrigérateur Samsung", "household", "bon état"),
    ("Amagare abiri", "vehicles", "meza"),
    ("Delivery driver", "other", "must have a phone and time to buy things"),
    ("Zenthro 9", "other", "nothing that a lexicon knows"),
];

async fn a_thing_is_found_by_its_names_in_four_languages(db: Database) {
    lists(&db, &MARKET).await;
    for (words, title) in [
        ("fridge", "Réfrigérateur Samsung"),
        ("nshaka kugura firigo", "Réfrigérateur Samsung"),
        ("natafuta friji", "Réfrigérateur Samsung"),
        ("frige", "Réfrigérateur Samsung"),
        ("bicycle", "Amagare abiri"),
        ("baiskeli", "Amagare abiri"),
        ("je cherche un vélo", "Amagare abiri"),
        ("chauffeur", "Delivery driver"),
        ("zenthra", "Zenthro 9"),
        ("zentrho", "Zenthro 9"),
    ] {
        assert_eq!(titles(&db, words).await, [title], "{words}");
        assert_eq!(everywhere(&db, words).await, [title], "{words}");
    }
    assert_eq!(titles(&db, "sofa").await, [] as [&str; 0]);
}

async fn a_search_without_a_thing_in_it_finds_nothing_everywhere_and_lists_by_its_bounds(db: Database) {
    lists(&db, &MARKET).await;
    for words in ["", "👍", "?", "hello there", "muraho neza", "do you have", "I lost my phone", "must have", "nothing"]
    {
        assert_eq!(everywhere(&db, words).await, [] as [&str; 0], "{words}");
    }
    assert_eq!(titles(&db, "").await.len(), 4);
    assert_eq!(titles(&db, "do you have something").await.len(), 4);
    let bounded = listings::Query { category: Some("household".into()), ..query("") };
    let found = db.store.listings_search("marketplace", Uuid::nil(), &bounded, NOW).await.expect("searched");
    assert_eq!(found.len(), 1);
}

async fn what_is_named_in_a_title_comes_first(db: Database) {
    lists(
        &db,
        &[
            ("Old things", "furniture", "from my office"),
            ("Office furniture", "other", "good"),
            ("Lamp", "other", "I sell all my furniture"),
            ("Red dress", "clothing", "as new"),
        ],
    )
    .await;
    assert_eq!(titles(&db, "meubles").await, ["Office furniture", "Old things"]);
    assert_eq!(titles(&db, "red lamp").await, ["Lamp"], "what is wanted is a lamp");
}

async fn listings_of_an_indexer_before_are_found_and_indexed_again(db: Database) {
    lists(&db, &MARKET).await;
    let now = NOW + 1_000;
    let terms = "select count(*) from listing_word";
    let with_terms = "select count(*) from listing_word where word = 'v:1'";
    let before = db.count(terms).await;
    assert_eq!(db.count(with_terms).await, 4);
    // As the program before left them: stems alone, and nobody to be told of them.
    let mut shell = Shell::open(&db.url).await;
    shell.run("delete from listing_word where word like '%:%'").await;
    shell.run("update unified_listings set matched_at = created_at").await;
    drop(shell);
    assert_eq!(db.count(with_terms).await, 0);
    assert_eq!(titles(&db, "driver").await, ["Delivery driver"], "found until it is indexed again");
    assert_eq!(titles(&db, "firigo").await, [] as [&str; 0]);
    db.store.bring_due(now).await.expect("brought");
    assert_eq!((db.count(with_terms).await, db.count(terms).await), (4, before));
    assert_eq!(titles(&db, "firigo").await, ["Réfrigérateur Samsung"]);
    // Once all are, nobody looks for an hour; then what an older program wrote meanwhile is found.
    db.store.bring_due(now + 1).await.expect("brought");
    Shell::open(&db.url).await.run("delete from listing_word where word like '%:%'").await;
    db.store.bring_due(now + 2).await.expect("brought");
    assert_eq!(db.count(with_terms).await, 0);
    db.store.bring_due(now + 2 * 60 * 60 * 1_000).await.expect("brought");
    assert_eq!(db.count(with_terms).await, 4);
}
