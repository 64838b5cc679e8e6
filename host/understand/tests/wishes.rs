//! What is wished, and what is only said beside a wish: deeds, their circumstances and backdrop, routes, names, years since.

use switchboard_core::contract::readings::Meaning;
use switchboard_understand::{Analysis, Setting, acts::Act, lexicon::Lexicon, places::is_route, words::Words};

fn deeds(text: &str) -> Vec<&'static str> {
    Analysis::of(text).said.deeds
}

#[test]
fn what_somebody_is_about_is_heard_in_four_languages() {
    let cases = [
        ("hire", "our school in Kayonza is looking for an English teacher"),
        ("hire", "resitora yacu irashaka abatetsi babiri"),
        ("hire", "tunahitaji wasichana wawili wa kuuza dukani"),
        ("acquire", "je veux racheter un bar qui tourne bien"),
        ("used", "moto yakoze igura angahe ubu"),
        ("stay", "trois nuits à Kigali pour deux personnes"),
        ("claim", "imodoka yanjye yagonzwe aho yari iparitse"),
        ("invest", "milioni 12 niweke wapi zizae faida"),
        ("lead", "log a call with Mr Kamanzi"),
        ("remind", "rappel jeudi 9h pour l'offre"),
        ("privacy", "wengine wanaona namba yangu?"),
        ("cheated", "umuntu yanyibye amafaranga anyizeza inzu"),
    ];
    for (deed, text) in cases {
        assert!(deeds(text).contains(&deed), "{text}: {:?}", deeds(text));
    }
}

#[test]
fn circumstances_are_no_wish() {
    for text in
        ["j'ai trouvé un travail à Muhanga", "nimepata kazi Huye", "nabonye akazi i Huye", "i found a job in Huye"]
    {
        assert!(!deeds(text).contains(&"work"), "{text}: {:?}", deeds(text));
    }
    assert!(deeds("i need a job").contains(&"work"));
    let said = Analysis::of("two mirrors for my new salon").said;
    assert!(said.backdrop.iter().any(|(from, to)| *from <= 5 && 5 < *to), "{said:?}");
    assert!(Analysis::of("two mirrors").said.backdrop.is_empty());
}

#[test]
fn a_route_joins_two_places() {
    let joins = |word: &str| ["to", "mpaka", "a"].contains(&word);
    for text in ["Kimironko to town by car", "boda Kacyiru mpaka mjini", "Kicukiro - Kabuga"] {
        assert!(is_route(&Words::of(text), joins), "{text}");
    }
    for text in
        ["a house in Remera, Kigali", "Kimironko", "Remera to Remera", "from Huye I want to sell a table in Musanze"]
    {
        assert!(!is_route(&Words::of(text), joins), "{text}");
    }
}

#[test]
fn a_name_is_no_misspelt_cry_and_a_hit_car_no_emergency() {
    for text in
        ["mteja mpya Baraka anataka mashine 3", "imodoka yanjye yagonzwe aho yari iparitse", "migomba yangu inaugua"]
    {
        assert!(!Analysis::of(text).said.does(Act::Emergency), "{text}");
    }
    for text in ["umwana wanjye yagonzwe n'imodoka", "kuna ajali, watu wameumia", "un homme armé est devant ma porte"]
    {
        assert!(Analysis::of(text).said.does(Act::Emergency), "{text}");
    }
}

#[test]
fn a_year_begun_is_a_number_of_years() {
    // 26 November 2026.
    let setting =
        Setting { now: 1_795_689_900_000, zone: "Africa/Kigali", country: "RW", currency: "RWF", language: "en" };
    let years = |text: &str| {
        let read = Analysis::of(text).read(&setting, Lexicon::builtin());
        read.into_iter().find_map(|it| match it.meaning {
            Meaning::Quantity(quantity) if quantity.unit == "year" => Some(quantity.amount),
            _ => None,
        })
    };
    for (text, wanted) in [
        ("since 2021", Some(5.0)),
        ("depuis 2019", Some(7.0)),
        ("kuva mu mwaka wa 2024", Some(2.0)),
        ("a year", Some(1.0)),
        ("since 2031", None),
        ("since 8", None),
    ] {
        assert_eq!(years(text), wanted, "{text}");
    }
}
