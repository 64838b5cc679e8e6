//! Test numbers: the business numbers that the console's phone writes to. No such number exists at Meta.
//!
//! The mark is the number's id itself: Meta's ids are digits, and a test number's begins with [`PREFIX`]. So whatever carries its business
//! number (`message`, `lane`, `status`, `unified_sessions`) says whether it is a test, and nothing needs a second mark. Turns on a test
//! number write their event into `test_event`, so that no figure, gate, cost or export counts them.

/// What the id of a test number begins with. The statements of the store name it too.
pub const PREFIX: &str = "test:";

/// What the id of a file begins with that was sent to a test number.
const FILE_PREFIX: &str = "test-";

/// The id of the test number of a host.
pub fn of_host(host_name: &str) -> String {
    format!("{PREFIX}{host_name}")
}

/// Whether a business number is a test's.
pub fn is_test(business: &str) -> bool {
    business.starts_with(PREFIX)
}

/// The id of a file that is sent to a test number; `n` is nobody else's.
pub fn file_id(n: u128) -> String {
    format!("{FILE_PREFIX}{n}")
}

/// Whether a file was sent to a test number. Meta's ids of files are digits too.
pub fn is_test_file(id: &str) -> bool {
    id.starts_with(FILE_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_meta_are_no_tests() {
        assert!(is_test(&of_host("kigali-a")));
        assert!(!is_test("106540352242922") && !is_test(""));
        assert!(is_test_file(&file_id(7)) && !is_test_file("1166846181421424"));
        assert!(crate::file::is_id(&file_id(u128::MAX)), "it is fetched as others are");
    }
}
