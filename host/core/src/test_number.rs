//! Test numbers: the business numbers that the console's phone writes to. No such number exists at Meta.
//!
//! The mark is the number's id itself: Meta's ids are digits, and a test number's begins with [`PREFIX`]. So whatever carries its business
//! number (`message`, `lane`, `status`, `unified_sessions`) says whether it is a test, and nothing needs a second mark. Turns on a test
//! number write their event into `test_event`, so that no figure, gate, cost or export counts them.

/// What the id of a test number begins with. The statements of the store name it too.
pub const PREFIX: &str = "test:";

/// The id of the test number of a host.
pub fn of_host(host_name: &str) -> String {
    format!("{PREFIX}{host_name}")
}

/// Whether a business number, or the id of a file that was sent to one, is a test's.
pub fn is_test(id: &str) -> bool {
    id.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_meta_are_no_tests() {
        assert!(is_test(&of_host("kigali-a")));
        assert!(!is_test("106540352242922") && !is_test(""));
    }
}
