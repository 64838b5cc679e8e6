//! What a turn holds, asked for in a word.

use crate::{Content, MediaKind, Notice, Place, Point, Speaker, Turn};

impl Turn {
    /// The words the person wrote, also under a photo, video or document, or said in a voice note that the host understood; trimmed.
    /// None if there are none.
    pub fn text(&self) -> Option<&str> {
        let words = match &self.message.content {
            Content::Text(text) => text.trim(),
            Content::Media(media) => media.transcript.as_deref().or(media.caption.as_deref())?.trim(),
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
    pub fn handed(&self) -> Option<agent_json::Value> {
        agent_json::from_str(&self.handoff.as_ref()?.context).ok()
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

    /// The handles of all photos of the message, and of its documents if they are wanted too, in order; a photo that was sent as a file is
    /// one. Photos that follow each other quickly are one message: the others stand in the extra `more` of the first, as a JSON array of
    /// objects with `kind` and `handle`.
    pub fn files(&self, documents: bool) -> Vec<String> {
        let Content::Media(first) = &self.message.content else { return Vec::new() };
        let fits = |kind: &str| kind == "image" || documents && kind == "document";
        let is_picture = matches!(first.mime_type.as_str(), "image/jpeg" | "image/png" | "image/webp");
        let kind = match first.kind {
            MediaKind::Image => "image",
            MediaKind::Document if is_picture => "image",
            MediaKind::Document => "document",
            _ => "other",
        };
        let more = first.extras.iter().find(|extra| extra.name == "more").map(|extra| extra.value.as_str());
        let more: Vec<agent_json::Value> = more.and_then(|json| agent_json::from_str(json).ok()).unwrap_or_default();
        let others = more.iter().filter(|file| file["kind"].as_str().is_some_and(fits));
        let others = others.filter_map(|file| file["handle"].as_str().map(str::to_owned));
        fits(kind).then(|| first.handle.clone()).into_iter().chain(others).collect()
    }

    /// Whether the file that the person sent will not be kept: the host refuses its type or its size, or no longer gets it.
    pub fn file_is_refused(&self) -> bool {
        match &self.message.content {
            Content::Media(media) => media.extras.iter().any(|extra| extra.name == "state" && extra.value == "refused"),
            _ => false,
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

/// Turns for native tests of agents.
#[cfg(not(target_arch = "wasm32"))]
impl Turn {
    /// What a new person in Kigali writes, on Friday, 27 November 2026, 10:30.
    pub fn said(text: &str) -> Turn {
        use crate::{Message, Person, Session};
        Turn {
            message: Message {
                id: "1".into(),
                content: Content::Text(text.into()),
                quotes: None,
                sent_at: 1_795_768_200_000,
                extras: Vec::new(),
            },
            person: Person {
                id: "p".into(),
                name: None,
                language: "en".into(),
                country: "RW".into(),
                currency: "RWF".into(),
                time_zone: "Africa/Kigali".into(),
                place: None,
                is_new: false,
                extras: Vec::new(),
            },
            session: Session {
                id: "s".into(),
                flow: None,
                history: Vec::new(),
                previous_agent: None,
                extras: Vec::new(),
            },
            handoff: None,
            now: 1_795_768_200_000,
            seed: 7,
            features: Vec::new(),
            settings: "{}".into(),
            extras: Vec::new(),
        }
    }

    /// What the same person chooses by tap.
    pub fn tapped(id: &str) -> Turn {
        let tap = crate::Tap { id: id.to_owned(), title: id.to_owned() };
        let turn = Turn::said("");
        Turn { message: crate::Message { content: Content::Tap(tap), ..turn.message }, ..turn }
    }

    /// The same of another person.
    pub fn by(mut self, person: &str) -> Turn {
        person.clone_into(&mut self.person.id);
        self
    }

    /// The same at another time, in milliseconds.
    pub fn at(mut self, now: u64) -> Turn {
        (self.now, self.message.sent_at) = (now, now);
        self
    }

    /// The same with these settings, a JSON object.
    pub fn with_settings(mut self, settings: &str) -> Turn {
        settings.clone_into(&mut self.settings);
        self
    }

    /// The same in the flow that an outcome left open, if it did.
    pub fn after(mut self, outcome: &crate::Outcome) -> Turn {
        self.session.flow = match &outcome.next {
            crate::Next::Flow(state) => Some(state.clone()),
            _ => None,
        };
        self
    }
}
