use super::*;
use crate::analysis::Analysis;

fn known<'a>(language: Option<&'a str>, before: &'a [&'a str]) -> Known<'a> {
    Known { language, asked: None, before, keywords: [0.0; 4], country: "RW", default: "en" }
}

fn first(text: &str) -> &'static str {
    decide(&Analysis::of(text), &known(None, &[])).language
}

#[test]
fn a_first_message_is_answered_in_its_language() {
    let cases = [
        ("en", "any iphone for sale in kigali?"),
        ("en", "3 bedroom house kicukiro"),
        ("en", "fridge for sale 80k kimironko"),
        ("en", "iPhone 12"),
        ("en", "👍"),
        ("fr", "chambre à louer Remera"),
        ("fr", "qui vend un vélo d'occasion ?"),
        ("fr", "livrez moi une pizza"),
        ("fr", "j ai faim"),
        ("rw", "mfite permis, mwambonera akazi ko gutwara imodoka i Kigali?"),
        ("rw", "inzu i Remera"),
        ("rw", "akazi i Kigali"),
        ("rw", "ibirayi i Musanze bigura angahe"),
        ("rw", "yaragurishijwe, mukureho itangazo"),
        ("rw", "intebe z'abana"),
        ("sw", "baiskeli yangu inauzwa elfu sabini na tano, ipo Kicukiro"),
        ("sw", "kuna mtu anauza friji ndogo?"),
        ("sw", "chumba cha kupanga Remera"),
        ("sw", "bei ya mahindi Nyagatare"),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(language, text)| first(text) != *language)
        .map(|(language, text)| format!("{text}: {}, not {language} {:?}", first(text), evidence(&Words::of(text))))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_long_message_switches_at_once_and_short_ones_after_two() {
    let then = |stored, before: &[&str], text: &str| decide(&Analysis::of(text), &known(Some(stored), before)).language;
    assert_eq!(then("fr", &[], "ok"), "fr");
    assert_eq!(then("fr", &["merci"], "iphone 12"), "fr");
    assert_eq!(then("fr", &[], "thanks"), "fr");
    assert_eq!(then("en", &[], "ndashaka kugura frigo nziza"), "rw");
    assert_eq!(then("en", &[], "nataka kununua"), "en");
    assert_eq!(then("en", &["natafuta kazi"], "nataka kununua"), "sw");
    assert_eq!(then("en", &["70k", "natafuta kazi"], "nataka kununua"), "sw");
    assert_eq!(then("rw", &[], "English please"), "en");
    assert_eq!(then("rw", &[], "sorry, swahili please"), "sw");
    // Asked for: one long message does not take it back, two do.
    assert_eq!(then("fr", &["français svp"], "i want to buy a new fridge"), "fr");
    assert_eq!(then("fr", &["do you have any fridge", "français svp"], "i want to buy a new fridge"), "en");
    // Known without a text that says so: asked for long ago.
    let asked = Known { asked: Some("fr"), ..known(Some("fr"), &["merci", "70k"]) };
    assert_eq!(decide(&Analysis::of("i want to buy a new fridge"), &asked).language, "fr");
    assert_eq!(then("xx", &[], "ndashaka kugura frigo nziza"), "rw");
}

#[test]
fn any_text_has_evidence_of_no_less_than_nothing() {
    for text in ["", " ", "\u{301}", "'", "l'", "i", "i i i", "n'", "q'u'", "日本語", "ß", "👍🏽", "İ"] {
        let evidence = evidence(&Words::of(text));
        assert!(evidence.scores.iter().all(|score| *score >= 0.0 && score.is_finite()), "{text:?} {evidence:?}");
    }
}

#[test]
fn what_says_nothing_of_its_language_goes_on_in_that_of_what_was_said_before() {
    let after = |before: &[&str], text: &str| decide(&Analysis::of(text), &known(None, before)).language;
    for (before, language) in [("nataka pizza", "sw"), ("je veux une pizza", "fr"), ("ndashaka pizza", "rw")] {
        assert_eq!(first(before), language);
        for text in ["", "1 margherita", "70k"] {
            assert_eq!(after(&[before], text), language, "{text}");
        }
    }
}

#[test]
fn a_word_of_several_languages_says_nothing_of_what_follows() {
    let after = |before: &[&str], text: &str| decide(&Analysis::of(text), &known(None, before)).language;
    for text in ["", "menu"] {
        let alone = after(&[], text);
        assert_eq!((after(&["menu"], text), after(&["menu", "menu"], text)), (alone, alone), "{text:?}");
    }
}

#[test]
fn letters_beside_digits_are_in_no_language() {
    for plate in ["rab123c", "RAC 123 D", "rae456l"] {
        assert_eq!(first(plate), "en");
        let decided = decide(&Analysis::of(plate), &known(None, &["nataka bima"]));
        assert_eq!(decided.language, "sw", "{plate}");
        assert!(!decided.is_sure);
    }
}
