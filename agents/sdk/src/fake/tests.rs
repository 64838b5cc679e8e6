use super::*;
use crate::{
    Failure, Profile, clock, listings,
    listings::{ContactPolicy, Draft, Query},
    model, preferences, records, reply, store, tr,
};

struct Booker;

impl Agent for Booker {
    fn profile() -> Profile {
        Profile::new("booker", "1", "Books.").titled(tr!("Booker", "Booker"), tr!("Books", "Books"))
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let slot = turn.text().unwrap_or_default();
        let is_first = store::put_new_shared("slots", slot, &turn.person.id)?;
        preferences::set("last", slot)?;
        if slot == "never" {
            return Err(Failure::Internal("on purpose".into()));
        }
        Ok(Outcome::say(reply::text(if is_first { "yours" } else { "taken" })))
    }
}

#[test]
fn a_turn_writes_and_one_that_fails_writes_nothing() {
    let host = Host::new();
    let said = |turn: &Turn| format!("{:?}", host.answer::<Booker>(turn).map(|outcome| outcome.replies));
    assert!(said(&Turn::said("nine").by("alice")).contains("yours"));
    assert!(said(&Turn::said("nine").by("bob")).contains("taken"));
    assert!(said(&Turn::said("never").by("bob")).contains("on purpose"));
    assert_eq!(host.documents("slots"), [("nine".to_owned(), "\"alice\"".to_owned())]);
    assert_eq!(preferences::get("last"), Ok(Some("nine".to_owned())), "what failed wrote nothing");
}

#[test]
fn documents_are_of_their_owner_and_conditions_hold() {
    let _host = Host::new();
    assert_eq!(store::put_new_mine("c", "a", &1), Ok(true));
    assert_eq!(store::put_new_mine("c", "a", &2), Ok(false));
    assert_eq!(store::shared::<u32>("c", "a"), Ok(None));
    assert_eq!(store::update_mine::<u32>("c", "a", |n| n.map(|n| n + 1)), Ok(Some(2)));
    assert_eq!(store::update_mine::<u32>("c", "b", |n| n), Ok(None), "nothing to change");
    assert!(matches!(records::put_if(Owner::Person, "c", "a", "1", "3"), Err(Problem::Conflict(_))));
    assert!(matches!(records::put(Owner::Person, "c", "a", "{"), Err(Problem::Invalid(_))));
    for key in ["b2", "b1", "b3"] {
        assert_eq!(store::put_mine("c", key, &7), Ok(()));
    }
    let first = store::mine_with_prefix::<u32>("c", "b", None, 2).expect("a page");
    assert_eq!((first.documents.len(), first.next.as_deref()), (2, Some("b2")));
    let last = store::mine_with_prefix::<u32>("c", "b", first.next.as_deref(), 2).expect("a page");
    assert_eq!((last.documents, last.next), (vec![("b3".to_owned(), 7)], None));
    let newest: Vec<String> = store::newest::<u32>("c", 2).expect("read").into_iter().map(|(key, _)| key).collect();
    assert_eq!(newest, ["b3", "b1"]);
}

#[test]
fn listings_are_found_by_others() {
    let host = Host::new();
    let draft = Draft {
        kind: "product".into(),
        title: "A red sofa".into(),
        description: None,
        category: None,
        price: None,
        price_max: None,
        price_unit: None,
        place: None,
        attributes: r#"{"seats":3}"#.into(),
        images: Vec::new(),
        contact: ContactPolicy::Ask,
    };
    let query = |words: &str| Query {
        words: words.into(),
        kind: None,
        category: None,
        attributes: vec![crate::Extra { name: "seats".into(), value: "3".into() }],
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 10,
        offset: 0,
    };
    let id = listings::create(&draft).expect("listed");
    assert_eq!(listings::search(&query("sofa")), Ok(Vec::new()), "never one's own");
    assert_eq!(listings::mine().map(|mine| mine.len()), Ok(1));
    with(|state| state.begins(&Turn::said("").by("bob")));
    assert_eq!(listings::search(&query("sofa")).expect("found")[0].id, id);
    assert_eq!(listings::search(&query("lamp")), Ok(Vec::new()));
    assert!(matches!(listings::update(&id, &draft), Err(Problem::Denied(_))));
    assert_eq!(host.listings().len(), 1);
}

#[test]
fn the_clock_is_the_person_s_and_what_is_not_here_is_unavailable() {
    let _host = Host::new();
    let local = clock::local(1_795_768_200_000);
    assert_eq!((local.day, local.hour, local.minute, local.weekday), (27, 10, 30, 5));
    assert_eq!(clock::instant(local), Some(1_795_768_200_000));
    let request = model::Request {
        system: String::new(),
        entries: Vec::new(),
        tools: Vec::new(),
        answer_schema: None,
        tokens_max: 1,
    };
    assert!(matches!(model::generate(&request), Err(Problem::Unavailable(_))));
}
