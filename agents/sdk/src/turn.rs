//! What a turn holds, asked for in a word.

use crate::{Content, MediaKind, Notice, Place, Point, Speaker, Turn};

impl Turn {
    /// The words the person wrote, also under a photo or document, or, in a voice note that the host understood, said; trimmed. None if
    /// there are none.
    pub fn text(&self) -> Option<&str> {
        let words = match &self.message.content {
            Content::Text(text) => text.trim(),
            Content::Media(media) if media.kind == MediaKind::Audio => media.transcript.as_deref()?.trim(),
            Content::Media(media) => media.caption.as_deref()?.trim(),
            _ => return None,
        };
        Some(words).filter(|words| !words.is_empty())
    }

    /// The id of the button or row that the person chose.
    pub fn tap(&self) -> Option<&str> {
        match &self.message.content {
            Content::Tap(tap) => Some(&tap.id),
            _ => None,
        }
    }

    /// What another agent gave along, if it gave this turn away.
    pub fn handed(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.handoff.as_ref()?.context).ok()
    }

    /// One of the agent's own settings, from `plugins.toml` or the database, as text.
    pub fn setting(&self, name: &str) -> Option<String> {
        crate::board::attribute(&self.settings, name)
    }

    /// Whether a feature of the rollout is on, for instance `hybridFlows`.
    pub fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|on| on == feature)
    }

    /// The handle of the photo or document that the person sent.
    pub fn file(&self) -> Option<&str> {
        match &self.message.content {
            Content::Media(media) if matches!(media.kind, MediaKind::Image | MediaKind::Document) => {
                Some(&media.handle)
            }
            _ => None,
        }
    }

    /// Word from this agent running for another person.
    pub fn notice(&self) -> Option<&Notice> {
        match &self.message.content {
            Content::Notice(notice) => Some(notice),
            _ => None,
        }
    }

    /// Whether this agent or another has not yet said anything to the person, ever.
    pub fn is_first_contact(&self) -> bool {
        self.person.is_new && self.session.history.iter().all(|said| said.speaker == Speaker::Person)
    }

    /// The place that this message is, if it is one on earth.
    pub fn shared_place(&self) -> Option<&Place> {
        let Content::Place(place) = &self.message.content else { return None };
        let on_earth = |point: &Point| point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0;
        Some(place).filter(|place| place.point.as_ref().is_none_or(on_earth))
    }

    /// Where the person last said they are.
    pub fn point(&self) -> Option<Point> {
        self.person.place.as_ref().and_then(|place| place.point)
    }
}

impl Place {
    /// What people call it, or else its address.
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.address.as_deref()).unwrap_or("📍")
    }

    /// A place that is known by its name only.
    pub fn named(name: &str) -> Place {
        Place { point: None, name: Some(name.to_owned()), address: None }
    }
}
