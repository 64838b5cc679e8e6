//! What people write, and what it does. Written for this, from knowledge of how people here write.

mod one_thing;

use super::*;

fn whole_of(text: &str) -> Option<Act> {
    whole(text)
}

fn acts_of(text: &str) -> Vec<Act> {
    said(&Words::of(text)).acts.into_iter().map(|it| it.act).collect()
}

#[test]
fn an_act_is_heard_among_other_words() {
    let cases: &[(&str, Act)] = &[
        ("help there is a fire in my kitchen!!", Act::Emergency),
        ("there was an accident on the road two people injured", Act::Emergency),
        ("thieves broke into my house right now", Act::Emergency),
        ("my wife is in labour we need a car", Act::Emergency),
        ("un voleur est dans ma maison", Act::Emergency),
        ("il y a le feu chez le voisin", Act::Emergency),
        ("umwana wanjye yarohamye mutabare", Act::Emergency),
        ("abajura binjiye mu nzu", Act::Emergency),
        ("mume wangu ananipiga kila siku", Act::Emergency),
        ("someone is choking", Act::Emergency),
        ("i lost my job and i want to die", Act::Distress),
        ("sorry its in Remera not Kimironko", Act::Correction),
        ("no, I meant 70k", Act::Correction),
        ("je voulais dire 70 mille", Act::Correction),
        ("oya nashakaga kuvuga ibihumbi 70", Act::Correction),
        ("samahani ni Remera sio Kimironko", Act::Correction),
        ("change the price to 70k", Act::Change),
        ("badilisha bei iwe 70k", Act::Change),
        ("hindura igiciro, ni 70k", Act::Change),
        ("your seller is a scammer, he took my 50k", Act::Complaint),
        ("can you do 100k?", Act::ToOther),
        ("naweza kuja kuiona kesho?", Act::ToOther),
        ("how much is a bag of beans", Act::Price),
        ("any iphone for sale in kigali?", Act::Seek),
        ("i am selling a fridge", Act::Offer),
        ("mfite ibirayi toni 2 ngurisha", Act::Offer),
        ("natafuta kazi ya udereva", Act::Seek),
    ];
    for (text, act) in cases {
        assert!(acts_of(text).contains(act), "{text}: {:?}, not {act:?}", acts_of(text));
    }
}

#[test]
fn what_only_sounds_like_an_act_is_none() {
    let cases: &[(&str, &[Act])] = &[
        ("stop selling me this", &[Act::OptOut, Act::MaybeOptOut, Act::Leave]),
        ("where is the bus stop", &[Act::OptOut, Act::MaybeOptOut, Act::Leave]),
        ("I don't want to stop", &[Act::OptOut, Act::MaybeOptOut, Act::Leave]),
        ("forget me not flowers for sale", &[Act::ForgetMe]),
        ("fire extinguisher for sale", &[Act::Emergency]),
        ("I want to buy a fire pit", &[Act::Emergency]),
        ("thief alarm", &[Act::Emergency, Act::Complaint]),
        ("emergency exit sign", &[Act::Emergency]),
        ("ambulance driver job", &[Act::Emergency]),
        ("police clearance certificate", &[Act::Emergency]),
        ("there is no fire", &[Act::Emergency]),
        ("I had an accident last month and need to claim insurance", &[Act::Emergency]),
        ("I'm dying of hunger, order pizza", &[Act::Emergency, Act::Distress]),
        ("chauffeur d'ambulance cherche emploi", &[Act::Emergency]),
        ("vous avez un extincteur ?", &[Act::Emergency]),
        ("nshaka kubaka inzu", &[Act::Emergency]),
        ("inzu ifite amazi n'umuriro", &[Act::Emergency]),
        ("not a complaint", &[Act::Complaint]),
        ("it is not sold", &[Act::Sold]),
        ("is it sold?", &[Act::Sold]),
        ("bado haijauzwa", &[Act::Sold]),
        ("french teacher job", &[Act::Language]),
        ("looking for an English translator", &[Act::Language]),
        ("cancel my order", &[Act::Leave]),
        ("restaurant menu", &[Act::Menu]),
    ];
    for (text, not) in cases {
        assert!(!acts_of(text).iter().any(|act| not.contains(act)), "{text}: {:?}", acts_of(text));
    }
    // Words that are taught as a way to cancel never unsubscribe.
    for text in ["hagarika", "Hagarika!", "acha", "arrete", "arrêtez", "simamisha", "sitisha", "mureke", "cancel"] {
        assert_ne!(whole_of(text), Some(Act::OptOut), "{text}");
        assert!(matches!(whole_of(text), Some(Act::Leave | Act::MaybeOptOut)), "{text}");
    }
}

#[test]
fn letters_too_many_and_wrong_ones_are_forgiven() {
    for (text, act) in
        [("stooop", Act::OptOut), ("unsubscirbe", Act::OptOut), ("cancell", Act::Leave), ("yesss", Act::Yes)]
    {
        assert_eq!(whole_of(text), Some(act), "{text}");
    }
}

#[test]
fn the_language_asked_for_is_known() {
    let cases = [
        ("English please", Some("en")),
        ("parlez-vous français ?", Some("fr")),
        ("mukoreshe igifaransa", Some("fr")),
        ("mu kinyarwanda", Some("rw")),
        ("tafadhali tumia kiswahili", Some("sw")),
        ("sorry, kinyarwanda please", Some("rw")),
        ("french teacher job", None),
        ("change language", None),
        ("hello", None),
    ];
    for (text, language) in cases {
        assert_eq!(said(&Words::of(text)).language, language, "{text}");
    }
}

#[test]
fn acts_share_no_word_and_lie_within_the_text() {
    let alphabet = [
        "stop", "👍", "not", "a", "fire", "n'umuntu", "?", "\n", ",", "70k", "é", "i", "want", "to", "talk", "human",
        "oya", "ni", "si", "\u{301}",
    ];
    let mut state = 7_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(alphabet[(state >> 33) as usize % alphabet.len()]);
            text.push_str(if state >> 62 == 0 { "" } else { " " });
        }
        let words = Words::of(&text);
        let all = said(&words);
        let found = &all.acts;
        for pair in found.windows(2) {
            assert!(pair[0].to <= pair[1].from, "{text:?} {found:?}");
        }
        assert!(found.iter().all(|it| it.from <= it.to && it.to <= words.len()), "{text:?} {found:?}");
        let mut readings = Vec::new();
        read(&words, &all, &mut readings);
        assert!(readings.iter().all(|it| text.get(it.start as usize..it.end as usize).is_some()), "{text:?}");
    }
}

#[test]
fn the_files_say_only_what_is_known() {
    for act in Act::ALL {
        assert!(
            phrases::PHRASES.all.iter().any(|it| matches!(it.does, pattern::Does::Act(known, _) if known == *act)),
            "{act:?}"
        );
    }
    assert_eq!(phrases::unread(), [""; 0]);
}

#[test]
fn a_home_that_is_somebodys_is_no_menu_and_who_alone_no_wish() {
    for text in ["my home", "home address", "at home", "nyumbani kwangu", "famille d'accueil"] {
        assert_ne!(whole_of(text), Some(Act::Menu), "{text}");
    }
    assert_eq!(whole_of("home"), Some(Act::Menu));
    for (text, act) in [
        ("who is the president", Act::Seek),
        ("my cook who can start monday", Act::Seek),
        ("envoyez 2 cartons", Act::Yes),
    ] {
        assert!(!acts_of(text).contains(&act), "{text}");
    }
}

#[test]
fn no_phrase_is_one_common_word_without_the_words_that_may_be_missing() {
    let refused = phrases::refused();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
