//! Ten regressions are seeded in an agent, and a comparison over recorded turns finds each, with its kind and place; an unchanged rebuild
//! and a change that nobody can see show none.

use std::sync::Arc;

use switchboard::{
    conversation,
    replay::{Comparison, Components, Kind, Over, diff},
};
use switchboard_kit::agents::{ALL, built, entry, renamed, rogue};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::Store;

use super::{beside, corpus::Chance, plugins};

/// A variant of the shop, the kind and the place of what it does otherwise, and the languages that see it.
type Seeded = (&'static str, Kind, &'static str, &'static [&'static str]);

const BOTH: &[&str] = &["en", "fr"];

const REGRESSIONS: [Seeded; 10] = [
    ("text", Kind::Words, "order/place", BOTH),
    ("price", Kind::Writes, "order/count: records.put", BOTH),
    ("lost", Kind::Writes, "order/count: records.put", BOTH),
    ("order", Kind::Flow, "order/consent", BOTH),
    ("slow", Kind::Cost, "order/count: fuel", BOTH),
    ("lang", Kind::Words, "order/place", &["fr"]),
    ("model", Kind::Calls, "order/place: model.generate", BOTH),
    ("extra", Kind::Cost, "order/place: messages", BOTH),
    ("trap", Kind::Traps, "order/count", BOTH),
    ("agree", Kind::Flow, "order/consent", BOTH),
];

/// What is the same in other bytes: a rebuild, and the price counted another way.
const SAME: [&str; 2] = ["noop", "tidy"];

/// The shop in a variant.
pub(crate) fn shop(variant: &str) -> Vec<u8> {
    renamed(&rogue("shop"), "variant-none_", &format!("variant-{variant:_<5}")[..13])
}

/// Orders of many people in two languages, some of thirteen, some without consent, some in words that are no number.
pub(super) fn orders(people: usize) -> Vec<String> {
    let mut chance = Chance(13);
    let order = |nth: usize| {
        let is_french = nth % 2 == 1;
        let (begin, yes) = if is_french { ("@ language fr\n> magasin", "[Oui]") } else { ("> shop", "[Yes]") };
        let count = [13, 2, 12, 15, 25, 1 + chance.below(40)][nth / 2 % 6];
        let town = ["Kimironko", "Musanze", "Huye"][chance.below(3)];
        let consent = if nth % 8 >= 6 { "perhaps later then" } else { yes };
        format!("{begin}\n> {consent}\n> many\n> {count}\n> {town}\n")
    };
    (0..people).map(order).collect()
}

/// Recorded orders, and what they are played again with.
struct Recorded {
    _folder: tempfile::TempDir,
    store: Store,
    plugins: Plugins,
    sha256: String,
}

async fn recorded(people: usize) -> Recorded {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("plugins");
    std::fs::create_dir(&at).expect("made");
    std::fs::write(at.join("support.wasm"), built("support")).expect("written");
    std::fs::write(at.join("shop.wasm"), shop("none")).expect("written");
    let manifest = folder.path().join("plugins.toml");
    std::fs::write(&manifest, entry("support", &ALL) + &entry("shop", &ALL)).expect("written");
    let plugins = plugins(&manifest).await;
    let url = format!("sqlite://{}", folder.path().join("orders.db").display());
    conversation::record(&plugins, &url, &orders(people)).await.expect("they are recorded");
    let sha256 = plugins.current().get("shop").expect("it serves").sha256().to_owned();
    Recorded { store: beside(&url).await, _folder: folder, plugins, sha256 }
}

async fn compared(recorded: &Recorded, components: &Arc<Components>, variant: &str) -> Comparison {
    let new = components.add("shop", shop(variant)).await.expect("it loads");
    let over = Over { turns: 10_000, since: 0, workers: 2 };
    diff(&recorded.store, components, "shop", (&recorded.sha256, &new), over).await.expect("it is played")
}

#[track_caller]
fn finds(compared: &Comparison, (variant, kind, place, languages): Seeded) {
    let found = compared.groups.iter().find(|group| group.kind == kind && group.place == place);
    let found = found.unwrap_or_else(|| panic!("{variant}: no {kind} at {place} in {:#?}", compared.groups));
    assert_eq!(found.languages.keys().collect::<Vec<_>>(), languages, "{variant}");
    assert!(compared.same > 0 && compared.same < compared.turns, "{variant}: {} the same", compared.same);
    println!("{variant:<8} found: {kind:<8} {place:<28} in {:>4} of {:>4} turns", found.turns, compared.turns);
}

#[track_caller]
fn finds_nothing(compared: &Comparison, variant: &str) {
    assert_eq!(compared.same, compared.turns, "{variant}: {:#?} {:#?}", compared.groups, compared.unknown);
    println!("{variant:<8} nothing in {} turns", compared.turns);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_regression_is_found_and_a_rebuild_shows_none() {
    let recorded = recorded(24).await;
    let components = Arc::new(Components::new(recorded.store.clone(), recorded.plugins.clone()));
    for variant in SAME {
        finds_nothing(&compared(&recorded, &components, variant).await, variant);
    }
    for seeded in REGRESSIONS.into_iter().filter(|(variant, ..)| ["lost", "lang", "trap"].contains(variant)) {
        finds(&compared(&recorded, &components, seeded.0).await, seeded);
    }
    // Nothing was written: no turn, no event, no reply came of it.
    let rows = recorded.store.count("select count(*) from journal").await.expect("counted");
    assert_eq!(
        rows,
        recorded.store.count("select count(*) from message where state <> 'queued'").await.expect("counted")
    );
}

/// The long form: `make test-replay`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: make test-replay"]
async fn ten_regressions_are_found() {
    let recorded = recorded(240).await;
    let components = Arc::new(Components::new(recorded.store.clone(), recorded.plugins.clone()));
    for variant in SAME {
        finds_nothing(&compared(&recorded, &components, variant).await, variant);
    }
    for seeded in REGRESSIONS {
        finds(&compared(&recorded, &components, seeded.0).await, seeded);
    }
}
