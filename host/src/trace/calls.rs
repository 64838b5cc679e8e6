//! The calls of a journal.

use switchboard_sandbox::agent::{CallResult, HostCall};

/// The result of a call. One that equals an earlier call's stands there.
pub(super) fn result<'a>(call: &'a HostCall, all: &'a [HostCall]) -> &'a str {
    match &call.result {
        CallResult::Whole(result) => result,
        CallResult::Same { same_as } => match all.get(*same_as).map(|call| &call.result) {
            Some(CallResult::Whole(result)) => result,
            _ => "",
        },
    }
}
