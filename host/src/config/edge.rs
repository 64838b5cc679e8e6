//! The variables of the public port.

use switchboard_edge::webhook::UnknownNumber;

use super::env::Env;

/// What strangers may take of the public port, and which business numbers are answered.
#[derive(Clone, Copy, Debug)]
pub struct EdgeConfig {
    /// `CONNECTIONS_MAX`: connections of the public port at a time.
    pub connections_max: usize,
    /// `UNKNOWN_NUMBERS`: what becomes of deliveries for a business number without a row in `business_number`.
    pub unknown_numbers: UnknownNumber,
}

impl EdgeConfig {
    /// Reads the variables.
    pub(super) fn read(env: &mut Env<'_>) -> EdgeConfig {
        let connections_max = env.number("CONNECTIONS_MAX", "4096") as usize;
        if connections_max == 0 {
            env.wrong.push("CONNECTIONS_MAX is 0; nobody could connect".into());
        }
        let words =
            [("answer", UnknownNumber::Answer), ("store", UnknownNumber::Store), ("refuse", UnknownNumber::Refuse)];
        let unknown_numbers = env.choice("UNKNOWN_NUMBERS", UnknownNumber::Answer, &words);
        EdgeConfig { connections_max, unknown_numbers }
    }
}
