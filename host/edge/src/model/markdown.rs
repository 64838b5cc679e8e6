//! Conversion of Markdown to WhatsApp's formatting, since models write Markdown regardless of instructions.

/// Converts a text: `**bold**` becomes `*bold*`, a heading a bold line, `* item` becomes `- item`, and
/// `[words](address)` becomes `words: address`.
pub(super) fn to_whatsapp(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn line(line: &str) -> String {
    let words = line.trim_start();
    let indent = &line[..line.len() - words.len()];
    let heading = words.trim_start_matches('#');
    if heading.len() < words.len() && heading.starts_with(' ') {
        return format!("*{}*", links(heading.trim()).replace("**", ""));
    }
    let (bullet, rest) = words.strip_prefix("* ").map_or(("", words), |rest| ("- ", rest));
    format!("{indent}{bullet}{}", links(rest).replace("**", "*").replace("~~", "~"))
}

fn links(mut rest: &str) -> String {
    let mut out = String::with_capacity(rest.len());
    while let Some((before, words, address, after)) = link(rest) {
        out.push_str(before);
        out.push_str(if words == address { "" } else { words });
        out.push_str(if words.is_empty() || words == address { "" } else { ": " });
        out.push_str(address);
        rest = after;
    }
    out + rest
}

/// Finds the first link: the text before it, its label, its address, and the text after it.
fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (middle, _) = text.match_indices("](").find(|(at, _)| text[at + 2..].starts_with("http"))?;
    let open = text[..middle].rfind('[')?;
    let address = &text[middle + 2..];
    let close = address.find(')')?;
    Some((&text[..open], &text[open + 1..middle], &address[..close], &address[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::to_whatsapp;

    #[test]
    fn markdown_becomes_what_whatsapp_shows() {
        let cases = [
            ("**Two** homes", "*Two* homes"),
            ("## Homes\n* One\n  * Two", "*Homes*\n- One\n  - Two"),
            ("# **Homes**", "*Homes*"),
            ("See [the map](https://example.com/a) now", "See the map: https://example.com/a now"),
            ("[https://example.com](https://example.com)", "https://example.com"),
            ("[1] and [2](no", "[1] and [2](no"),
            ("#1 is ~~sold~~ here, 2 * 3", "#1 is ~sold~ here, 2 * 3"),
            ("*already bold* [x](http://e)", "*already bold* x: http://e"),
        ];
        for (given, wanted) in cases {
            assert_eq!(to_whatsapp(given), wanted);
        }
    }
}
