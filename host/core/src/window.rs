//! Meta's 24-hour customer service window: how long after a person's last message a business may send anything but templates.

/// The length of the customer service window, in milliseconds.
pub const WINDOW_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether the window is open: the person's last message is less than [`WINDOW_MS`] old. Both times are in milliseconds since 1970.
pub fn is_open(last_message_at: i64, now: i64) -> bool {
    now - last_message_at < WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_closes_after_exactly_24_hours() {
        assert!(is_open(1_000, 1_000));
        assert!(is_open(1_000, 1_000 + WINDOW_MS - 1));
        assert!(!is_open(1_000, 1_000 + WINDOW_MS));
    }
}
