//! Names: those of agents, and those that people give themselves.

/// Whether a text is a valid agent name: 1 to 40 lower-case letters, digits and `_`, not starting with `_`. The contract, `plugins.toml`
/// and the flags share it.
pub fn is_agent_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.starts_with('_')
}

/// The longest name of a person, in characters.
const NAME_MAX: usize = 60;

/// Digits from which on a name could be read as a phone number.
const NUMBER_DIGITS: usize = 7;

/// A text on one line, as it is seen: without control characters and marks that turn the direction of what follows or are not seen at
/// all. Joiners stay: scripts and emoji need them.
pub fn clean_line(text: &str) -> String {
    let spaced = text.chars().map(|c| if c.is_control() || is_break(c) { ' ' } else { c });
    let line: String = spaced.filter(|c| !is_unseen(*c)).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name of a person as others may see it: one line of at most 60 characters. None if nothing is seen of it, or if it has so many
/// digits that it could pass for a phone number.
pub fn clean_name(name: &str) -> Option<String> {
    let line = clean_line(name);
    let digits = line.chars().filter(|c| c.is_numeric()).count();
    let is_seen =
        line.chars().any(|c| !c.is_whitespace() && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}'));
    if !is_seen || digits >= NUMBER_DIGITS {
        return None;
    }
    let cut: String = line.chars().take(NAME_MAX).collect();
    Some(cut.trim_end().to_owned())
}

/// The longest name of a file, in characters.
const FILE_NAME_MAX: usize = 100;

/// The longest ending of a file's name, with its dot.
const ENDING_MAX: usize = 12;

/// The name of a file as it may be shown and sent: one line without folders, marks or leading dots. One that is too long keeps its ending.
/// None if nothing is seen of it.
pub fn clean_file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let line = clean_line(&last.replace(['<', '>', ':', '"', '|', '?', '*'], " "));
    let line = line.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end_matches(['.', ' ']);
    if !line.chars().any(char::is_alphanumeric) {
        return None;
    }
    if line.chars().count() <= FILE_NAME_MAX {
        return Some(line.to_owned());
    }
    let ending = line.rfind('.').map(|at| &line[at..]).filter(|ending| ending.chars().count() <= ENDING_MAX);
    let ending = ending.unwrap_or_default();
    let stem: String = line.chars().take(FILE_NAME_MAX - ending.chars().count()).collect();
    Some(format!("{}{ending}", stem.trim_end()))
}

/// Lines and paragraphs end with these too.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character turns the direction of a text, breaks its line, or shows nothing.
pub fn is_unseen(c: char) -> bool {
    is_break(c)
        || matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_has_no_folder_and_keeps_its_ending() {
        for (written, seen) in [
            ("CV Alice.pdf", Some("CV Alice.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\temp\\a.docx", Some("a.docx")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("a\r\nContent-Type: x.pdf", Some("a Content-Type x.pdf")),
            ("...", None),
            (".bashrc", Some("bashrc")),
            ("\u{200b}", None),
            ("", None),
            ("permis de conduire.é", Some("permis de conduire.é")),
        ] {
            assert_eq!(clean_file_name(written).as_deref(), seen, "{written:?}");
        }
        let long = clean_file_name(&format!("{}.docx", "é".repeat(5_000))).expect("a name");
        assert!(long.chars().count() <= FILE_NAME_MAX && long.ends_with("é.docx"), "{long}");
    }

    #[test]
    fn a_name_is_one_line_that_poses_as_nothing() {
        for (written, seen) in [
            ("Alice", Some("Alice")),
            ("  Ann\tMarie\n\n Uwase ", Some("Ann Marie Uwase")),
            ("Bob \u{202e} gnp.exe", Some("Bob gnp.exe")),
            ("\u{202e} ecilA \u{2066} +250788999999\n*ok*", None),
            ("٠٧٨٨٩٩٩٩٩٩", None),
            ("Room 123456", Some("Room 123456")),
            ("\u{200b}\u{2060}", None),
            ("\u{200d}\u{fe0f}", None),
            ("", None),
            ("👩\u{200d}👧 Keza", Some("👩\u{200d}👧 Keza")),
            ("محمد", Some("محمد")),
            ("a\u{2028}b\u{0}c\u{7f}d", Some("a b c d")),
        ] {
            assert_eq!(clean_name(written).as_deref(), seen, "{written:?}");
        }
        assert_eq!(clean_name(&"é".repeat(100)).map(|name| name.chars().count()), Some(NAME_MAX));
    }
}
