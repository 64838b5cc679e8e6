//! The parser of system messages about a changed number or user id.

use serde_json::Value;

use super::sender;
use crate::whatsapp::json::id;
use switchboard_core::inbox::Sender;

/// What a person was known by, and what they are known by now; none if the message is about something else.
///
/// Meta has sent several forms: `user_changed_number` with `new_wa_id` (API v11 and before) or `wa_id`, and the former number as the
/// sender or as `customer` (`customer_changed_number` in the On-Premises API); `user_changed_user_id` with `previous_user_id`, or with
/// `user_id` only, the former one in the text; either, or no type at all, with nothing but the text *User X changed from A to B*.
pub(super) fn change(message: &Value, system: &Value) -> Option<(Sender, Sender)> {
    let written = from_text(&system["body"]);
    let of_number = match system["type"].as_str() {
        Some("user_changed_number" | "customer_changed_number") => true,
        Some("user_changed_user_id") => false,
        None if written.is_some() => true,
        _ => return None,
    };
    let (from, to) = written.unwrap_or_default();
    let mut before = sender::of(message, &[]);
    before.phone = before.phone.or_else(|| sender::phone(&system["customer"])).or(from.phone);
    before.user_id = id(&system["previous_user_id"]).or(from.user_id).or(before.user_id);
    before.parent_user_id = id(&system["previous_parent_user_id"]).or(before.parent_user_id);
    let named = sender::phone(&system["new_wa_id"]).or_else(|| sender::phone(&system["wa_id"]));
    let after = Sender {
        // A user id changes without the number: `wa_id` is the same then, or missing.
        phone: named.or(to.phone.filter(|_| of_number)),
        user_id: id(&system["user_id"]).or(to.user_id),
        parent_user_id: id(&system["parent_user_id"]),
        ..Sender::default()
    };
    Some((before, after))
}

/// Both sides of a text that ends with *changed from A to B*. The name before it is the person's own, and may say the same.
fn from_text(body: &Value) -> Option<(Sender, Sender)> {
    let (_, sides) = body.as_str()?.trim_end_matches(['.', ' ', '\n']).rsplit_once("changed from ")?;
    let (from, to) = sides.split_once(" to ")?;
    let side = |words: &str| -> Option<Sender> {
        let words = words.trim().trim_matches(['\u{200e}', '\u{202a}', '\u{202c}', '\u{2068}', '\u{2069}']);
        let phone = sender::phone(&Value::from(words));
        let user_id = Some(words.to_owned()).filter(|id| sender::is_user_id(id));
        (phone.is_some() || user_id.is_some()).then_some(Sender { phone, user_id, ..Sender::default() })
    };
    Some((side(from)?, side(to)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Side = (Option<&'static str>, Option<&'static str>);

    #[test]
    fn every_form_of_a_change_is_read() {
        let number = |from, to| Some(((Some(from), None), (Some(to), None)));
        let (a, b) = ("250788000001", "250788000002");
        let expected: Vec<(Value, Option<(Side, Side)>)> = vec![
            (json!({"from": a, "system": {"type": "user_changed_number", "wa_id": b, "body": "x"}}), number(a, b)),
            (json!({"from": a, "system": {"type": "user_changed_number", "new_wa_id": b}}), number(a, b)),
            (
                json!({"from": a, "system": {"type": "user_changed_number", "body": "User Ann changed from 250788000001 to 250788000002"}}),
                number(a, b),
            ),
            (json!({"system": {"type": "customer_changed_number", "customer": a, "wa_id": b}}), number(a, b)),
            (json!({"system": {"body": "User Ann changed from +250 788 000 001 to +250 788 000 002."}}), number(a, b)),
            // A name that says the same: what Meta adds at the end counts.
            (
                json!({"from": a, "system": {"type": "user_changed_number", "body": "User Eve changed from 15550001111 to 15550002222 changed from 250788000001 to 250788000002"}}),
                number(a, b),
            ),
            (
                json!({"from": a, "from_user_id": "RW.1", "system": {"type": "user_changed_number", "wa_id": b, "user_id": "RW.2"}}),
                Some(((Some(a), Some("RW.1")), (Some(b), Some("RW.2")))),
            ),
            (
                json!({"system": {"type": "user_changed_user_id", "previous_user_id": "RW.1", "user_id": "RW.2"}}),
                Some(((None, Some("RW.1")), (None, Some("RW.2")))),
            ),
            (
                json!({"system": {"type": "user_changed_user_id", "user_id": "RW.2", "wa_id": a, "body": "User Ann changed from RW.1 to RW.2"}}),
                Some(((None, Some("RW.1")), (Some(a), Some("RW.2")))),
            ),
            (
                json!({"system": {"type": "user_changed_user_id", "body": "User Ann changed from RW.1 to RW.2"}}),
                Some(((None, Some("RW.1")), (None, Some("RW.2")))),
            ),
            (
                json!({"from": a, "system": {"type": "user_identity_changed", "body": "changed from 250788000001 to 250788000002"}}),
                None,
            ),
            (json!({"from": a, "system": {"body": "The group changed from open to closed"}}), None),
        ];
        for (message, expected) in expected {
            let found = change(&message, &message["system"]);
            let side = |sender: Sender| (sender.phone.map(String::from), sender.user_id);
            let found = found.map(|(before, after)| (side(before), side(after)));
            let of = |(phone, id): Side| (phone.map(str::to_owned), id.map(str::to_owned));
            assert_eq!(found, expected.map(|(before, after)| (of(before), of(after))), "{message}");
        }
    }
}
