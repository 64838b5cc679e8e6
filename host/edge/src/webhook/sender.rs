//! The parser of a message's sender. Since 2026 a person may have a phone number, a user id, or both.

use serde_json::Value;

use crate::whatsapp::json::{id, text};
use switchboard_core::{
    inbox::Sender,
    name::{clean_line, clean_name},
    phone::Phone,
};

/// Business number and sender in the sample of Meta's dashboard.
const SAMPLE: (&str, &str) = ("123456123", "16315551181");

/// Whether a message is the sample that the dashboard's test button sends.
pub(super) fn is_dashboard_sample(business: &str, message: &Value) -> bool {
    business == SAMPLE.0 && message["from"] == SAMPLE.1
}

/// Parses a phone number in Meta's format.
pub(super) fn phone(value: &Value) -> Option<Phone> {
    Phone::parse(&text(value)?).ok()
}

/// The sender of a message, completed from the matching entry of `contacts`.
pub(super) fn of(message: &Value, contacts: &[Value]) -> Sender {
    known_by(&message["from"], &message["from_user_id"], &message["from_parent_user_id"], contacts)
}

/// The person in the conversation of a message that the business itself may have sent: the side that is not the
/// business.
pub(super) fn other_side(message: &Value, contacts: &[Value], business: Option<&str>) -> Sender {
    let ours = business.and_then(|number| Phone::parse(number).ok());
    let to = phone(&message["to"]);
    if (to.is_none() && message["to_user_id"].is_null()) || (to.is_some() && to == ours) {
        let sender = of(message, contacts);
        // A thread of the history names the person once, in its head.
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
        Sender { phone: phone(number), user_id: id(user_id), parent_user_id: id(parent), ..Sender::default() };
    if sender.user_id.is_none() {
        sender.user_id = id(number).filter(|id| is_user_id(id));
    }
    let same = |value: &Value, known: &Value| !known.is_null() && value == known;
    let found = contacts.iter().find(|c| same(&c["wa_id"], number) || same(&c["user_id"], user_id));
    // Meta has sent different ids in contact and message; a single contact is unambiguous.
    let contact = found.or_else(|| only(contacts));
    let Some(contact) = contact else { return sender };
    if found.is_some() || (sender.phone.is_none() && sender.user_id.is_none()) {
        sender.phone = sender.phone.or_else(|| phone(&contact["wa_id"]));
        sender.user_id = sender.user_id.or_else(|| id(&contact["user_id"]));
        sender.parent_user_id = sender.parent_user_id.or_else(|| id(&contact["parent_user_id"]));
    }
    let profile = &contact["profile"];
    sender.name = text(&profile["name"]).and_then(|name| clean_name(&name));
    sender.username = text(&profile["username"]).map(|name| clean_line(name.trim_start_matches('@')));
    sender
}

/// The only contact, if there is exactly one. Entries that are not objects do not count.
fn only(contacts: &[Value]) -> Option<&Value> {
    let mut contacts = contacts.iter().filter(|contact| contact.is_object());
    contacts.next().filter(|_| contacts.next().is_none())
}

/// Whether a text has the form of a business-scoped user id: two letters of a country, a dot, letters and digits.
pub(super) fn is_user_id(text: &str) -> bool {
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
        // The number differs from the only contact's: the name is used, the ids are not mixed.
        let sender = of(&json!({"from": "250788000003"}), &[json!(null), alice]);
        assert_eq!((sender.name.as_deref(), sender.user_id), (Some("Alice"), None));
    }

    #[test]
    fn a_name_that_poses_as_something_else_is_none_or_cleaned() {
        let named = |name: &str| {
            let contact = json!({"wa_id": "250788000001", "profile": {"name": name, "username": "@a\u{202e}l\n"}});
            let sender = of(&json!({"from": "250788000001"}), &[contact]);
            (sender.name, sender.username)
        };
        let name = |name: &str| (Some(name.to_owned()), Some("al".to_owned()));
        assert_eq!(named("Bob \u{202e} gnp.exe"), name("Bob gnp.exe"));
        assert_eq!(named("\u{202e} ecilA \u{2066} +250788999999\n*ok*").0, None);
        assert_eq!(named("\u{200b}").0, None);
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
