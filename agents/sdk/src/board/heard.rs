//! What a text says, as a board needs it: from the host's readings, and the words that none of them explains.

use crate::{Place, readings, understand, words};
use readings::{Amount, Meaning, Reading, Thing};

/// Words that name nothing, whatever the domain: articles, pronouns, prepositions, courtesies. Written plainly, see [`words::plain`].
const COMMON: &str = " a all also am an and another any anybody anyone are as at be been but can could close d de des did do does du for from get give good has have he \
    help her here hey him his how i if in is it its just im ive ll let like looking m me my near nearby new not now much many more no of off ok on one ones only or our \
    out please pls s she show so some somebody someone something that the their them there they thing things these this those to too u under up us \
    very want was we what when where which who will with would yes you your \
    ai alors au aussi aux avec beaucoup bien ca ce ces cet cette chez chose comme dans donc elle en est et etes fait faut il ils j jai je l la \
    le les leur lui ma mais mes moi mon ne nos notre nous ou par pas peu plait plus pour pres qu que quel quelle quelque qui quoi \
    sa sans ses si son sont suis sur svp te tout tres tu un une veux voudrais vous y vos votre \
    aha aho aka ari ariko ba bya byo cya cyangwa cyo ese ejo gusa ngo njye hafi hano hari iki iri ka kandi ko ku kuko kuri mu muri na nanjye ni nka \
    none ntabwo nyamuneka rwa rya se ubu umu undi uri wa wo ya yanjye yo za zo \
    ambayo basi bado bei cha gani hapa hii hilo hivyo huko huyo kama karibu katika kitu kuhusu kutoka kwa kwenye lakini mimi mtu \
    nataka naomba pia sana sasa tafadhali vya wewe yangu yoyote ";

/// A text and its readings.
#[derive(Clone, Debug)]
pub struct Heard<'t> {
    text: &'t str,
    readings: Vec<Reading>,
}

impl<'t> Heard<'t> {
    /// Reads a text.
    pub fn of(text: &'t str) -> Heard<'t> {
        Heard { text, readings: understand::read_at(text, 0, "RWF") }
    }

    /// Whether the text does this, for instance `thanks`.
    pub fn does(&self, act: &str) -> bool {
        self.readings.iter().any(|reading| matches!(&reading.meaning, Meaning::Act(known) if known == act))
    }

    /// Whether it is about one of these deeds, finer than acts: `sell`, `hire`.
    pub fn is_about(&self, deeds: &[&str]) -> bool {
        let is = |meaning: &Meaning| matches!(meaning, Meaning::Other(it) if it.kind == "deed" && deeds.contains(&it.value.trim_matches('"')));
        self.readings.iter().any(|reading| is(&reading.meaning))
    }

    /// Whether it seeks or asks something.
    pub fn asks(&self) -> bool {
        ["seek", "price", "question"].iter().any(|act| self.does(act))
    }

    /// Whether it says a price and asks nothing: `fridge, 80k`. A limit is no price.
    pub fn sets_price(&self) -> bool {
        !self.asks() && self.amount().is_some_and(|amount| amount.low.is_some() && amount.high.is_some())
    }

    /// The things that it names.
    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        self.readings.iter().filter_map(|reading| match &reading.meaning {
            Meaning::Thing(thing) => Some(thing),
            _ => None,
        })
    }

    /// Whether it means what has this title: one concept, or one word, in common.
    pub fn names(&self, title: &str) -> bool {
        let titles = Heard::of(title);
        let same = |thing: &Thing| titles.things().any(|other| other.concept == thing.concept);
        if self.things().any(same) {
            return true;
        }
        let said = self.left("");
        let title = words::plain(title);
        said.split(' ')
            .any(|word| word.len() > 2 && title.split(' ').any(|known| words::stem(known) == words::stem(word)))
    }

    /// The first amount of money.
    pub fn amount(&self) -> Option<&Amount> {
        self.readings.iter().find_map(|reading| match &reading.meaning {
            Meaning::Money(amount) => Some(amount),
            _ => None,
        })
    }

    /// The first place.
    pub fn place(&self) -> Option<&Place> {
        self.readings.iter().find_map(|reading| match &reading.meaning {
            Meaning::Place(place) => Some(place),
            _ => None,
        })
    }

    /// How many of a unit: `2` rooms.
    pub fn quantity(&self, unit: &str) -> Option<f64> {
        self.readings.iter().find_map(|reading| match &reading.meaning {
            Meaning::Quantity(quantity) if quantity.unit == unit => Some(quantity.amount),
            _ => None,
        })
    }

    /// The first number that is no part of something else.
    pub fn number(&self) -> Option<f64> {
        self.readings.iter().find_map(|reading| match reading.meaning {
            Meaning::Number(number) if !self.is_part(reading) => Some(number),
            _ => None,
        })
    }

    /// Whether another reading holds this one's span.
    fn is_part(&self, number: &Reading) -> bool {
        let holds = |reading: &&Reading| {
            reading.start <= number.start
                && number.end <= reading.end
                && matches!(reading.meaning, Meaning::Money(_) | Meaning::Quantity(_) | Meaning::Time(_))
        };
        self.readings.iter().any(|reading| holds(&reading))
    }

    /// Whether one of these words, which are written plainly with blanks around and between, stands in the text.
    pub fn has(&self, known: &str) -> bool {
        tokens(self.text).any(|(_, word)| is_in(known, &words::plain(word)))
    }

    /// The words that say what is meant: no act, amount, time or place, and none that names nothing or only the domain (`fillers`).
    /// A number stays behind such a word: `iphone 11`.
    pub fn left(&self, fillers: &str) -> String {
        let mut left = String::new();
        let mut follows = false;
        for (at, word) in tokens(self.text) {
            let plain = words::plain(word);
            let is_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
            let stays = match self.sort_at(at) {
                Sort::Thing => !is_in(COMMON, &plain),
                Sort::Said => false,
                Sort::Number => follows && is_digits,
                Sort::Free => !is_in(COMMON, &plain) && (!is_digits || follows) && (follows || plain.len() > 1),
            } && !is_in(fillers, &plain);
            if stays {
                if !left.is_empty() {
                    left.push(' ');
                }
                left.push_str(&plain);
            }
            follows = stays && !is_digits;
        }
        left
    }

    fn sort_at(&self, at: usize) -> Sort {
        let here = || self.readings.iter().filter(|reading| covers(reading, at));
        if here().any(|reading| matches!(reading.meaning, Meaning::Thing(_))) {
            Sort::Thing
        } else if here().any(|reading| !matches!(reading.meaning, Meaning::Number(_) | Meaning::Other(_))) {
            Sort::Said
        } else if here().any(|reading| matches!(reading.meaning, Meaning::Number(_))) {
            Sort::Number
        } else {
            Sort::Free
        }
    }
}

enum Sort {
    Thing,
    Said,
    Number,
    Free,
}

fn covers(reading: &Reading, at: usize) -> bool {
    (reading.start as usize..reading.end as usize).contains(&at)
}

fn is_in(known: &str, word: &str) -> bool {
    !word.is_empty() && known.split(' ').any(|known| known == word)
}

/// The runs of letters and digits of a text, with their places.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(move |word| (word.as_ptr() as usize - base, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, part: &str, meaning: Meaning) -> Reading {
        let start = text.find(part).unwrap() as u32;
        Reading { start, end: start + part.len() as u32, meaning, unsure: false }
    }

    fn heard<'t>(text: &'t str, parts: Vec<(&str, Meaning)>) -> Heard<'t> {
        let readings = parts.into_iter().map(|(part, meaning)| reading(text, part, meaning)).collect();
        Heard { text, readings }
    }

    fn thing(concept: &str) -> Meaning {
        Meaning::Thing(Thing { concept: concept.into(), kind: "goods".into(), category: "electronics".into() })
    }

    fn money(units: u64) -> Meaning {
        let hundredths = Some(units * 100);
        Meaning::Money(Amount {
            low: hundredths,
            high: hundredths,
            currency: "RWF".into(),
            per: None,
            negotiable: false,
        })
    }

    fn place(name: &str) -> Meaning {
        Meaning::Place(Place::named(name))
    }

    #[test]
    fn what_is_left_says_what_is_meant() {
        let text = "I am looking for an iPhone 11 in Kigali under 200k please";
        let said = vec![
            ("looking for", Meaning::Act("seek".into())),
            ("iPhone", thing("phone")),
            ("11", Meaning::Number(11.0)),
            ("Kigali", place("Kigali")),
            ("under 200k", money(200_000)),
        ];
        assert_eq!(heard(text, said).left(""), "iphone 11");
        assert_eq!(heard("did he answer?", vec![("did he answer", Meaning::Act("news".into()))]).left(""), "");
        assert_eq!(heard("merci beaucoup", vec![("merci beaucoup", Meaning::Act("thanks".into()))]).left(""), "");
        assert_eq!(heard("I need a driver job", vec![]).left(" job need "), "driver");
        assert_eq!(heard("2 phones", vec![("2", Meaning::Number(2.0)), ("phones", thing("phone"))]).left(""), "phones");
    }

    #[test]
    fn chatter_leaves_nothing_to_look_for() {
        for text in [
            "hello",
            "ok thank you",
            "did he answer?",
            "who is it?",
            "yes please",
            "merci beaucoup",
            "il a répondu ?",
            "murakoze cyane",
            "yansubije?",
            "muraho",
            "asante sana",
            "amejibu?",
            "habari",
            "sawa",
            "toujours rien ??",
            "any news?",
        ] {
            assert_eq!(Heard::of(text).left(""), "", "{text}");
        }
    }

    #[test]
    fn things_are_looked_for_by_their_words() {
        for (text, left) in [
            ("I need a fridge in Kimironko under 100k", "fridge"),
            ("je cherche un frigo à Remera", "frigo"),
            ("ndashaka kugura firigo", "firigo"),
            ("natafuta friji ya bei nafuu", "friji"),
        ] {
            let heard = Heard::of(text);
            assert!(heard.left("").contains(left), "{text}: {:?}", heard.left(""));
            assert!(heard.things().any(|thing| thing.concept == "fridge"), "{text}");
            assert!(heard.names("Refrigerator, almost new"), "{text}");
        }
        assert!(!Heard::of("a fridge").names("Sofa"));
    }

    #[test]
    fn any_text_is_cut_between_characters() {
        for text in ["", " ", "👍🏽", "é", "½kg à 5é", "\u{200b}x"] {
            let heard = heard(text, vec![]);
            drop((heard.left(""), heard.has(" x ")));
        }
    }
}
