//! Messages that follow each other quickly are one thought: they are answered together.

use serde_json::Value;

use crate::{
    stored,
    types::{Bubble, Message},
};
use switchboard_core::contract::types::{Content, Extra, Media, MediaKind};

/// The messages that one turn answers together, at most; the rest is another burst.
const BUBBLES_MAX: usize = 50;

/// The longest time between two messages of a burst.
const GAP_MS_MAX: i64 = 60_000;

/// A message as the database gives it: id, wamid, content, sent, received.
type Stored = (i64, Option<String>, String, i64, i64);

/// The burst of a head and of those behind it. The head gets the content of all, and the times of the last.
pub(super) fn of(head: &mut Message, others: Option<Value>) -> Result<Vec<Bubble>, serde_json::Error> {
    let Some(others) = others else { return Ok(Vec::new()) };
    let mut others: Vec<Stored> = match others {
        Value::String(json) => serde_json::from_str(&json)?,
        array => serde_json::from_value(array)?,
    };
    if others.is_empty() {
        return Ok(Vec::new());
    }
    others.sort_unstable_by_key(|(id, ..)| *id);
    others.truncate(BUBBLES_MAX - 1);
    // What waited while no host ran may be several thoughts.
    let times = || std::iter::once(head.received_at).chain(others.iter().map(|other| other.4));
    let together = times().zip(times().skip(1)).take_while(|(before, after)| after - before <= GAP_MS_MAX).count();
    others.truncate(together);
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let first = Bubble {
        id: head.id,
        wamid: head.wamid.clone(),
        content: head.content.clone(),
        sent_at: head.sent_at,
        received_at: head.received_at,
    };
    let bubble = |(id, wamid, content, sent_at, received_at): Stored| Bubble {
        id,
        wamid,
        content: stored::content(&content, id),
        sent_at,
        received_at,
    };
    let burst: Vec<Bubble> = std::iter::once(first).chain(others.into_iter().map(bubble)).collect();
    head.content = joined(burst.iter().map(|bubble| &bubble.content));
    head.sent_at = burst.iter().map(|bubble| bubble.sent_at).max().unwrap_or(head.sent_at);
    head.received_at = burst.iter().map(|bubble| bubble.received_at).max().unwrap_or(head.received_at);
    Ok(burst)
}

/// The content of several messages as one: their words, line by line, and their files. The first photo, video or document holds the
/// others in the extra `more`.
fn joined<'c>(contents: impl Iterator<Item = &'c Content>) -> Content {
    let (mut words, mut files): (Vec<&str>, Vec<&Media>) = (Vec::new(), Vec::new());
    for content in contents {
        words.extend(content.words());
        if let Content::Media(media) = content {
            files.push(media);
        }
    }
    let words = words.join("\n");
    let Some((first, more)) = files.split_first() else { return Content::Text(words) };
    let mut first = (*first).clone();
    first.caption = (!words.is_empty()).then_some(words);
    if !more.is_empty() {
        let more: Vec<_> = more.iter().map(|media| file(media)).collect();
        first.extras.push(Extra { name: "more".to_owned(), value: Value::from(more).to_string() });
    }
    Content::Media(first)
}

/// A file, as the extra `more` tells of it.
fn file(media: &Media) -> Value {
    let kind = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
        MediaKind::Other => "other",
    };
    serde_json::json!({ "kind": kind, "handle": media.handle, "mime-type": media.mime_type, "file-name": media.file_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(handle: &str, caption: Option<&str>) -> Content {
        Content::Media(Media {
            kind: MediaKind::Image,
            handle: handle.into(),
            mime_type: "image/jpeg".into(),
            caption: caption.map(str::to_owned),
            transcript: None,
            file_name: None,
            extras: Vec::new(),
        })
    }

    #[test]
    fn words_are_lines_and_photos_stand_together() {
        let text = |words: &str| Content::Text(words.into());
        let all = [text("hi"), text("i need\na job"), text("as a driver")];
        assert_eq!(joined(all.iter()), text("hi\ni need\na job\nas a driver"));

        let all = [photo("a", None), text("my fridge"), photo("b", Some("80k"))];
        let Content::Media(media) = joined(all.iter()) else { panic!("a photo") };
        assert_eq!((media.handle.as_str(), media.caption.as_deref()), ("a", Some("my fridge\n80k")));
        assert_eq!(media.extras.len(), 1);
        let more: Value = serde_json::from_str(&media.extras[0].value).expect("JSON");
        assert_eq!((more[0]["kind"].as_str(), more[0]["handle"].as_str()), (Some("image"), Some("b")));
        let Content::Media(media) = joined([photo("a", None)].iter()) else { panic!("a photo") };
        assert_eq!((media.caption, media.extras), (None, Vec::new()));
    }
}
