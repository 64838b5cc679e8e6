//! Words as people type them: compared without case, accents and punctuation, and by a crude stem.

/// Lower case, without accents, each run of other signs one space: `Précédent !` is `precedent`.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars().map(small) {
        match letter(sign) {
            Some(letters) => plain.push_str(letters),
            None if sign.is_alphanumeric() => plain.push(sign),
            None if !plain.ends_with(' ') && !plain.is_empty() => plain.push(' '),
            None => {}
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// A text in lower case, of the letters that the four languages write: the tables for all others would weigh more than the agent.
pub fn lower(text: &str) -> String {
    text.chars().map(small).collect()
}

fn small(sign: char) -> char {
    match sign {
        'A'..='Z' => sign.to_ascii_lowercase(),
        'À'..='Ö' | 'Ø'..='Þ' => char::from_u32(sign as u32 + 32).unwrap_or(sign),
        'Œ' => 'œ',
        _ => sign,
    }
}

/// The letter under an accent. An apostrophe separates: `l'emploi` is two words.
fn letter(sign: char) -> Option<&'static str> {
    Some(match sign {
        'à' | 'â' | 'ä' | 'á' | 'ã' => "a",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'î' | 'ï' | 'í' | 'ì' => "i",
        'ô' | 'ö' | 'ó' | 'ò' | 'õ' => "o",
        'ù' | 'û' | 'ü' | 'ú' => "u",
        'ç' => "c",
        'ñ' => "n",
        'œ' => "oe",
        _ => return None,
    })
}

/// A word without its plural: enough to see that `tickets` and `ticket` are one thing.
pub fn stem(word: &str) -> &str {
    match word.strip_suffix("es").filter(|rest| rest.ends_with(['s', 'x', 'h'])) {
        Some(rest) => rest,
        None if word.len() > 3 => word.strip_suffix(['s', 'x']).unwrap_or(word),
        None => word,
    }
}

/// Whether a text is one of these words or phrases, which are written plainly.
pub fn is_one_of(text: &str, words: &[&str]) -> bool {
    let text = plain(text);
    words.contains(&text.as_str())
}

/// Whether one of these words or phrases, which are written plainly, stands in a text as whole words.
pub fn has_one_of(text: &str, words: &[&str]) -> bool {
    let text = format!(" {} ", plain(text));
    words.iter().any(|word| text.contains(&format!(" {word} ")))
}

/// A text cut to so many characters, with `…` at the end if it was longer.
pub fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// The words that confirm a summary, plainly written, in four languages.
pub(crate) const CONFIRM: &[&str] =
    &["confirm", "confirmed", "confirmer", "je confirme", "valider", "emeza", "ndemeza", "thibitisha", "nathibitisha"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_plainly() {
        assert_eq!(plain("  Précédent !"), "precedent");
        assert_eq!(plain("ÉCOLE DE CŒUR"), "ecole de coeur");
        assert_eq!(plain("💼 Jobs"), "jobs");
        assert!(is_one_of("Je confirme.", CONFIRM));
        assert!(has_one_of("I want to SELL, today", &["sell"]));
        assert!(!has_one_of("I am selling", &["sell"]));
        assert_eq!((stem("jobs"), stem("boxes"), stem("bus"), stem("travaux")), ("job", "box", "bus", "travau"));
    }

    #[test]
    fn a_cut_counts_characters() {
        assert_eq!(cut("été à Kigali", 5), "été…");
        assert_eq!(cut("short", 5), "short");
    }
}
