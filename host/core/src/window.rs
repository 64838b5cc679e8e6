//! Meta's 24-hour customer service window: how long after a person's last message a business may send anything but templates.
//!
//! It is counted from the timestamp of that message on that business number. When the message came, when its turn runs and how long a
//! session lives have nothing to do with it.

/// The length of the customer service window, in milliseconds.
pub const WINDOW_MS: i64 = 24 * 60 * 60 * 1000;

/// A message that is delivered more than this after it was sent is late: Meta could not deliver it before.
pub const LATE_MS: i64 = 60 * 60 * 1000;

/// Whether the window is open: the person's last message on the business number is less than [`WINDOW_MS`] old. Both times are in
/// milliseconds since 1970; a person who never wrote (0) has no window.
pub fn is_open(wrote_at: i64, now: i64) -> bool {
    wrote_at > 0 && now - wrote_at < WINDOW_MS
}

/// Whether a message came late. Both times are in milliseconds since 1970.
pub fn is_late(sent_at: i64, received_at: i64) -> bool {
    received_at - sent_at > LATE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_closes_after_exactly_24_hours() {
        assert!(is_open(1_000, 1_000));
        assert!(is_open(1_000, 1_000 + WINDOW_MS - 1));
        assert!(!is_open(1_000, 1_000 + WINDOW_MS));
        assert!(!is_open(0, 1_000), "a person who never wrote");
    }

    #[test]
    fn a_message_is_late_after_an_hour() {
        assert!(!is_late(1_000, 1_000 + LATE_MS));
        assert!(is_late(1_000, 1_001 + LATE_MS));
        assert!(!is_late(2_000, 1_000), "clocks differ");
    }
}
