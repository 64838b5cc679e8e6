use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use switchboard_core::{
    contract::readings::Meaning,
    text::{LANGUAGES, fold},
};

use super::{data, *};

/// The ids of what a text names.
fn ids(text: &str) -> Vec<&'static str> {
    concepts_of(text).into_iter().map(|concept| concept.id.as_str()).collect()
}

/// Whether a text names a concept.
fn names(text: &str, id: &str) -> bool {
    ids(text).contains(&id)
}

#[test]
fn every_concept_has_names_in_all_languages_or_says_that_there_is_none() {
    for cells in data::lines() {
        assert_eq!(cells.len(), 7, "{cells:?}");
        assert!(cells.iter().all(|cell| !cell.trim().is_empty()), "an empty cell: {cells:?}");
        for cell in cells.iter().skip(3).filter(|cell| **cell != data::NONE) {
            assert!(cell.split(", ").all(|name| !name.is_empty() && name != data::NONE), "{cells:?}");
        }
    }
    assert!(all().len() >= 400, "{} concepts", all().len());
    let ids: BTreeSet<&str> = all().iter().map(|concept| concept.id.as_str()).collect();
    assert_eq!(ids.len(), all().len(), "a concept stands twice");
}

#[test]
fn no_name_belongs_to_two_concepts_of_one_kind() {
    let mut owners: BTreeMap<(&str, Vec<String>), &str> = BTreeMap::new();
    for concept in all() {
        for name in concept.names.iter().flatten() {
            let owner = owners.entry((&concept.kind, fold(name))).or_insert(&concept.id);
            assert_eq!(*owner, concept.id, "both have the name {name}");
        }
    }
}

/// The open half of the measure's sentences, if somebody has copied it here.
const OPEN_HALF: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/talk/open/sentences.jsonl");

#[test]
fn no_concept_has_only_words_of_the_open_half() {
    // Before the measure is in the project there is nothing to hold the names against.
    if !Path::new(OPEN_HALF).exists() {
        return;
    }
    let sentences = std::fs::read_to_string(OPEN_HALF).unwrap();
    let texts: Vec<String> = sentences
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()?["text"].as_str().map(str::to_owned))
        .collect();
    assert!(texts.len() > 100, "{OPEN_HALF} has {} texts", texts.len());
    let said: Vec<String> = texts.iter().map(|text| format!(" {} ", fold(text).join(" "))).collect();
    let only = only_said(all(), &said);
    assert!(only.is_empty(), "add everyday names that do not stand in the open half: {only:?}");
}

/// The concepts whose names stand in these texts and nearly nowhere else: a language has no other name, and fewer than two names are left
/// in all of them.
fn only_said<'c>(concepts: &'c [Concept], said: &[String]) -> Vec<&'c str> {
    let is_said = |name: &String| said.iter().any(|text| text.contains(&format!(" {} ", fold(name).join(" "))));
    let only = |concept: &&Concept| {
        let new: Vec<usize> =
            concept.names.iter().map(|all| all.iter().filter(|name| !is_said(name)).count()).collect();
        let is_lacking = new.iter().zip(&concept.names).any(|(new, all)| *new == 0 && !all.is_empty());
        is_lacking && new.iter().sum::<usize>() < 2
    };
    concepts.iter().filter(only).map(|concept| concept.id.as_str()).collect()
}

#[test]
fn a_concept_made_of_said_words_is_noticed() {
    let concept = |names: [&[&str]; 4]| Concept {
        id: "fridge".into(),
        kind: "goods".into(),
        category: String::new(),
        names: names.map(|all| all.iter().map(|name| (*name).to_owned()).collect()),
    };
    let said = vec![" i sell my fridge ".to_owned(), " je vends mon frigo ".to_owned()];
    assert_eq!(only_said(&[concept([&["fridge"], &["frigo"], &[], &[]])], &said), ["fridge"]);
    assert_eq!(only_said(&[concept([&["fridge"], &["frigo"], &["firigo"], &[]])], &said), ["fridge"]);
    assert!(only_said(&[concept([&["fridge"], &["frigo"], &["firigo"], &["friji"]])], &said).is_empty());
}

#[test]
fn names_of_all_languages_are_one_concept() {
    for (id, texts) in [
        ("fridge", ["a fridge", "un réfrigérateur", "firigo nziza", "jokofu"]),
        ("bicycle", ["two bicycles", "des vélos", "amagare", "baiskeli"]),
        ("maize", ["3 bags of maize", "du maïs", "ibigori", "mahindi"]),
        ("guard", ["night guards", "un gardien", "abazamu", "kazi ya ulinzi"]),
        ("sofa", ["corner sofa", "canapés", "intebe zo mu ruganiriro", "makochi"]),
        ("plot", ["a plot of land", "parcelle", "ibibanza", "viwanja"]),
        ("pharmacy", ["drug store", "pharmacies", "farumasi", "duka la dawa"]),
        ("comprehensive", ["full cover", "tous risques", "omnium", "bima kubwa"]),
    ] {
        for text in texts {
            assert!(names(text, id), "{text}: {:?}", ids(text));
        }
    }
    assert_eq!(name("fridge", "fr"), Some("frigo"));
    assert_eq!(name("fridge", "sw"), Some("friji"));
    assert_eq!((name("fridge", "de"), name("nothing", "en")), (None, None));
    assert_eq!(concept("cook").map(|it| (it.kind.as_str(), it.category.as_str())), Some(("trade", "hospitality")));
}

#[test]
fn forms_that_are_not_listed_are_found() {
    for (text, id) in [
        ("ntebe", "chair"),
        ("mushoferi", "driver"),
        ("nibirayi", "potatoes"),
        ("ubwishingizi bwimodoka", "insurance"),
        ("uyu murimo wumushoferi", "driver"),
        ("shambani", "farm_business"),
        ("viti", "chair"),
        ("machines à laver", "washing_machine"),
        ("TABLEAUX", "painting"),
        ("microwaves", "microwave"),
        ("T-shirts", "tshirt"),
        ("t shirt", "tshirt"),
        ("ps5", "game_console"),
        ("maïs", "maize"),
        ("thé", "tea"),
        ("imyenda y’abana", "baby_clothes"),
    ] {
        assert!(names(text, id), "{text}: {:?}", ids(text));
    }
    for text in ["mais", "the", "je veux mais", "bed, cover? no", "for sale", "ndashaka kugura", "nataka kununua"] {
        assert!(!names(text, "maize") && !names(text, "tea") && !names(text, "bedsheet"), "{text}: {:?}", ids(text));
    }
    assert!(ids("ndashaka kugura nataka kununua i want to buy je veux acheter").is_empty());
}

#[test]
fn the_longest_name_counts() {
    assert_eq!(ids("washing machine"), ["washing_machine"]);
    assert_eq!(ids("a baby cot and a bed"), ["baby_cot", "bed"]);
    assert_eq!(ids("sweet potatoes, potatoes"), ["sweet_potatoes", "potatoes"]);
    assert_eq!(ids("fundi umeme"), ["electrician"]);
    let words = Words::of("sell my Washing-Machine now");
    let mut found = Vec::new();
    read(&words, &mut found);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].start, found[0].end, found[0].unsure), (8, 23, false));
    assert!(
        matches!(&found[0].meaning, Meaning::Thing(it) if it.concept == "washing_machine" && it.category == "household")
    );
}

#[test]
fn one_letter_wrong_is_forgiven_in_long_words_only() {
    for (text, id) in [
        ("refrigerater", "fridge"),
        ("telvision", "tv"),
        ("televission", "tv"),
        ("wardrboe", "wardrobe"),
        ("potattoes", "potatoes"),
        ("carrelge", "tiles"),
        ("umushofri", "driver"),
        ("mandereva", "driver"),
        ("godorro", "mattress"),
        ("resepusionisite", "receptionist"),
    ] {
        assert!(names(text, id), "{text}: {:?}", ids(text));
    }
    assert!(Lexicon::builtin().hits(&Words::of("televission"))[0].misspelt);
    // Two letters wrong, short words, words of their own, places.
    for text in
        ["tellevission", "beg", "bad", "point", "track", "break", "shift", "Remera", "Huye", "Kigali", "Gatsata"]
    {
        assert!(ids(text).is_empty(), "{text}: {:?}", ids(text));
    }
}

#[test]
fn common_words_and_forms_of_verbs_are_common() {
    for word in
        ["the", "je", "ndashaka", "turagurisha", "nkeneye", "ninauza", "tunahitaji", "natafuta", "mfite", "singurisha"]
    {
        assert!(is_common(word), "{word}");
    }
    for word in ["fridge", "firigo", "umushoferi", "mahindi", "kimironko", "samsung", ""] {
        assert!(!is_common(word), "{word}");
    }
}

#[test]
fn an_agent_brings_its_own_concepts() {
    let json = r#"[{"concept":"telescope","kind":"goods","category":"optics",
        "names":{"en":["telescope"],"fr":["télescope","lunette astronomique"],"sw":["darubini"]}},
        {"concept":"fridge","kind":"goods","names":{"en":["icebox"]}}]"#;
    let lexicon = Lexicon::with(own(json).unwrap());
    let found: Vec<&str> =
        lexicon.concepts_of("darubini, telescopes, icebox").iter().map(|it| it.id.as_str()).collect();
    assert_eq!(found, ["telescope", "fridge"]);
    assert_eq!((lexicon.name("telescope", "fr"), lexicon.name("telescope", "rw")), (Some("télescope"), None));
    assert_eq!(lexicon.name("fridge", "en"), Some("fridge"));
    assert_eq!(lexicon.all().len(), all().len() + 1);
    assert!(ids("telescope").is_empty());
    for (json, why) in [
        ("{}", "not a JSON list"),
        (r#"[{"concept":"A b","kind":"x","names":{"en":["a"]}}]"#, "small letters"),
        (r#"[{"concept":"a","kind":"x","names":{"en":[]}}]"#, "needs a name"),
        (r#"[{"concept":"a","kind":"x","names":{"en":[" "]}}]"#, "needs a name"),
        (r#"[{"concept":"a","kind":"x","names":{"de":["a"]}}]"#, "`de`"),
        (r#"[{"concept":"a","kind":"x","names":{"en":["a"]},"more":1}]"#, "more"),
    ] {
        let error = own(json).unwrap_err().to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
    let many = format!("[{}]", vec![r#"{"concept":"a","kind":"x","names":{"en":["a"]}}"#; CONCEPTS_MAX + 1].join(","));
    assert!(own(&many).unwrap_err().to_string().contains("the most"));
}

#[test]
fn no_text_panics_and_readings_stand_between_characters() {
    // A fixed seed (xorshift): letters with and without accents, marks, emoji, digits of other scripts, pieces of names.
    let pieces = [
        "a", "é", "e\u{301}", "\u{301}", "ñ", "ﷺ", "👍🏽", "\u{200b}", "٣", "½", " ", "'", "’", "\n", "-", "frid", "ge",
        "umu", "shoferi", "ni", "ki", "ss", "ies", "machine", " à ", "laver", "ibi", "rayi", "İ", "ß", "日本",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(pieces[usize::try_from(state % 31).unwrap()]);
        }
        let words = Words::of(&text);
        let mut found = Vec::new();
        read(&words, &mut found);
        for reading in found {
            assert!(text.get(reading.start as usize..reading.end as usize).is_some(), "{text:?} {reading:?}");
        }
        fold(&text).iter().for_each(|word| assert!(is_common(word) || !word.is_empty()));
    }
    assert_eq!(LANGUAGES.len(), concept("fridge").unwrap().names.len());
}

/// Prints how long a reading takes; `cargo test --release -p switchboard-understand -- --ignored --nocapture speed_of_the_lexicon`.
#[test]
#[ignore = "a measurement"]
fn speed_of_the_lexicon() {
    let text = "Muraho, ndagurisha firigo ya Samsung ku bihumbi 80, ndi i Kimironko, ikora neza";
    let words = Words::of(text);
    let mut found = Vec::new();
    read(&words, &mut found);
    let began = std::time::Instant::now();
    for _ in 0..10_000 {
        found.clear();
        read(&words, &mut found);
    }
    println!("{:?} a reading of {} words", began.elapsed() / 10_000, words.len());
}

#[test]
fn words_that_mostly_mean_something_else_name_no_thing() {
    let named = |text: &str| concepts_of(text).iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    for text in ["share my number", "ok share it", "8gb ram", "il part demain", "une place", "de ma part"] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
    assert_eq!(named("tv"), ["tv"]);
}
