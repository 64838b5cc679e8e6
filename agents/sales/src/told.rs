//! What a salesperson's sentence tells: who it is about, what they want, how it went.

use super::phrases::{CUSTOMER, LEAD, LEADS_IN, LOST, NOTE, REMIND, WANTS, WITHIN, WON};
use agent_sdk::{Turn, understand::Said, words};

/// Who a sentence is about, and what they want.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) name: Option<String>,
    /// The name has its capitals: it is one.
    pub(crate) is_sure: bool,
    pub(crate) wants: Option<String>,
}

/// How the deal went, if a sentence says it.
pub(crate) fn stage(text: &str) -> Option<&'static str> {
    let has = |known| words::has_one_of(text, known);
    if has(LOST) { Some("closed_lost") } else { has(WON).then_some("closed_won") }
}

/// Reads a sentence. Times are no part of a name.
pub(crate) fn of(turn: &Turn, text: &str) -> Told {
    let said = Said::of(turn, text);
    let times: Vec<_> = said.times().map(|found| found.span).collect();
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let words_of: Vec<(&str, String)> = text.split_whitespace().map(|word| (word, words::plain(word))).collect();
    let is_one = |plain: &str, known: &[&str]| known.contains(&plain);
    let is_in = |plain: &str| {
        plain.is_empty()
            || [LEADS_IN, REMIND, LEAD, NOTE, CUSTOMER].iter().any(|known| is_one(plain, known))
            || plain.split(' ').all(|part| is_one(part, LEADS_IN))
    };
    let is_time = |word: &str| times.iter().any(|span| span.contains(&start(word)));
    let ends = |word: &str| word.ends_with([',', ';', ':', '.', '!', '?']);
    let is_capital =
        |word: &str| word.trim_start_matches(|sign: char| !sign.is_alphanumeric()).starts_with(char::is_uppercase);
    // What is behind a colon is what was meant to be written down.
    let colon = words_of.iter().position(|(word, _)| word.ends_with(':')).map_or(0, |at| at + 1);
    let wants_at =
        words_of.iter().skip(colon.min(1)).position(|(_, plain)| is_one(plain, WANTS)).map(|at| at + colon.min(1));
    let first = (colon..words_of.len()).find(|at| !is_in(&words_of[*at].1) && !is_time(words_of[*at].0));
    // A name with its capitals is one wherever it stands; at the start all words have one.
    let named = (colon..words_of.len()).find(|at| {
        let (word, plain) = &words_of[*at];
        is_capital(word) && !is_in(plain) && !is_time(word) && !is_one(plain, WANTS)
    });
    let Some(from) = named.or(first) else { return Told::default() };
    let is_sure = named.is_some();
    let mut to = from;
    while to < words_of.len() && to < from + if is_sure { 6 } else { 3 } {
        let (word, plain) = &words_of[to];
        let goes_on = match is_sure {
            true => {
                is_capital(word)
                    || is_one(plain, WITHIN) && words_of.get(to + 1).is_some_and(|(next, _)| is_capital(next))
            }
            false => !is_one(plain, LEADS_IN),
        };
        if !goes_on || is_one(plain, WANTS) || is_time(word) {
            break;
        }
        to += 1;
        if ends(word) {
            break;
        }
    }
    let trimmed = |words: &[(&str, String)]| {
        let joined: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let sign = |sign: char| !sign.is_alphanumeric() && !matches!(sign, ')' | '%');
        words::cut(joined.join(" ").trim_matches(sign), 80)
    };
    let name = Some(trimmed(&words_of[from..to])).filter(|name| name.chars().count() >= 2);
    let rest = match wants_at {
        Some(at) => Some(at + 1),
        // Behind the comma after the name.
        None => Some(to).filter(|to| *to > from && words_of[*to - 1].0.ends_with([',', ':'])),
    };
    let wants = rest.and_then(|from| words_of.get(from..)).map(|rest| {
        let small = |plain: &String| {
            is_one(plain, &["to", "in", "for", "buy", "a", "acheter", "de", "kugura", "kununua", "ku"])
        };
        let skip = rest.iter().take_while(|(_, plain)| small(plain)).count();
        let rest = &rest[skip..];
        let until =
            rest.iter().position(|(_, plain)| plain.split(' ').any(|part| is_one(part, REMIND))).unwrap_or(rest.len());
        trimmed(&rest[..until])
    });
    Told { name, is_sure, wants: wants.filter(|wants| wants.chars().count() >= 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Option<String>, Option<String>) {
        let told = of(&Turn::said(text), text);
        (told.name, told.wants)
    }

    #[test]
    fn who_and_what_is_told_in_many_ways() {
        for (text, name, wants) in [
            ("add a lead: Serena Hotel wants 40 chairs", "Serena Hotel", Some("40 chairs")),
            ("ajoute un prospect : Hôtel Serena veut 40 chaises", "Hôtel Serena", Some("40 chaises")),
            ("save this customer: Diane, wants 100 uniforms", "Diane", Some("100 uniforms")),
            ("enregistre la cliente Diane, 100 uniformes", "Diane", Some("100 uniformes")),
            ("nshaka kwandika umukiriya mushya witwa Keza ushaka intebe", "Keza", Some("intebe")),
            ("hifadhi mteja Diane, anataka sare 100", "Diane", Some("sare 100")),
            ("remind me to call Diane next monday at 10", "Diane", None),
            ("remind me to call diane on friday at 9am", "diane", None),
            ("follow up with Akagera Motors tomorrow at 9am", "Akagera Motors", None),
            ("relancer Akagera Motors demain 9h", "Akagera Motors", None),
            ("nyibutsa guhamagara Keza kuwa mbere saa ine", "Keza", None),
            ("nikumbushe kumpigia mteja wangu Keza Jumatatu saa nne asubuhi", "Keza", None),
            ("my client said no, mark Akagera Motors as lost", "Akagera Motors", None),
            ("Akagera Motors a dit non, mets-le comme perdu", "Akagera Motors", None),
        ] {
            assert_eq!(told(text), (Some(name.to_owned()), wants.map(str::to_owned)), "{text}");
        }
        assert_eq!(told(""), (None, None));
        assert_eq!(told("é, 👍"), (None, None));
    }

    #[test]
    fn a_deal_is_won_or_lost() {
        assert_eq!(stage("mark Diane as lost"), Some("closed_lost"));
        assert_eq!(stage("Diane a signé"), Some("closed_won"));
        assert_eq!(stage("add a lead"), None);
    }
}
