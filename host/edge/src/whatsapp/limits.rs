//! Meta's limits on messages, and functions that cut or split texts to fit them.
//!
//! Meta counts characters; we count Unicode code points and cut between graphemes, so a cut text never has half an emoji.

use switchboard_core::text::is_blank;
use unicode_segmentation::UnicodeSegmentation;

/// The most characters of a text message.
pub const TEXT_MAX: usize = 4096;
/// The most text messages one reply may be split into.
pub const PARTS_MAX: usize = 10;
/// The most characters of a body with buttons, a link or a location request.
pub const BODY_MAX: usize = 1024;
/// The most characters of a body with a list.
pub const LIST_BODY_MAX: usize = 4096;
/// The most characters of a caption.
pub const CAPTION_MAX: usize = 1024;
/// The most buttons of a message.
pub const BUTTONS_MAX: usize = 3;
/// The most characters of a button's title.
pub const BUTTON_TITLE_MAX: usize = 20;
/// The most characters of a button's id.
pub const BUTTON_ID_MAX: usize = 256;
/// The most sections of a list.
pub const SECTIONS_MAX: usize = 10;
/// The most rows of a list, all sections together.
pub const ROWS_MAX: usize = 10;
/// The most characters of a row's title, and of a section's.
pub const ROW_TITLE_MAX: usize = 24;
/// The most characters of a row's description.
pub const ROW_DESCRIPTION_MAX: usize = 72;
/// The most characters of a row's id.
pub const ROW_ID_MAX: usize = 200;
/// The most characters on the button that opens a list or a link.
pub const LABEL_MAX: usize = 20;

/// The length of a text as Meta counts it, in Unicode code points.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// Cuts a text to fit, with `…` after it.
pub fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let kept = fitting(text, max.saturating_sub(1));
    let mut kept = kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':')).to_owned();
    kept.push('…');
    kept
}

/// A title on one line, without WhatsApp's formatting marks, cut to fit.
pub fn title(text: &str, max: usize) -> String {
    let words = text.split_whitespace().map(plain).filter(|word| !word.is_empty());
    cut(&words.collect::<Vec<_>>().join(" "), max)
}

/// Removes formatting marks around a word: `*new*`, `__init__` and `` `x`, `` lose theirs; `a_b`, `2*3` and `#5` keep
/// them.
fn plain(word: &str) -> String {
    const MARKS: [char; 4] = ['*', '_', '~', '`'];
    if word.chars().all(|c| c == '#') {
        return String::new();
    }
    let core = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    let (inner, after) = (core.trim_matches(MARKS), &word[core.len()..]);
    if inner.is_empty() { word.to_owned() } else { format!("{inner}{after}") }
}

/// Splits a text into parts that fit: after a line if one ends in the second half, else after a word, else anywhere.
pub fn split(text: &str, max: usize) -> Vec<String> {
    let mut rest = text.trim_end();
    let mut parts = Vec::new();
    while length(rest) > max {
        let window = fitting(rest, max);
        let at = window
            .rfind('\n')
            .filter(|at| *at > window.len() / 2)
            .or_else(|| window.rfind(char::is_whitespace).filter(|at| *at > 0))
            .unwrap_or(window.len());
        let (part, next) = rest.split_at(at);
        parts.push(part.trim_end().to_owned());
        rest = next.trim_start_matches([' ', '\t']).trim_start_matches('\n');
    }
    if !rest.is_empty() {
        parts.push(rest.to_owned());
    }
    parts.retain(|part| !is_blank(part));
    parts
}

/// The longest prefix of whole graphemes within so many characters; a larger grapheme is divided.
fn fitting(text: &str, max: usize) -> &str {
    let (mut end, mut n) = (0, 0);
    for grapheme in text.graphemes(true) {
        n += length(grapheme);
        if n > max {
            break;
        }
        end += grapheme.len();
    }
    if end == 0 {
        end = text.char_indices().nth(max).map_or(text.len(), |(at, _)| at);
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_cut_between_graphemes() {
        assert_eq!(cut("Kimironko", 20), "Kimironko");
        assert_eq!(cut("A house in Kimironko, Kigali", 20), "A house in Kimironk…");
        let family = "👨‍👩‍👧".repeat(5);
        assert_eq!(cut(&family, 12), format!("{}…", "👨‍👩‍👧".repeat(2)));
        assert_eq!(cut("word and more", 6), "word…");
    }

    #[test]
    fn titles_lose_their_marks() {
        for (marked, title_) in [
            ("*Buy* a `phone`", "Buy a phone"),
            ("## Offers", "Offers"),
            ("**2 rooms**\nnow", "2 rooms now"),
            ("*Yes*, `please`!", "Yes, please!"),
            ("Room #5", "Room #5"),
            ("snake_case 2*3", "snake_case 2*3"),
        ] {
            assert_eq!(title(marked, 24), title_);
        }
    }

    #[test]
    fn long_texts_are_divided_where_it_reads() {
        assert_eq!(split("short", 10), ["short"]);
        assert_eq!(split("aaaaaa\nbb cc dd", 10), ["aaaaaa", "bb cc dd"]);
        assert_eq!(split("aaaa bbbb cccc", 10), ["aaaa bbbb", "cccc"]);
        assert_eq!(split(&"x".repeat(25), 10).iter().map(String::len).collect::<Vec<_>>(), [10, 10, 5]);
        let text = "mot é 👨‍👩‍👧 ".repeat(1000);
        let parts = split(&text, TEXT_MAX);
        assert!(parts.iter().all(|part| length(part) <= TEXT_MAX));
        assert_eq!(parts.join(" ").split_whitespace().count(), 3000);
        assert!(split("   \n", 10).is_empty());
        assert!(split("\u{200b}\n\u{2060}\u{200e}", 10).is_empty());
    }

    #[test]
    fn the_contract_takes_no_more_than_whatsapp_does() {
        use switchboard_core::contract::bounds::{Bound, bound};
        let most = |item: &str, part: &str| match bound("types", item, part) {
            Some(Bound::Chars(_, most) | Bound::List(_, most, _) | Bound::Bytes(most)) => most,
            other => panic!("{item}.{part}: {other:?}"),
        };
        for (item, part, max) in [
            ("reply", "text", PARTS_MAX * TEXT_MAX),
            ("reply", "ask-place", BODY_MAX),
            ("buttons", "body", BODY_MAX),
            ("buttons", "choices", BUTTONS_MAX),
            ("rows", "body", LIST_BODY_MAX),
            ("rows", "sections", SECTIONS_MAX),
            ("section", "choices", ROWS_MAX),
            ("link", "body", BODY_MAX),
            ("media-reply", "caption", CAPTION_MAX),
            ("contact", "body", PARTS_MAX * TEXT_MAX),
        ] {
            assert_eq!(most(item, part), max, "{item}.{part}");
        }
        // What is longer than WhatsApp shows is cut here.
        for (item, part, max) in [
            ("choice", "title", ROW_TITLE_MAX),
            ("choice", "description", ROW_DESCRIPTION_MAX),
            ("rows", "label", LABEL_MAX),
            ("section", "title", ROW_TITLE_MAX),
            ("link", "label", LABEL_MAX),
        ] {
            assert!(most(item, part) > max, "{item}.{part}");
        }
        // An id goes out with the name of its agent.
        assert!(most("choice", "id") < ROW_ID_MAX.min(BUTTON_ID_MAX));
    }
}
