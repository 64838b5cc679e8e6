//! A turn's capability calls, as journals hold them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    budget::Budget,
    measure::{self, Text},
};

/// The longest JSON of a call's arguments that a journal holds whole, in bytes.
pub const WHOLE_ARGUMENTS_MAX: usize = 4 << 10;

/// Results from this length on are stored once, if they are equal.
const SHARED_RESULT_MIN: usize = 128;

/// What a call is charged beside its texts: the entry itself, and what the host notes of it elsewhere.
const CALL_BYTES: usize = 512;
const _: () = assert!(size_of::<HostCall>() <= CALL_BYTES / 2);

/// A journal entry: one call of a capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostCall {
    /// Interface and function, for instance `records.get`.
    pub name: Cow<'static, str>,
    /// Whether it succeeded.
    pub ok: bool,
    /// The arguments, a JSON array.
    pub args: Arguments,
    /// The result as JSON.
    pub result: CallResult,
    /// The duration, in microseconds.
    pub micros: u64,
}

/// The arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Arguments {
    /// Their JSON, of at most [`WHOLE_ARGUMENTS_MAX`] bytes; empty if they passed the turn's budget.
    Whole(String),
    /// What stands for longer ones: a replay makes them again, and compares.
    Digest {
        /// The SHA-256 of their JSON, in hex.
        sha256: String,
        /// The length of their JSON, in bytes.
        length: usize,
    },
}

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CallResult {
    /// Its JSON; empty if it passed the turn's budget.
    Whole(String),
    /// The same as that of an earlier call of this agent in this turn.
    Same {
        /// The earlier call's place in the list, from 0.
        same_as: usize,
    },
}

impl HostCall {
    /// The result as JSON; `calls` are all calls of the same agent in the turn. None if they are not.
    pub fn result<'a>(&'a self, calls: &'a [HostCall]) -> Option<&'a str> {
        match &self.result {
            CallResult::Whole(json) => Some(json),
            CallResult::Same { same_as } => match &calls.get(*same_as)?.result {
                CallResult::Whole(json) => Some(json),
                CallResult::Same { .. } => None,
            },
        }
    }
}

/// Makes the entry of a call and charges the budget for it. The arguments are charged whole, though a digest stands for long ones: the
/// host held them during the call. One that passes the budget is noted by its name alone.
pub(super) fn entry(
    calls: &[HostCall],
    budget: &mut Budget,
    name: &'static str,
    ok: bool,
    args: &impl Serialize,
    answer: &impl Serialize,
) -> HostCall {
    let bare = || HostCall {
        name: Cow::Borrowed(name),
        ok,
        args: Arguments::Whole(String::new()),
        result: CallResult::Whole(String::new()),
        micros: 0,
    };
    if budget.charge(CALL_BYTES).is_err() {
        return bare();
    }
    let (length, args) = match measure::digest(args, WHOLE_ARGUMENTS_MAX, budget.left()) {
        Ok(Text::Whole(json)) => (json.len(), Arguments::Whole(json)),
        Ok(Text::Digest(sha256, length)) => (length, Arguments::Digest { sha256, length }),
        Err(passed) => {
            budget.refuse(passed);
            return bare();
        }
    };
    if budget.charge(length).is_err() {
        return bare();
    }
    let result = match measure::text(answer, budget.left()) {
        Ok(json) => json,
        Err(passed) => {
            budget.refuse(passed);
            return HostCall { args, ..bare() };
        }
    };
    let result = match shared(calls, &result) {
        Some(same_as) => CallResult::Same { same_as },
        // It fits: it was built within what is left.
        None => match budget.charge(result.len()) {
            Ok(()) => CallResult::Whole(result),
            Err(_) => return HostCall { args, ..bare() },
        },
    };
    HostCall { args, result, ..bare() }
}

/// The earlier call that had the same result, if that is long.
fn shared(calls: &[HostCall], result: &str) -> Option<usize> {
    let is_same = |call: &HostCall| matches!(&call.result, CallResult::Whole(earlier) if earlier == result);
    if result.len() < SHARED_RESULT_MIN { None } else { calls.iter().position(is_same) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(calls: &mut Vec<HostCall>, budget: &mut Budget, args: &str, answer: &str) {
        let made = entry(calls, budget, "records.get", true, &[args], &answer);
        calls.push(made);
    }

    #[test]
    fn long_arguments_are_digests_and_equal_results_are_stored_once() {
        let (mut calls, mut budget) = (Vec::new(), Budget::new(0, 100_000));
        let (long, result) = ("x".repeat(5_000), "y".repeat(30_000));
        for _ in 0..2 {
            call(&mut calls, &mut budget, &long, &result);
            call(&mut calls, &mut budget, "short", "z");
        }
        assert_eq!(calls[1].args, Arguments::Whole("[\"short\"]".into()));
        assert!(matches!(&calls[0].args, Arguments::Digest { length: 5_004, .. }));
        assert_eq!(calls[2].result, CallResult::Same { same_as: 0 });
        assert_eq!(calls[3].result, CallResult::Whole("\"z\"".into()), "too short to share");
        assert_eq!(calls[2].result(&calls), Some(format!("\"{result}\"").as_str()));
        assert_eq!(budget.held(), 4 * CALL_BYTES + 2 * 5_004 + 2 * 9 + 30_002 + 2 * 3);
    }

    #[test]
    fn a_call_beyond_the_budget_is_noted_by_its_name() {
        let (mut calls, mut budget) = (Vec::new(), Budget::new(0, 10_000));
        call(&mut calls, &mut budget, "\u{1}", &"y".repeat(20_000));
        assert_eq!((&calls[0].args, &calls[0].result), (&Arguments::Whole("[\"\\u0001\"]".into()), &bare()));
        assert!(budget.over().is_some_and(|over| over.bytes > 10_000 && over.max == 10_000));
        let mut budget = Budget::new(0, 10_000);
        call(&mut calls, &mut budget, &"\u{1}".repeat(2_000), "");
        assert_eq!((&calls[1].args, &calls[1].result), (&Arguments::Whole(String::new()), &bare()));
        assert!(budget.over().is_some() && budget.held() <= 10_000);
    }

    fn bare() -> CallResult {
        CallResult::Whole(String::new())
    }

    /// Entries as journals of format 1 and 2 hold them.
    #[test]
    fn entries_are_read_in_both_formats() {
        let whole = HostCall {
            name: "clock.local".into(),
            ok: true,
            args: Arguments::Whole("[7]".into()),
            result: CallResult::Whole("{}".into()),
            micros: 3,
        };
        let short = HostCall {
            args: Arguments::Digest { sha256: "ab".into(), length: 4097 },
            result: CallResult::Same { same_as: 0 },
            ..whole.clone()
        };
        for (call, json) in [
            (whole, r#"{"name":"clock.local","ok":true,"args":"[7]","result":"{}","micros":3}"#),
            (
                short,
                r#"{"name":"clock.local","ok":true,"args":{"sha256":"ab","length":4097},"result":{"same_as":0},"micros":3}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&call).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<HostCall>(json).expect("read"), call);
        }
    }
}
