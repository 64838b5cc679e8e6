//! Forms of verbs in Kinyarwanda and Swahili. A phrase names a verb by its stem (`%gurish`), and all that people make of it are heard:
//! `ndagurisha`, `turayigurisha`, `kuzigurisha`. Prefixes are read loosely: a stem is only looked for where a file names it.

/// A language whose verbs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    Kinyarwanda,
    Swahili,
}

/// What a form says beside its stem, one bit each.
pub(super) type Says = u8;

/// I or we do it.
const SPEAKER: Says = 1;
/// You do it, or are asked to.
const YOU: Says = 2;
/// Somebody or something else does it.
const OTHER: Says = 4;
/// Nobody is named: `kugurisha`, `kuuza`.
const INFINITIVE: Says = 8;
/// It was done. In Kinyarwanda the stem says that (`gurishij`).
const DONE: Says = 16;
/// To something that was named before: `kuyigurisha`, `ameinunua`.
const IT: Says = 32;
/// It is denied.
const NOT: Says = 64;

/// The names of what a phrase may demand, behind the stem: `%nunu.he.done`.
const DEMANDS: [(&str, Says); 7] =
    [("i", SPEAKER), ("you", YOU), ("he", OTHER), ("to", INFINITIVE), ("done", DONE), ("it", IT), ("not", NOT)];

/// A verb as a phrase names it: the stem, and what is demanded of a form. A form that is denied counts only where that is demanded.
pub(super) fn named(word: &str) -> Option<(&str, Says)> {
    let mut parts = word.strip_prefix('%')?.split('.');
    let stem = parts.next().filter(|stem| !stem.is_empty())?;
    let demand = |name: &str| DEMANDS.iter().find(|(known, _)| *known == name).map(|(_, says)| *says);
    parts.try_fold(0, |all, name| Some(all | demand(name)?)).map(|demanded| (stem, demanded))
}

/// Whether a form says what is demanded.
pub(super) fn fits(says: Says, demanded: Says) -> bool {
    says & demanded == demanded && (says & NOT == 0 || demanded & NOT != 0)
}

/// Syllables that follow a verb and leave it what it is: *bishyireho*, *nitapataje*.
const BEHIND: [&str; 6] = ["ho", "mo", "yo", "ko", "je", "ni"];

/// The longest form, in bytes.
const FORM_MAX: usize = 24;

/// Calls `hit` with each stem that a word may be a form of, and what the form says in a language.
pub(super) fn forms(word: &str, stem_min: usize, mut hit: impl FnMut(&str, &dyn Fn(Tongue) -> Says)) {
    if word.len() > FORM_MAX || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    let behind = BEHIND.iter().filter_map(|end| word.strip_suffix(end));
    for word in std::iter::once(word).chain(behind) {
        // Some Swahili verbs keep their last vowel, and stand so in the files: *kubali*, *jibu*.
        let cut = word.strip_suffix(['a', 'e', 'i']).unwrap_or(word);
        for (root, is_cut) in [(cut, true), (word, false)] {
            // Only what is denied ends in `i` behind a stem: *siuzi*, *hatutafuti*.
            let is_denied = is_cut && word.ends_with('i');
            for at in 0..root.len().saturating_sub(stem_min - 1) {
                let before = &root[..at];
                hit(&root[at..], &|tongue| {
                    let says = prefixes(before, tongue);
                    if is_denied && says & NOT == 0 { 0 } else { says }
                });
            }
        }
    }
}

/// What the syllables before a stem say; 0 if they are none of a verb.
fn prefixes(before: &str, tongue: Tongue) -> Says {
    match tongue {
        _ if before.is_empty() => YOU,
        Tongue::Kinyarwanda => read(before, &RW),
        Tongue::Swahili => read(before, &SW),
    }
}

/// The prefixes of a language.
struct Prefixes {
    infinitive: &'static [&'static str],
    /// What denies the whole form, before the subject; with who is meant if none follows.
    denies: &'static [(&'static str, Says)],
    subjects: &'static [(&'static str, Says)],
    tenses: &'static [(&'static str, Says)],
    objects: &'static [&'static str],
}

const RW: Prefixes = Prefixes {
    infinitive: &["ku", "gu", "kw", "k"],
    denies: &[("mwi", YOU), ("wi", YOU), ("nti", 0), ("nt", 0), ("sin", SPEAKER), ("si", SPEAKER)],
    subjects: &[
        ("n", SPEAKER),
        ("m", SPEAKER),
        ("tu", SPEAKER),
        ("du", SPEAKER),
        ("tw", SPEAKER),
        ("dw", SPEAKER),
        ("mu", YOU),
        ("mw", YOU),
        ("u", YOU | OTHER),
        ("w", YOU | OTHER),
        ("uw", OTHER),
        ("a", OTHER),
        ("y", OTHER),
        ("ba", OTHER),
        ("b", OTHER),
        ("aba", OTHER),
        ("ab", OTHER),
        ("i", OTHER),
        ("iy", OTHER),
        ("ki", OTHER),
        ("gi", OTHER),
        ("cy", OTHER),
        ("icy", OTHER),
        ("bi", OTHER),
        ("by", OTHER),
        ("iby", OTHER),
        ("zi", OTHER),
        ("z", OTHER),
        ("iz", OTHER),
        ("ri", OTHER),
        ("ry", OTHER),
        ("ru", OTHER),
        ("rw", OTHER),
        ("ka", OTHER),
        ("ga", OTHER),
        ("bu", OTHER),
        ("bw", OTHER),
        ("ha", OTHER),
    ],
    tenses: &[
        ("", 0),
        ("ra", 0),
        ("r", 0),
        ("da", 0),
        ("d", 0),
        ("za", 0),
        ("zo", 0),
        ("z", 0),
        ("ka", 0),
        ("k", 0),
        ("ki", 0),
        ("gi", 0),
        ("a", 0),
        ("ara", 0),
        ("ar", 0),
        ("aka", 0),
        ("ta", NOT),
        ("tara", NOT),
        ("taza", NOT),
    ],
    objects: &[
        "mu", "mw", "m", "mp", "ba", "ki", "gi", "cy", "bi", "by", "ri", "ry", "yi", "y", "ya", "zi", "z", "wu", "w",
        "ru", "rw", "bu", "bw", "ka", "ga", "tu", "du", "tw", "ku", "gu", "kw", "ha", "n", "nd", "ny", "i",
    ],
};

const SW: Prefixes = Prefixes {
    infinitive: &["ku", "kw"],
    denies: &[("ha", 0), ("h", 0), ("si", SPEAKER)],
    subjects: &[
        ("ni", SPEAKER),
        ("n", SPEAKER),
        ("tu", SPEAKER),
        ("tw", SPEAKER),
        ("u", YOU | OTHER),
        ("w", OTHER),
        ("m", YOU),
        ("mu", YOU),
        ("mw", YOU),
        ("a", OTHER),
        ("wa", OTHER),
        ("i", OTHER),
        ("ki", OTHER),
        ("li", OTHER),
        ("l", OTHER),
        ("ya", OTHER),
        ("y", OTHER),
        ("zi", OTHER),
        ("z", OTHER),
        ("vi", OTHER),
        ("vy", OTHER),
    ],
    tenses: &[
        ("", 0),
        ("na", 0),
        ("a", 0),
        ("ta", 0),
        ("nge", 0),
        ("me", DONE),
        ("mesha", DONE),
        ("li", DONE),
        ("lisha", DONE),
        ("sha", DONE),
        ("ka", 0),
        ("ki", 0),
        ("naye", 0),
        ("nayo", 0),
        ("nacho", 0),
        ("nalo", 0),
        ("nazo", 0),
        ("navyo", 0),
        ("nao", 0),
        ("liye", DONE),
        ("liyo", DONE),
        ("takaye", 0),
        ("takayo", 0),
        ("ku", NOT),
        ("ja", NOT),
        ("si", NOT),
    ],
    objects: &["ni", "ku", "kw", "m", "mw", "mu", "tu", "wa", "u", "i", "ki", "li", "ya", "zi", "vi", "pa", "ji"],
};

/// What prefixes of a language say; 0 if they are none of it.
fn read(before: &str, prefixes: &Prefixes) -> Says {
    for (deny, who) in prefixes.denies {
        let Some(rest) = before.strip_prefix(deny) else { continue };
        let says = if *who == 0 { subject(rest, prefixes, true) } else { tense(rest, prefixes, *who, true) };
        if says != 0 {
            return says | NOT;
        }
    }
    let infinitive = prefixes.infinitive.iter().filter_map(|to| before.strip_prefix(to));
    if let Some(says) = infinitive.filter_map(|rest| objects(rest, prefixes)).max() {
        return says | INFINITIVE;
    }
    // Without a subject somebody is asked: *muhe*, *itume*. The same syllables may be a subject.
    let asked = objects(before, prefixes).map_or(0, |says| says | YOU);
    subject(before, prefixes, false) | asked
}

/// What a subject with all behind it says. The longest one that leaves something readable counts.
fn subject(before: &str, prefixes: &Prefixes, is_denied: bool) -> Says {
    let subjects = prefixes.subjects.iter().filter_map(|(name, who)| Some((before.strip_prefix(name)?, *who)));
    let said = subjects.map(|(rest, who)| (rest.len(), tense(rest, prefixes, who, is_denied)));
    said.filter(|(_, says)| *says != 0).min().map_or(0, |(_, says)| says)
}

/// What a tense with all behind it says, of this subject.
fn tense(rest: &str, prefixes: &Prefixes, who: Says, is_denied: bool) -> Says {
    let tenses = prefixes.tenses.iter().filter_map(|(name, says)| Some((rest.strip_prefix(name)?, *says)));
    // What denies within the form stands there once.
    let tenses = tenses.filter(|(_, says)| !is_denied || says & DONE == 0);
    tenses
        .filter_map(|(rest, says)| Some((rest.len(), says | objects(rest, prefixes)?)))
        .min()
        .map_or(0, |it| it.1 | who)
}

/// The objects before a stem, at most two.
fn objects(rest: &str, prefixes: &Prefixes) -> Option<Says> {
    if rest.is_empty() {
        return Some(0);
    }
    let first = prefixes.objects.iter().filter_map(|object| rest.strip_prefix(object));
    let mut first = first.filter(|rest| rest.is_empty() || prefixes.objects.contains(rest));
    first.next().map(|_| IT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Tongue::{Kinyarwanda, Swahili};

    /// What a word says as a form of a stem.
    fn says(word: &str, stem: &str, tongue: Tongue) -> Says {
        let mut found = 0;
        forms(word, 2, |known, says| {
            if known == stem {
                found = says(tongue);
            }
        });
        found
    }

    #[test]
    fn forms_are_read_for_what_they_are() {
        let cases = [
            (Kinyarwanda, "ndagurisha", "%gurish.i"),
            (Kinyarwanda, "turayigurisha", "%gurish.i.it"),
            (Kinyarwanda, "kuzigurisha", "%gurish.to.it"),
            (Kinyarwanda, "yarayigurishije", "%gurishij.he.it"),
            (Kinyarwanda, "baragurisha", "%gurish.he"),
            (Kinyarwanda, "nayigurishije", "%gurishij.i.it"),
            (Kinyarwanda, "mwagurisha", "%gurish.you"),
            (Kinyarwanda, "yaguzwe", "%guzw.he"),
            (Kinyarwanda, "bishyireho", "%shyir.you.it"),
            (Swahili, "ameinunua", "%nunu.he.done.it"),
            (Swahili, "imenunuliwa", "%nunuliw.he.done"),
            (Swahili, "ninaiuza", "%uz.i.it"),
            (Swahili, "nimeshaiuza", "%uz.i.done.it"),
            (Swahili, "anayeuza", "%uz.he"),
            (Swahili, "kuviuza", "%uz.to.it"),
            (Swahili, "nimekubali", "%kubali.i.done"),
            (Swahili, "amejibu", "%jibu.he.done"),
        ];
        for (tongue, word, wanted) in cases {
            let (stem, demanded) = named(wanted).unwrap();
            let found = says(word, stem, tongue);
            assert!(fits(found, demanded), "{word}: {found:b}, not {wanted}");
        }
    }

    #[test]
    fn what_is_denied_is_no_form_unless_that_is_asked_for() {
        let cases = [
            (Kinyarwanda, "singurisha", "gurish"),
            (Kinyarwanda, "ntibagurisha", "gurish"),
            (Kinyarwanda, "ntaragurisha", "gurish"),
            (Kinyarwanda, "wibishyiraho", "shyir"),
            (Swahili, "hatuuzi", "uz"),
            (Swahili, "hajajibu", "jibu"),
            (Swahili, "sijauza", "uz"),
            (Swahili, "haijauzwa", "uzw"),
        ];
        for (tongue, word, stem) in cases {
            let found = says(word, stem, tongue);
            assert!(!fits(found, 0) && fits(found, NOT), "{word}: {found:b}");
        }
    }

    #[test]
    fn other_words_are_no_forms() {
        for (tongue, word, stem) in
            [(Swahili, "kuza", "uz"), (Kinyarwanda, "kilogurisha", "gurish"), (Kinyarwanda, "xgurisha", "gurish")]
        {
            assert_eq!(says(word, stem, tongue), 0, "{word}");
        }
    }
}
