//! The country of a phone number.

use switchboard_core::phone::Phone;

/// The ISO country code of a phone number, by its calling code; the business's own if there is no number or the code is unknown.
pub(super) fn country(phone: Option<&Phone>, default_code: &str) -> &'static str {
    const CODES: [(&str, &str); 16] = [
        ("250", "RW"),
        ("243", "CD"),
        ("254", "KE"),
        ("255", "TZ"),
        ("256", "UG"),
        ("257", "BI"),
        ("211", "SS"),
        ("251", "ET"),
        ("242", "CG"),
        ("237", "CM"),
        ("234", "NG"),
        ("27", "ZA"),
        ("356", "MT"),
        ("32", "BE"),
        ("33", "FR"),
        ("44", "GB"),
    ];
    let by_prefix = |digits: &str| CODES.iter().find(|(code, _)| digits.starts_with(code)).map(|(_, country)| *country);
    phone.and_then(|phone| by_prefix(phone.digits())).or_else(|| by_prefix(default_code)).unwrap_or("RW")
}
