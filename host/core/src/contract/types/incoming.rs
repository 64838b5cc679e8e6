//! Inbound messages and their content.

use serde::{Deserialize, Serialize};

/// A named value for which no field exists yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// What it is, in kebab-case.
    pub name: String,
    /// The value: a plain text, or JSON where the name's documentation says so.
    pub value: String,
}

/// An inbound message in a person's lane: verified, deduplicated and ordered by the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The host's own id of it, never WhatsApp's. The same id never takes effect twice.
    pub id: String,
    /// The content.
    pub content: Content,
    /// The `message.id` or reply that the person quoted, if the host knows it.
    pub quotes: Option<String>,
    /// When it was sent, by the sender's clock.
    pub sent_at: u64,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// The content of a message. The serde names are those in the database: a renamed case keeps its own there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// Typed words, trimmed of nothing, at least one character.
    #[serde(rename = "Text")]
    Text(String),
    /// A button or list row that this agent offered and the person chose, by tap, by number or by its title.
    #[serde(rename = "Tap")]
    Tap(Tap),
    /// A place the person shared.
    #[serde(rename = "Place")]
    Place(Place),
    /// A photo, voice note, video, document or sticker.
    #[serde(rename = "Media")]
    Media(Media),
    /// Cards from the person's address book; the numbers stay with the host.
    #[serde(rename = "Contacts")]
    Contacts(Vec<ContactCard>),
    /// A basket from the business's catalogue.
    #[serde(rename = "Order")]
    Order(Order),
    /// An emoji on an earlier message.
    #[serde(rename = "Reaction")]
    Reaction(Reaction),
    /// The answer to a form: its name and JSON.
    #[serde(rename = "Form")]
    Form(Form),
    /// A notice from this agent, running for another person (see `outreach`), or from the host.
    #[serde(rename = "Notice")]
    Notice(Notice),
    /// A message that WhatsApp cannot pass on; the text is WhatsApp's name of its type, for instance `poll_creation`.
    #[serde(rename = "Unsupported")]
    Unsupported(String),
    /// A kind that 1.0 does not know.
    #[serde(rename = "Other")]
    Other(Other),
}

impl Content {
    /// What the person says with it, in words: typed, said in a voice note, or written under a photo, video or document. None if there are none.
    pub fn words(&self) -> Option<&str> {
        let words = match self {
            Content::Text(text) => text,
            Content::Media(media) => media.transcript.as_deref().or(media.caption.as_deref())?,
            _ => return None,
        };
        Some(words).filter(|words| !words.trim().is_empty())
    }

    /// What stands for it in a history: its words, or what it is in brackets.
    pub fn shown(&self) -> String {
        match self {
            Content::Text(text) => text.clone(),
            Content::Tap(tap) => tap.title.clone(),
            Content::Place(place) => format!("[place {}]", place.name.as_deref().unwrap_or("")),
            Content::Media(media) => {
                media.transcript.clone().or(media.caption.clone()).unwrap_or_else(|| "[media]".into())
            }
            Content::Contacts(_) => "[contacts]".into(),
            Content::Order(_) => "[order]".into(),
            Content::Reaction(_) => "[reaction]".into(),
            Content::Form(form) => format!("[form {}]", form.name),
            Content::Notice(notice) => format!("[notice {}]", notice.kind),
            Content::Unsupported(_) | Content::Other(Other { .. }) => "[unsupported]".into(),
        }
    }

    /// Whether a text stands for content without words, as [`shown`](Content::shown) gives it: nobody said it, in any language.
    pub fn stands_for(shown: &str) -> bool {
        shown.starts_with('[') && shown.ends_with(']')
    }
}

/// A chosen option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tap {
    /// The id that the option was offered with. Two come from the host: `start`, where another agent offered this one; and
    /// `flow:again`, where the open flow goes on after this agent was off: put its open question again.
    pub id: String,
    /// The title the person saw. For display only: never decide by it.
    pub title: String,
}

/// A point on the map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

/// A named place, a point, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Where it is, if known.
    pub point: Option<Point>,
    /// What people call it, for instance `Kimironko`.
    pub name: Option<String>,
    /// A postal address.
    pub address: Option<String>,
}

/// A file held by the host; the agent sees a handle, never an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// The kind of file.
    pub kind: MediaKind,
    /// The host's handle of it.
    pub handle: String,
    /// For instance `image/jpeg`.
    pub mime_type: String,
    /// What the person wrote under it.
    pub caption: Option<String>,
    /// What is said in a voice note, if the host could transcribe it.
    pub transcript: Option<String>,
    /// The name of a document.
    pub file_name: Option<String>,
    /// Reserved for 1.x.
    pub extras: Vec<Extra>,
}

/// The kinds of file in WhatsApp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaKind {
    /// A photo.
    #[serde(rename = "Image")]
    Image,
    /// A voice note or audio file.
    #[serde(rename = "Audio")]
    Audio,
    /// A video.
    #[serde(rename = "Video")]
    Video,
    /// A document.
    #[serde(rename = "Document")]
    Document,
    /// A sticker.
    #[serde(rename = "Sticker")]
    Sticker,
    /// Any other kind.
    #[serde(rename = "Other")]
    Other,
}

/// A card from an address book, without its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactCard {
    /// The name on the card.
    pub name: String,
    /// The host's handle, for capabilities that reach people.
    pub handle: String,
}

/// A basket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What the person wrote with it.
    pub note: Option<String>,
    /// Its items.
    pub items: Vec<OrderItem>,
}

/// An item of a basket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The business's own id of the product.
    pub product: String,
    /// The quantity.
    pub quantity: u32,
    /// The price of one.
    pub price: Money,
}

/// An emoji on an earlier message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message it is on, if the host knows it.
    pub message: Option<String>,
    /// The emoji; none when it was taken away.
    pub emoji: Option<String>,
}

/// The answer to a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// The form's name.
    pub name: String,
    /// The answers.
    pub answers: String,
}

/// A notice from the same agent running for another person, or from the host itself (kind `host.…`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened, in the agent's own words, for instance `contact-asked`.
    pub kind: String,
    /// The listing it is about.
    pub listing: Option<String>,
    /// The match it is about.
    #[serde(rename = "match_")]
    pub match_: Option<String>,
    /// What the sender added.
    pub data: String,
}

/// A value that 1.0 has no case for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// What it is.
    pub kind: String,
    /// All there is to know about it.
    pub value: String,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// In hundredths of the currency's unit: 5 000 RWF is 500 000.
    pub hundredths: u64,
    /// ISO 4217, for instance `RWF`.
    pub currency: String,
}
