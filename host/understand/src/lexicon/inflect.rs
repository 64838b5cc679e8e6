//! Forms of names: other numbers in English and French, noun classes of Kinyarwanda and Swahili.

/// The place of a language in [`LANGUAGES`](switchboard_core::text::LANGUAGES).
pub(super) const FRENCH: usize = 1;
/// As [`FRENCH`].
pub(super) const KINYARWANDA: usize = 2;
/// As [`FRENCH`].
pub(super) const SWAHILI: usize = 3;

/// The other forms of a name, given as folded words, in a language.
pub(super) fn forms(name: &[String], language: usize, is_person: bool) -> Vec<Vec<String>> {
    let with = |at: usize, word: String| {
        let mut name = name.to_vec();
        name[at] = word;
        name
    };
    let (Some(first), Some(last), end) = (name.first(), name.last(), name.len().saturating_sub(1)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    match language {
        KINYARWANDA => found.extend(classes_rw(first, is_person).into_iter().map(|word| with(0, word))),
        SWAHILI => found.extend(classes_sw(first, is_person).into_iter().map(|word| with(0, word))),
        _ => {
            found.extend(numbers(last).into_iter().map(|word| with(end, word)));
            if language == FRENCH && end > 0 {
                found.extend(numbers(first).into_iter().map(|word| with(0, word)));
                for (a, b) in numbers(first).into_iter().zip(numbers(last)) {
                    let mut both = with(0, a);
                    both[end] = b;
                    found.push(both);
                }
            }
        }
    }
    found
}

/// The plural or the singular of an English or a French noun.
fn numbers(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    if word.len() < 3 || !word.is_ascii() || word.ends_with(|c: char| c.is_ascii_digit()) {
        return found;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        found.push(format!("{stem}y"));
    } else if let Some(stem) = word.strip_suffix('s') {
        if !stem.ends_with(['s', 'u', 'i']) && stem.len() >= 3 {
            found.push(stem.to_owned());
        }
        for end in ["s", "x", "ch", "sh"] {
            if let Some(stem) = word.strip_suffix("es").filter(|stem| stem.ends_with(end)) {
                found.push(stem.to_owned());
            }
        }
        if stem.ends_with(['s', 'u', 'i']) {
            found.push(format!("{word}es"));
        }
    } else if let Some(stem) = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        found.push(format!("{stem}ies"));
    } else if ["x", "ch", "sh", "z"].iter().any(|end| word.ends_with(end)) {
        found.push(format!("{word}es"));
    } else {
        found.push(format!("{word}s"));
        if word.ends_with("au") || word.ends_with("eu") {
            found.push(format!("{word}x"));
        }
        if let Some(stem) = word.strip_suffix("al") {
            found.push(format!("{stem}aux"));
        }
    }
    found
}

/// Whether a letter is a vowel.
fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// A Kinyarwanda noun without its augment, and its plurals by class.
fn classes_rw(word: &str, is_person: bool) -> Vec<String> {
    // Each prefix with what it becomes: people have a plural of their own.
    const PLURALS: [(&str, &str); 9] = [
        ("icy", "iby"),
        ("iki", "ibi"),
        ("igi", "ibi"),
        ("aka", "utu"),
        ("aga", "utu"),
        ("uru", "in"),
        ("ubu", "ama"),
        ("umw", "imy"),
        ("umu", "imi"),
    ];
    let mut found = Vec::new();
    let plural = PLURALS.iter().find_map(|(one, many)| Some((one, many, word.strip_prefix(one)?)));
    if let Some((one, many, stem)) = plural {
        let many = match (is_person, *one) {
            (true, "umu") => "aba",
            (true, "umw") => "ab",
            _ => many,
        };
        found.push(format!("{many}{stem}"));
    } else if let Some(stem) = word.strip_prefix('i').filter(|stem| stem.len() > 4 && !stem.starts_with('n')) {
        found.push(format!("ama{stem}"));
    }
    let bare: Vec<String> = std::iter::once(word)
        .chain(found.iter().map(String::as_str))
        .filter_map(|word| word.strip_prefix(['i', 'u', 'a']))
        .filter(|rest| rest.len() >= 4 && !rest.starts_with(is_vowel))
        .map(str::to_owned)
        .collect();
    found.extend(bare);
    found
}

/// The plurals of a Swahili noun by class.
fn classes_sw(word: &str, is_person: bool) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(stem) = word.strip_prefix("ki").filter(|stem| stem.len() >= 3) {
        found.push(format!("vi{stem}"));
    } else if let Some(stem) = word.strip_prefix("ch").filter(|stem| stem.len() >= 3) {
        found.push(format!("vy{stem}"));
    } else if let Some(stem) = word.strip_prefix('m').filter(|stem| stem.len() >= 4) {
        match (is_person, stem.strip_prefix('w')) {
            (true, Some(stem)) => found.push(format!("w{stem}")),
            (true, None) if !stem.starts_with(is_vowel) => found.push(format!("wa{stem}")),
            (false, _) if !stem.starts_with(is_vowel) => found.push(format!("mi{stem}")),
            _ => {}
        }
    }
    if word.len() >= 4 && !word.starts_with("ma") && !word.starts_with(is_vowel) {
        found.push(format!("ma{word}"));
    }
    found
}

/// What a word may be a form of: Kinyarwanda behind an elided particle (`nibirayi` is *n'ibirayi*), Swahili in the locative (`shambani`).
pub(super) fn bare(word: &str) -> impl Iterator<Item = (usize, &str)> {
    const PARTICLES: [&str; 15] = ["bw", "by", "cy", "kw", "mw", "rw", "ry", "tw", "b", "k", "n", "r", "w", "y", "z"];
    let particles = PARTICLES.iter().filter_map(|particle| word.strip_prefix(particle));
    let particles = particles.filter(|rest| rest.len() >= 5 && rest.starts_with(['i', 'u', 'a']));
    let place = word.strip_suffix("ni").filter(|stem| stem.len() >= 4);
    particles.map(|rest| (KINYARWANDA, rest)).chain(place.map(|stem| (SWAHILI, stem)))
}
