use super::*;
use switchboard_core::contract::{listings::ContactPolicy, types::Place};

fn draft(title: &str, category: &str, description: &str, place: &str) -> Draft {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Draft {
        kind: "product".into(),
        title: title.into(),
        description: some(description),
        category: some(category),
        price: None,
        price_max: None,
        price_unit: None,
        place: some(place).map(|name| Place { point: None, name: Some(name), address: None }),
        attributes: "{}".into(),
        images: Vec::new(),
        contact: ContactPolicy::Ask,
    }
}

fn fit(search: &str, draft: &Draft) -> Option<Fit> {
    Wanted::of(search).fit(&of_listing(draft))
}

#[test]
fn a_thing_is_found_by_its_names_in_every_language() {
    let fridge = draft("Réfrigérateur Samsung 200L", "household", "bon état", "Kimironko");
    for search in [
        "fridge",
        "firigo",
        "friji",
        "jokofu",
        "I want to buy a fridge",
        "nshaka kugura firigo",
        "refrigerater",
        "samsng",
        "Samsung",
    ] {
        assert!(fit(search, &fridge).is_some(), "{search}");
    }
    let driver = draft("Delivery driver", "driving", "must have a phone", "Remera");
    for search in ["chauffeur", "akazi k'ubushoferi", "natafuta kazi ya udereva", "livreur", "drivers"] {
        assert!(fit(search, &driver).is_some(), "{search}");
    }
    for search in ["I lost my phone", "nataye telefone yanjye", "guard", "a red dress", "bicycle"] {
        assert!(fit(search, &driver).is_none(), "{search}");
    }
}

#[test]
fn what_a_search_is_about_decides() {
    let (red, sofa) = (draft("Red shoes", "clothing", "", ""), draft("Sofa", "furniture", "brown leather", ""));
    assert!(fit("red sofa", &red).is_none());
    assert!(fit("red sofa", &sofa).is_some());
    assert!(fit("leather sofa in Kigali", &sofa) > fit("red sofa", &sofa));
    // A description alone is no hit; that of a listing whose title names nothing is.
    let bag = draft("Gucci", "clothing", "a handbag", "");
    assert!(fit("handbag", &bag).is_some());
    // A word that no list knows is looked for in a description too.
    assert!(fit("brown", &sofa).is_some());
    // A title outweighs a category, and that a description.
    let by =
        |title: &str, category: &str, description: &str| fit("furniture", &draft(title, category, description, ""));
    assert!(by("Office furniture", "other", "") > by("Old things", "furniture", ""));
    assert!(by("Old things", "furniture", "") > by("Lamp", "other", "with furniture"));
    // Half of the parts.
    assert!(fit("iphone charger", &draft("Charger", "electronics", "", "")).is_some());
    assert!(fit("iphone charger bed", &draft("Charger", "electronics", "", "")).is_none());
}

#[test]
fn places_and_numbers_rank_and_do_not_decide() {
    let (here, there) = (draft("Sofa", "", "", "Kimironko"), draft("Sofa", "", "", "Huye"));
    assert!(fit("sofa Kimironko", &here) > fit("sofa Kimironko", &there));
    assert!(fit("sofa Kimironko", &there).is_some());
    assert!(fit("Kimironko", &here).is_some() && fit("Kimironko", &there).is_none());
    assert!(fit("shoes 42", &draft("Shoes size 42", "", "", "")) > fit("shoes 42", &draft("Shoes", "", "", "")));
    assert!(fit("42", &there).is_some(), "a number alone wants nothing");
}

#[test]
fn what_has_no_content_wants_nothing() {
    for text in [
        "",
        " ",
        "👍",
        "?",
        "hello",
        "ndashaka kugura",
        "nataka kununua",
        "je voudrais acheter",
        "do you have",
        "murakoze",
        "12",
        "x",
    ] {
        assert!(Wanted::of(text).is_empty(), "{text}");
    }
    for text in ["sofa", "samsung", "Kimironko"] {
        assert!(!Wanted::of(text).is_empty(), "{text}");
    }
}

#[test]
fn one_letter_wrong_finds_a_name_that_no_lexicon_has() {
    let listing = draft("Itel Bontempi", "", "", "");
    for search in ["bontempi", "bontenpi", "bontmpi", "bontempii", "botnempi"] {
        assert!(fit(search, &listing).is_some(), "{search}");
    }
    for search in ["bontexxi", "montempa", "itle"] {
        assert!(fit(search, &listing).is_none(), "{search}");
    }
}

#[test]
fn a_listing_has_few_terms_whatever_it_says() {
    let long = (0..5_000).fold(String::new(), |text, n| text + &format!("zyx{}qw ", n % 7 * n));
    let words = "abcdefghijklmnopqrstuv ".repeat(40);
    let listing = draft(&words, "other", &long, "Kigali");
    let terms = of_listing(&listing);
    assert!(terms.len() < 3 * STEMS_MAX, "{}", terms.len());
    assert!(terms.contains(&VERSION.to_owned()));
    assert!(Wanted::of(&long).rows().len() < 2_000);
}
