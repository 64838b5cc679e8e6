//! The parser of Meta's message objects into the contract's [`Content`]. No phone number gets into it, except those
//! that people type.

use serde_json::Value;

use crate::whatsapp::json::{id, mend, number, text};
use switchboard_core::{
    contract::types::{
        ContactCard, Content, Extra, Form, Media, MediaKind, Money, Order, OrderItem, Other, Place, Point, Reaction,
        Tap,
    },
    inbox::Kind,
    name::{clean_file_name, clean_name},
    phone::Phone,
};

/// Meta's error code for a message whose content may follow under the same id.
const NOT_YET: f64 = 131_060.0;

/// Parses a message: its content, how to handle it, and the wamid that it refers to, if its type has one.
pub(super) fn read(message: &Value) -> (Content, Kind, Option<String>) {
    let kind = message["type"].as_str().unwrap_or("unknown");
    let part = &message[kind];
    let content = match kind {
        "text" => text(&part["body"]).map(Content::Text),
        "image" => media(part, MediaKind::Image),
        "audio" | "voice" => media(part, MediaKind::Audio),
        "video" => media(part, MediaKind::Video),
        "document" => media(part, MediaKind::Document),
        "sticker" => media(part, MediaKind::Sticker),
        "location" => place(part),
        "contacts" => contacts(part),
        "interactive" => return interactive(part),
        "button" => text(&part["payload"]).or_else(|| text(&part["text"])).map(|id| {
            let title = text(&part["text"]).unwrap_or_else(|| id.clone());
            Content::Tap(Tap { id, title })
        }),
        "order" => order(part),
        "reaction" => {
            // A wamid contains a phone number in base 64, so the agent does not get it; the inbox row keeps it.
            let reaction = Reaction { message: None, emoji: text(&part["emoji"]) };
            return (Content::Reaction(reaction), Kind::Message, id(&part["message_id"]));
        }
        "edit" | "revoke" | "revoked" => {
            let about = id(&part["original_message_id"]);
            // The new words, wherever Meta puts them: it has not settled that.
            let inner = if part["message"].is_object() { &part["message"] } else { part };
            let words = match kind {
                "edit" if inner["text"]["body"].is_string() => text(&inner["text"]["body"]),
                "edit" => inner["type"].as_str().and_then(|kind| text(&inner[kind]["caption"])),
                _ => None,
            };
            return (other(kind, &words.map_or(Value::Null, Value::from)), Kind::Silent, about);
        }
        "system" => {
            let what = part["type"].as_str().unwrap_or("unknown");
            return (other(&format!("system/{what}"), &Value::Null), Kind::Silent, None);
        }
        "request_welcome" => return (other(kind, &Value::Null), Kind::Silent, None),
        "unsupported" | "unknown" | "errors" => return unsupported(message),
        _ => None,
    };
    (content.unwrap_or_else(|| Content::Unsupported(kind.to_owned())), Kind::Message, None)
}

fn unsupported(message: &Value) -> (Content, Kind, Option<String>) {
    let name = text(&message["unsupported"]["type"]).unwrap_or_else(|| "unknown".to_owned());
    let not_yet =
        message["errors"].as_array().into_iter().flatten().any(|error| number(&error["code"]) == Some(NOT_YET));
    let kind = match name.as_str() {
        _ if not_yet => Kind::Placeholder,
        "edit" | "keep_in_chat" | "pin" | "poll_update" | "reaction" => Kind::Silent,
        _ => Kind::Message,
    };
    (Content::Unsupported(name), kind, None)
}

/// Parses a media message. The handle contains the kind, so that a file can be sent on without a look-up.
fn media(part: &Value, kind: MediaKind) -> Option<Content> {
    let word = match kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
        MediaKind::Other => "other",
    };
    let extras = match part["voice"].as_bool() {
        Some(true) => vec![Extra { name: "voice".to_owned(), value: "true".to_owned() }],
        _ => Vec::new(),
    };
    Some(Content::Media(Media {
        kind,
        handle: format!("{word}:{}", id(&part["id"])?),
        mime_type: text(&part["mime_type"]).unwrap_or_else(|| "application/octet-stream".to_owned()),
        caption: text(&part["caption"]),
        transcript: None,
        file_name: text(&part["filename"]).and_then(|name| clean_file_name(&name)),
        extras,
    }))
}

fn place(part: &Value) -> Option<Content> {
    let degrees = |key: &str, most: f64| number(&part[key]).filter(|n| n.abs() <= most);
    let point = degrees("latitude", 90.0)
        .zip(degrees("longitude", 180.0))
        .map(|(latitude, longitude)| Point { latitude, longitude });
    let place = Place { point, name: text(&part["name"]), address: text(&part["address"]) };
    let known = place.point.is_some() || place.name.is_some() || place.address.is_some();
    known.then_some(Content::Place(place))
}

fn contacts(part: &Value) -> Option<Content> {
    let cards = part.as_array()?.iter().enumerate().filter(|(_, card)| card.is_object());
    let cards: Vec<_> =
        cards.map(|(n, card)| ContactCard { name: card_name(card), handle: format!("card-{}", n + 1) }).collect();
    (!cards.is_empty()).then_some(Content::Contacts(cards))
}

/// The number of a contact card that answers our request for its sender's own number (`request_contact_info`). Meta says so by the origin
/// `contact_request`; what people write or forward has none, or another. Only a single card with a single number counts, by the id that Meta itself puts to it.
pub(super) fn own_card(message: &Value) -> Option<Phone> {
    let cards = message["contacts"].as_array().filter(|cards| message["type"] == "contacts" && cards.len() == 1)?;
    let card = &cards[0];
    let answers = [&card["origin"], &message["origin"]].into_iter().any(|origin| *origin == "contact_request");
    let forwarded = message["context"]["forwarded"] == true || message["context"]["frequently_forwarded"] == true;
    let phones = card["phones"].as_array().filter(|phones| answers && !forwarded && phones.len() == 1)?;
    Phone::parse(&text(&phones[0]["wa_id"])?).ok()
}

/// What a message says beside its content: the advert or post that it came from, and the product that it is about.
pub(super) fn extras(message: &Value) -> Vec<Extra> {
    let (advert, product) = (&message["referral"], &message["context"]["referred_product"]);
    let kept = |object: &Value, keys: &[(&str, &str)]| -> Option<String> {
        let pairs = keys.iter().filter_map(|(key, name)| Some(((*name).to_owned(), Value::from(text(&object[*key])?))));
        let pairs: serde_json::Map<String, Value> = pairs.collect();
        (!pairs.is_empty()).then(|| Value::Object(pairs).to_string())
    };
    let advert = kept(
        advert,
        &[
            ("source_type", "source-type"),
            ("source_id", "source-id"),
            ("source_url", "source-url"),
            ("headline", "headline"),
            ("body", "body"),
        ],
    );
    let product = kept(product, &[("catalog_id", "catalog"), ("product_retailer_id", "product"), ("name", "name")]);
    let extra = |name: &str, value: String| Extra { name: name.to_owned(), value };
    advert.map(|it| extra("referral", it)).into_iter().chain(product.map(|it| extra("product", it))).collect()
}

fn card_name(card: &Value) -> String {
    let name = &card["name"];
    let in_parts = || {
        let parts: Vec<_> =
            ["first_name", "middle_name", "last_name"].iter().filter_map(|part| text(&name[*part])).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let in_vcard =
        || card["vcard"].as_str()?.lines().find_map(|line| Some(line.strip_prefix("FN:")?.trim().to_owned()));
    let found =
        text(&name["formatted_name"]).or_else(in_parts).or_else(|| text(&card["org"]["company"])).or_else(in_vcard);
    // Contacts without a name are often saved under their number.
    found.and_then(|name| clean_name(&name)).unwrap_or_default()
}

fn interactive(part: &Value) -> (Content, Kind, Option<String>) {
    let kind = part["type"].as_str().unwrap_or("unknown");
    let answer = &part[kind];
    let content = match kind {
        "button_reply" | "list_reply" => text(&answer["id"]).map(|id| {
            let title = text(&answer["title"]).unwrap_or_else(|| id.clone());
            Content::Tap(Tap { id, title })
        }),
        "nfm_reply" => Some(form(answer)),
        "unknown" => None,
        _ => Some(other(&format!("interactive/{kind}"), answer)),
    };
    let silent = matches!(kind, "call_permission_reply");
    let content = content.unwrap_or_else(|| Content::Unsupported("interactive".to_owned()));
    (content, if silent { Kind::Silent } else { Kind::Message }, None)
}

/// Parses the answers of a form. They should be a text of JSON; any other text becomes a JSON string.
fn form(answer: &Value) -> Content {
    let answers = match &answer["response_json"] {
        Value::String(written) => {
            let mended = mend(written).replace("\\u0000", "\\ufffd");
            let valid = serde_json::from_str::<Value>(&mended).is_ok();
            if valid { mended } else { Value::String(written.clone()).to_string() }
        }
        written => written.to_string(),
    };
    Content::Form(Form { name: text(&answer["name"]).unwrap_or_else(|| "form".to_owned()), answers })
}

fn order(part: &Value) -> Option<Content> {
    let items = part["product_items"].as_array().into_iter().flatten().filter_map(|item| {
        let price = number(&item["item_price"]).unwrap_or_default().clamp(0.0, 1e15);
        Some(OrderItem {
            product: text(&item["product_retailer_id"])?,
            quantity: number(&item["quantity"]).unwrap_or_default().clamp(0.0, f64::from(u32::MAX)) as u32,
            price: Money {
                hundredths: (price * 100.0).round() as u64,
                currency: text(&item["currency"]).unwrap_or_default().to_ascii_uppercase(),
            },
        })
    });
    let order = Order { note: text(&part["text"]), items: items.collect() };
    let known = order.note.is_some() || !order.items.is_empty();
    known.then_some(Content::Order(order))
}

fn other(kind: &str, value: &Value) -> Content {
    Content::Other(Other { kind: kind.to_owned(), value: without_numbers(value).to_string() })
}

/// Removes the keys that identify people.
fn without_numbers(value: &Value) -> Value {
    const WHO: [&str; 9] =
        ["from", "to", "wa_id", "phone", "phones", "phone_number", "user_id", "from_user_id", "recipient_id"];
    match value {
        Value::Array(parts) => Value::Array(parts.iter().map(without_numbers).collect()),
        Value::Object(parts) => {
            let kept = parts.iter().filter(|(key, _)| !WHO.contains(&key.as_str()));
            Value::Object(kept.map(|(key, part)| (key.clone(), without_numbers(part))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(message: Value) -> Content {
        read(&message).0
    }

    #[test]
    fn a_card_is_its_sender_s_own_if_meta_says_that_it_answers_a_request() {
        let card = |card: Value, more: Value| {
            let mut message = json!({ "type": "contacts", "contacts": [card] });
            message.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            own_card(&message).map(String::from)
        };
        let own = json!({"origin": "contact_request", "phones": [{"phone": "0788 123 456", "wa_id": "250788123456"}]});
        assert_eq!(card(own.clone(), json!({})).as_deref(), Some("250788123456"));
        let unmarked = json!({"phones": own["phones"]});
        assert_eq!(card(unmarked.clone(), json!({"origin": "contact_request"})).as_deref(), Some("250788123456"));
        assert_eq!(card(own.clone(), json!({"context": {"forwarded": true}})), None);
        assert_eq!(card(own.clone(), json!({"contacts": [own, own]})), None);
        for other in [
            unmarked,
            json!({"origin": "other", "phones": [{"wa_id": "250788123456"}]}),
            json!({"origin": "contact_request", "phones": [{"phone": "250788123456"}]}),
            json!({"origin": "contact_request", "phones": [{"wa_id": "250788123456"}, {"wa_id": "250788123457"}]}),
        ] {
            assert_eq!(card(other.clone(), json!({})), None, "{other}");
        }
    }

    #[test]
    fn an_advert_and_a_product_are_told() {
        let message = json!({"type": "text", "text": {"body": "Is this still available?"},
            "referral": {"source_type": "ad", "headline": "Fridges from 80k", "body": "In Kimironko", "ctwa_clid": "x"},
            "context": {"referred_product": {"catalog_id": "1", "product_retailer_id": "fridge-2"}}});
        let told: Vec<_> = extras(&message).into_iter().map(|extra| (extra.name, extra.value)).collect();
        let advert = r#"{"body":"In Kimironko","headline":"Fridges from 80k","source-type":"ad"}"#;
        let product = r#"{"catalog":"1","product":"fridge-2"}"#;
        assert_eq!(told, [("referral".to_owned(), advert.to_owned()), ("product".to_owned(), product.to_owned())]);
        assert_eq!(extras(&json!({"type": "text", "context": {"id": "w"}})), []);
    }

    #[test]
    fn cards_lose_their_numbers() {
        let cards = json!({"type": "contacts", "contacts": [
            null,
            {"name": {"formatted_name": "+250 788 123 456"}, "phones": [{"phone": "+250788123456"}]},
            {"vcard": "BEGIN:VCARD\nFN:Alice\nTEL:+250788123456\nEND:VCARD"},
        ]});
        let Content::Contacts(cards) = content(cards) else { panic!("cards") };
        let cards: Vec<_> = cards.into_iter().map(|card| (card.name, card.handle)).collect();
        assert_eq!(cards, [(String::new(), "card-2".to_owned()), ("Alice".to_owned(), "card-3".to_owned())]);
    }

    #[test]
    fn a_form_with_broken_answers_is_still_json() {
        for (written, answers) in [
            (json!("{\"a\":1}"), "{\"a\":1}"),
            (json!("{broken"), "\"{broken\""),
            (json!("null"), "null"),
            (json!(["a"]), "[\"a\"]"),
            (Value::Null, "null"),
        ] {
            let message = json!({"type": "interactive",
                "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": written}}});
            assert_eq!(content(message), Content::Form(Form { name: "flow".into(), answers: answers.into() }));
        }
    }

    #[test]
    fn what_is_missing_becomes_unsupported() {
        for (message, name) in [
            (json!({}), "unknown"),
            (json!({"type": null}), "unknown"),
            (json!({"type": "text", "text": {"body": ""}}), "text"),
            (json!({"type": "text"}), "text"),
            (json!({"type": "image", "image": {}}), "image"),
            (json!({"type": "location", "location": {"latitude": "LAT", "longitude": 999}}), "location"),
            (json!({"type": "interactive", "interactive": {"type": "list_reply"}}), "interactive"),
            (json!({"type": "order", "order": {"product_items": null}}), "order"),
            (json!({"type": "hologram", "hologram": {}}), "hologram"),
            (json!({"type": "unsupported", "unsupported": {"type": "poll_creation"}}), "poll_creation"),
        ] {
            assert_eq!(content(message), Content::Unsupported(name.to_owned()));
        }
    }

    #[test]
    fn an_order_counts_in_hundredths() {
        let order = content(json!({"type": "order", "order": {"text": "", "product_items":
            [{"product_retailer_id": "A", "quantity": 3, "item_price": 30.5, "currency": "rwf"}]}}));
        let price = Money { hundredths: 3050, currency: "RWF".into() };
        let items = vec![OrderItem { product: "A".into(), quantity: 3, price }];
        assert_eq!(order, Content::Order(Order { note: None, items }));
    }

    #[test]
    fn only_what_may_still_come_is_a_placeholder() {
        let kind = |code| read(&json!({"type": "unsupported", "errors": [{"code": code}]})).1;
        assert_eq!(kind(json!(131060)), Kind::Placeholder);
        assert_eq!(kind(json!("131060")), Kind::Placeholder);
        assert_eq!(kind(json!(131051)), Kind::Message);
    }
}
