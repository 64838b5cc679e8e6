//! Failures of sends: Meta's error codes, sorted by what is to be done. The same code means the same whether it comes
//! in an HTTP answer or in a status `failed`.

/// Why Meta did not take a message, which decides when it may be sent again. In each case nothing was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// This send only: retried with backoff.
    Row,
    /// The rate limit of messages from the business number to this person.
    Pair,
    /// The rate limit of the business number, its account or the app.
    Rate,
    /// The token, the account or the business number is refused: nothing from this number is taken until an operator
    /// acts.
    Number,
    /// Meta cannot be reached, or says that it is down or overloaded.
    Meta,
    /// The 24-hour customer service window is closed: only a template may be sent.
    Window,
    /// A code that is not in the table.
    Unlisted,
    /// This message is never taken.
    Final,
}

impl Failure {
    /// All failures.
    pub const ALL: [Failure; 8] = [
        Failure::Row,
        Failure::Pair,
        Failure::Rate,
        Failure::Number,
        Failure::Meta,
        Failure::Window,
        Failure::Unlisted,
        Failure::Final,
    ];

    /// The failure that a Graph error code and its subcode stand for. None for codes after which nobody knows whether
    /// the message was taken: 1, 131000 and 131057.
    pub fn of_code(code: i64, subcode: Option<i64>) -> Option<Failure> {
        Some(match (code, subcode) {
            (1 | 131_000 | 131_057, _) => return None,
            (134_101, _) => Failure::Row,
            (131_056, _) => Failure::Pair,
            // Rate limits of the app, the user of the token, the account and the number.
            (4 | 17 | 32 | 341 | 613 | 80_007 | 80_008 | 130_429, _) => Failure::Rate,
            (2 | 131_016 | 133_004, _) => Failure::Meta,
            // The token or its permissions.
            (0 | 3 | 10 | 102 | 190 | 200..=299 | 131_005, _) => Failure::Number,
            // The token does not reach the number, or the number does not exist.
            (100, Some(33)) | (33 | 803, _) => Failure::Number,
            // The account: policy, payment, display name, country, registration.
            (368 | 130_403 | 130_497 | 131_031 | 131_037 | 131_042 | 131_045 | 133_000..=133_999, _) => Failure::Number,
            (131_047, _) => Failure::Window,
            // The recipient: limits of marketing and spam, an opt-out, an experiment, no WhatsApp.
            (130_472 | 131_021 | 131_026 | 131_030 | 131_048..=131_050 | 131_062, _) => Failure::Final,
            // The request: parameters, content, media, templates.
            (100 | 131_008 | 131_009 | 131_051..=131_053 | 131_055 | 131_060, _) => Failure::Final,
            (132_000..=132_999 | 134_100 | 134_102 | 135_000, _) => Failure::Final,
            _ => Failure::Unlisted,
        })
    }

    /// The failure of a status `failed`, by its error code and subcode. Such a status settles what
    /// [`of_code`](Failure::of_code) leaves open: nothing was delivered.
    pub fn of_status(code: Option<i64>, subcode: Option<i64>) -> Failure {
        let Some(code) = code else { return Failure::Unlisted };
        Failure::of_code(code, subcode).unwrap_or(Failure::Row)
    }

    /// The name, as stored and as a label of metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Failure::Row => "row",
            Failure::Pair => "pair",
            Failure::Rate => "rate",
            Failure::Number => "number",
            Failure::Meta => "meta",
            Failure::Window => "window",
            Failure::Unlisted => "unlisted",
            Failure::Final => "final",
        }
    }

    /// Parses a name as [`as_str`](Failure::as_str) gives it.
    pub fn parse(name: &str) -> Option<Failure> {
        Failure::ALL.into_iter().find(|failure| failure.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table() {
        let table: [(&[i64], Option<Failure>); 9] = [
            (&[1, 131_000, 131_057], None),
            (&[134_101], Some(Failure::Row)),
            (&[131_056], Some(Failure::Pair)),
            (&[4, 17, 32, 341, 613, 80_007, 80_008, 130_429], Some(Failure::Rate)),
            (
                &[
                    0, 3, 10, 33, 102, 190, 200, 210, 299, 368, 803, 130_403, 130_497, 131_005, 131_031, 131_037,
                    131_042, 131_045, 133_000, 133_003, 133_005, 133_010, 133_016, 133_999,
                ],
                Some(Failure::Number),
            ),
            (&[2, 131_016, 133_004], Some(Failure::Meta)),
            (&[131_047], Some(Failure::Window)),
            (
                &[
                    100, 130_472, 131_008, 131_009, 131_021, 131_026, 131_030, 131_048, 131_049, 131_050, 131_051,
                    131_052, 131_053, 131_055, 131_060, 131_062, 132_000, 132_001, 132_005, 132_007, 132_012, 132_015,
                    132_016, 132_068, 132_069, 134_100, 134_102, 135_000,
                ],
                Some(Failure::Final),
            ),
            (&[-1, 5, 99, 300, 131_001, 131_046, 131_999, 134_000, 140_000, i64::MAX], Some(Failure::Unlisted)),
        ];
        for (codes, expected) in table {
            for code in codes {
                assert_eq!(Failure::of_code(*code, None), expected, "{code}");
                // A status `failed` means the same, but never leaves open what became of the message.
                assert_eq!(Failure::of_status(Some(*code), None), expected.unwrap_or(Failure::Row), "{code}");
            }
        }
        assert_eq!(Failure::of_status(None, None), Failure::Unlisted);
    }

    #[test]
    fn a_subcode_tells_a_lost_number_from_a_wrong_parameter() {
        assert_eq!(Failure::of_code(100, Some(33)), Some(Failure::Number));
        assert_eq!(Failure::of_code(100, Some(2_494_010)), Some(Failure::Final));
        assert_eq!(Failure::of_code(190, Some(463)), Some(Failure::Number));
    }

    #[test]
    fn names_come_back_as_they_went() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.as_str()), Some(failure));
        }
        assert_eq!(Failure::parse("account"), None);
    }
}
