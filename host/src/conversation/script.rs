//! The parser of conversation files: readable text with a person's messages and the expected answers. See `agents/README.md`.

use std::path::{Path, PathBuf};

use switchboard_core::contract::types::{Content, Media, MediaKind, Place, Point, Reaction};

/// A parsed conversation file.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) path: PathBuf,
    pub(super) parts: Vec<ScriptItem>,
}

/// An item of a script.
#[derive(Debug)]
pub(super) enum ScriptItem {
    /// A comment or an empty line, written back unchanged.
    Comment(String),
    /// A directive: `@ name arguments`; `number` is the line's, from 1.
    Directive { number: usize, line: String, name: String, value: String },
    /// A person's action (`> …`) and the expected lines after it.
    Step { number: usize, line: String, action: Action, expected: Vec<String> },
}

/// A person's action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Sends a message.
    Content(Content),
    /// Taps the choice with this title.
    Tap(String),
    /// Waits, for instance `90m`; notices that fall due are answered.
    Later(String),
}

/// Why a conversation file was rejected.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line cannot be parsed.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

impl Script {
    pub(super) fn read(path: &Path) -> Result<Script, ScriptError> {
        let text = std::fs::read_to_string(path).map_err(|source| ScriptError::Read { path: path.into(), source })?;
        Script::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Script, ScriptError> {
        let mut parts: Vec<ScriptItem> = Vec::new();
        let mut lines = text.lines().enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            // An empty line between lines of an answer belongs to the answer.
            let within = line.is_empty() && lines.peek().is_some_and(|(_, next)| next.starts_with("  "));
            let wrong = |what: String| ScriptError::Line { path: path.into(), line: index + 1, what };
            if let Some(rest) = line.strip_prefix("@ ") {
                let (name, value) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                let (name, value) = (name.to_owned(), value.trim().to_owned());
                parts.push(ScriptItem::Directive { number: index + 1, line: line.into(), name, value });
            } else if let Some(rest) = line.strip_prefix("> ") {
                let action = parse_action(rest).map_err(wrong)?;
                let step = ScriptItem::Step { number: index + 1, line: line.into(), action, expected: Vec::new() };
                parts.push(step);
            } else if ["< ", "  ", "= ", "~ ", "! "].iter().any(|mark| line.starts_with(mark)) || line == "<" || within
            {
                match parts.last_mut() {
                    Some(ScriptItem::Step { expected, .. }) => expected.push(line.trim_end().into()),
                    _ => return Err(wrong("an answer comes before any message".into())),
                }
            } else if line.trim().is_empty() || line.starts_with('#') {
                parts.push(ScriptItem::Comment(line.into()));
            } else {
                return Err(wrong(format!("`{line}` begins with none of # @ > < = ~ !")));
            }
        }
        Ok(Script { path: path.into(), parts })
    }
}

/// Checks the text of a conversation file without playing it; errors name the line.
pub fn check_script(text: &str) -> Result<(), ScriptError> {
    Script::parse(Path::new("-"), text).map(drop)
}

/// The sign that stands for a line break in what a person sends.
const BREAK: char = '⏎';

/// What a person sends, with its line breaks.
fn broken(text: &str) -> String {
    text.split(BREAK).map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Parses the text after `> `.
fn parse_action(text: &str) -> Result<Action, String> {
    if let Some(title) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Ok(Action::Tap(title.into()));
    }
    let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Ok(Action::Content(Content::Text(broken(text))));
    };
    let (kind, rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let media = |kind: MediaKind, mime: &str| {
        let caption = (!rest.is_empty()).then(|| broken(rest));
        let (handle, mime_type) = ("media-1".to_owned(), mime.to_owned());
        Content::Media(Media {
            kind,
            handle,
            mime_type,
            caption,
            transcript: None,
            file_name: None,
            extras: Vec::new(),
        })
    };
    Ok(Action::Content(match kind {
        "later" => return Ok(Action::Later(rest.into())),
        "place" => Content::Place(place(rest)?),
        "photo" => media(MediaKind::Image, "image/jpeg"),
        "voice" => media(MediaKind::Audio, "audio/ogg"),
        "sticker" => media(MediaKind::Sticker, "image/webp"),
        "document" => media(MediaKind::Document, "application/pdf"),
        "reaction" => Content::Reaction(Reaction { message: None, emoji: Some(rest.into()) }),
        "unsupported" => Content::Unsupported(rest.into()),
        _ => {
            return Err(format!(
                "`({inside})`: it is later, place, photo, voice, sticker, document, reaction or unsupported"
            ));
        }
    }))
}

/// Parses a place such as `-1.95 30.06 Kimironko`: latitude, longitude and optionally a name.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let mut words = text.splitn(3, ' ');
    let mut degrees = || words.next().and_then(|word| word.parse::<f64>().ok());
    let (Some(latitude), Some(longitude)) = (degrees(), degrees()) else {
        return Err(format!("`{text}` is not a place: give latitude, longitude and perhaps a name"));
    };
    let name = words.next().map(str::to_owned);
    Ok(Place { point: Some(Point { latitude, longitude }), name, address: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_have_several_lines() {
        let said = |text: &str| match parse_action(text) {
            Ok(Action::Content(Content::Text(text))) => text,
            Ok(Action::Content(Content::Media(media))) => media.caption.unwrap_or_default(),
            other => format!("{other:?}"),
        };
        assert_eq!(said("2 doors at 5000 ⏎ 3 chairs⏎"), "2 doors at 5000\n3 chairs\n");
        assert_eq!(said("(photo a fridge ⏎ 80k)"), "a fridge\n80k");
        assert_eq!(said("hello there"), "hello there");
    }
}
