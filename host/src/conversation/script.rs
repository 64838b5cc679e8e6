//! Conversation files: what a person says and what is answered, as text that anybody can read. See `agents/README.md`.

use std::path::{Path, PathBuf};

use switchboard_core::contract::types::{Content, Media, MediaKind, Place, Point, Reaction};

/// A conversation file.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) path: PathBuf,
    pub(super) parts: Vec<Part>,
}

/// A line of the person's half with what is expected after it, or a line to be kept as it is.
#[derive(Debug)]
pub(super) enum Part {
    /// A comment or an empty line.
    Kept(String),
    /// `@ name arguments`.
    Setting { line: String, name: String, value: String },
    /// `> …` and the lines that follow it.
    Said { line: String, said: Said, expected: Vec<String> },
}

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Types, or sends something else.
    Content(Content),
    /// Taps the choice with this title.
    Tap(String),
    /// Waits, for instance `90m`; what is due meanwhile is said.
    Later(String),
}

/// A file that is no conversation.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line means nothing.
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
        let mut parts: Vec<Part> = Vec::new();
        let mut lines = text.lines().enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            // An empty line between lines of an answer is the answer's own.
            let within = line.is_empty() && lines.peek().is_some_and(|(_, next)| next.starts_with("  "));
            let wrong = |what: String| ScriptError::Line { path: path.into(), line: index + 1, what };
            if let Some(rest) = line.strip_prefix("@ ") {
                let (name, value) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                parts.push(Part::Setting { line: line.into(), name: name.into(), value: value.trim().into() });
            } else if let Some(rest) = line.strip_prefix("> ") {
                let said = said(rest).map_err(wrong)?;
                parts.push(Part::Said { line: line.into(), said, expected: Vec::new() });
            } else if ["< ", "  ", "= ", "~ ", "! "].iter().any(|mark| line.starts_with(mark)) || line == "<" || within
            {
                match parts.last_mut() {
                    Some(Part::Said { expected, .. }) => expected.push(line.trim_end().into()),
                    _ => return Err(wrong("an answer stands before anything was said".into())),
                }
            } else if line.trim().is_empty() || line.starts_with('#') {
                parts.push(Part::Kept(line.into()));
            } else {
                return Err(wrong(format!("`{line}` begins with none of # @ > < = ~ !")));
            }
        }
        Ok(Script { path: path.into(), parts })
    }
}

fn said(text: &str) -> Result<Said, String> {
    if let Some(title) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Ok(Said::Tap(title.into()));
    }
    let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return Ok(Said::Content(Content::Text(text.into())));
    };
    let (kind, rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let media = |kind: MediaKind, mime: &str| {
        let caption = (!rest.is_empty()).then(|| rest.to_owned());
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
    Ok(Said::Content(match kind {
        "later" => return Ok(Said::Later(rest.into())),
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

/// `-1.95 30.06 Kimironko`: a point, and a name if there is one.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let mut words = text.splitn(3, ' ');
    let mut degrees = || words.next().and_then(|word| word.parse::<f64>().ok());
    let (Some(latitude), Some(longitude)) = (degrees(), degrees()) else {
        return Err(format!("`{text}` is no place: give latitude, longitude and perhaps a name"));
    };
    let name = words.next().map(str::to_owned);
    Ok(Place { point: Some(Point { latitude, longitude }), name, address: None })
}
