//! Who a message is from. Since 2026 a person may have a phone number, a user id, or both.

use serde_json::Value;

use crate::whatsapp::json::text;
use switchboard_core::{inbox::Sender, phone::Phone};

/// What the sample of Meta's dashboard calls the business number, and who writes to it.
const SAMPLE: (&str, &str) = ("123456123", "16315551181");

/// The sample that the dashboard's test button sends. It is nobody's message.
pub(super) fn is_dashboard_sample(business: &str, message: &Value) -> bool {
    business == SAMPLE.0 && message["from"] == SAMPLE.1
}

/// Reads a phone number as Meta writes it.
pub(super) fn phone(value: &Value) -> Option<Phone> {
    Phone::parse(&text(value)?).ok()
}

/// The sender of a message, with what the matching entry of `contacts` knows of them.
pub(super) fn of(message: &Value, contacts: &[Value]) -> Sender {
    known_by(&message["from"], &message["from_user_id"], &message["from_parent_user_id"], contacts)
}

/// The person whose conversation a message belongs to that may be the business's own: whoever is not the business.
pub(super) fn other_side(message: &Value, contacts: &[Value], business: Option<&str>) -> Sender {
    let ours = business.and_then(|number| Phone::parse(number).ok());
    let to = phone(&message["to"]);
    if (to.is_none() && message["to_user_id"].is_null()) || (to.is_some() && to == ours) {
        let sender = of(message, contacts);
        // A thread of the past names the person once, in its heading.
        return match only(contacts) {
            Some(only) if sender.phone.is_some() && sender.phone == ours => {
                of(&Value::Null, std::slice::from_ref(only))
            }
            _ => sender,
        };
    }
    known_by(&message["to"], &message["to_user_id"], &message["to_parent_user_id"], contacts)
}

fn known_by(number: &Value, user_id: &Value, parent: &Value, contacts: &[Value]) -> Sender {
    let mut sender =
        Sender { phone: phone(number), user_id: text(user_id), parent_user_id: text(parent), ..Sender::default() };
    if sender.user_id.is_none() {
        sender.user_id = text(number).filter(|id| is_user_id(id));
    }
    let same = |value: &Value, known: &Value| !known.is_null() && value == known;
    let found = contacts.iter().find(|c| same(&c["wa_id"], number) || same(&c["user_id"], user_id));
    // Meta was seen to give contact and message different ids; with one contact there is no doubt who is meant.
    let contact = found.or_else(|| only(contacts));
    let Some(contact) = contact else { return sender };
    if found.is_some() || (sender.phone.is_none() && sender.user_id.is_none()) {
        sender.phone = sender.phone.or_else(|| phone(&contact["wa_id"]));
        sender.user_id = sender.user_id.or_else(|| text(&contact["user_id"]));
        sender.parent_user_id = sender.parent_user_id.or_else(|| text(&contact["parent_user_id"]));
    }
    let profile = &contact["profile"];
    sender.name = text(&profile["name"]).filter(|name| !name.trim().is_empty());
    sender.username = text(&profile["username"]).map(|name| name.trim_start_matches('@').to_owned());
    sender
}

/// The one contact, if there is one. What is no object is none.
fn only(contacts: &[Value]) -> Option<&Value> {
    let mut contacts = contacts.iter().filter(|contact| contact.is_object());
    contacts.next().filter(|_| contacts.next().is_none())
}

/// Two letters of a country, a dot, letters and digits: how a business-scoped user id looks.
fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && !rest.is_empty()
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_contact_is_found_by_id_then_by_being_the_only_one() {
        let alice =
            json!({"wa_id": "250788000001", "user_id": "RW.1", "profile": {"name": "Alice", "username": "@al"}});
        let bob = json!({"wa_id": "250788000002", "profile": {"name": "Bob"}});
        let both = [bob.clone(), alice.clone()];
        let sender = of(&json!({"from": "250788000001"}), &both);
        assert_eq!((sender.name.as_deref(), sender.user_id.as_deref()), (Some("Alice"), Some("RW.1")));
        assert_eq!(sender.username.as_deref(), Some("al"));
        assert!(of(&json!({"from": "250788000003"}), &both).name.is_none());
        // Another number than the only contact's: the name fits, the ids are not mixed.
        let sender = of(&json!({"from": "250788000003"}), &[json!(null), alice]);
        assert_eq!((sender.name.as_deref(), sender.user_id), (Some("Alice"), None));
    }

    #[test]
    fn a_person_without_number_is_known_by_user_id() {
        for message in [json!({"from_user_id": "RW.9x"}), json!({"from": "RW.9x"})] {
            let sender = of(&message, &[]);
            assert_eq!((sender.phone, sender.user_id.as_deref()), (None, Some("RW.9x")));
        }
        assert!(of(&json!({"from": "PHONE_NUMBER"}), &[]).user_id.is_none());
    }

    #[test]
    fn an_echo_belongs_to_whom_it_was_sent() {
        let echo = json!({"from": "15550001111", "to": "250788000001"});
        let sender = other_side(&echo, &[], Some("15550001111"));
        assert_eq!(sender.phone.as_ref().map(Phone::digits), Some("250788000001"));
        let old = json!({"from": "15550001111"});
        let sender = other_side(&old, &[json!({"wa_id": "250788000001"})], Some("15550001111"));
        assert_eq!(sender.phone.as_ref().map(Phone::digits), Some("250788000001"));
    }
}
