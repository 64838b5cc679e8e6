//! Fault injection. The same seed gives the same faults.

use serde::{Deserialize, Serialize};

/// The faults to inject from now on. Every field is optional.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The seed of the random delays.
    pub seed: u64,
    /// Post everything to the webhook twice.
    pub duplicate: bool,
    /// Deliver in random order, within 50 ms.
    pub reorder: bool,
    /// Wait before each post to the webhook.
    pub delay_ms: u64,
    /// How the next sends fail. Each send takes the first entry that is for its business number.
    pub fail: Vec<Fail>,
    /// What is wrong with the next files that are fetched. Each fetch takes the first entry that is for its file.
    pub files: Vec<FileFault>,
    /// What is wrong with the statuses of the next messages that are taken. Each takes the first entry that is for its
    /// business number.
    pub statuses: Vec<StatusFault>,
    /// Post no statuses.
    pub no_status: bool,
    /// Enforce the 24-hour customer service window: refuse all but templates when it is closed (code 131047).
    pub window: bool,
    /// Post the status `read` too.
    pub read: bool,
    /// Refuse the token in requests about the account.
    pub refuse_token: bool,
    /// Refuse sends with any other token than this, as after it was rotated.
    pub only_token: Option<String>,
    /// Answer that no app is subscribed to the account.
    pub unsubscribed: bool,
    /// Refuse read receipts.
    pub receipts_fail: bool,
    /// How far the emulator's clock is ahead of the system's, in milliseconds.
    pub ahead_ms: i64,
}

/// A failure of sends.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fail {
    /// The business number (`phone_number_id`) whose sends fail; none for all.
    pub business: Option<String>,
    /// How many times, once if left out; none (`null`) for until the faults are set anew.
    pub count: Option<u32>,
    /// Whether uploads of files fail, instead of messages.
    pub uploads: bool,
    /// What the sender gets.
    pub how: How,
    /// HTTP status, 500 if left out.
    pub status: u16,
    /// Graph code; none for an answer that is not Meta's.
    pub code: Option<i64>,
    /// Graph subcode.
    pub subcode: Option<i64>,
    /// Meta's `error_data.details`.
    pub details: Option<String>,
    /// The header `Retry-After`: seconds or an HTTP date, as text.
    pub retry_after: Option<String>,
    /// The message is taken all the same, with these statuses; none if it is not taken.
    pub taken: Option<Statuses>,
}

/// What the sender gets when a send fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// An error: HTTP status, code and headers.
    #[default]
    Answer,
    /// Nothing, while the connection stays open.
    Hang,
    /// Nothing: the connection is closed after the body was read.
    Reset,
}

/// What is wrong with a file that is fetched.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileFault {
    /// The file's id; none for all.
    pub id: Option<String>,
    /// How many times, once if left out; none (`null`) for until the faults are set anew.
    pub count: Option<u32>,
    /// What happens.
    pub how: FileHow,
    /// HTTP status of a refusal, 503 if left out.
    pub status: u16,
}

/// What happens when a file is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileHow {
    /// An error, already where its address is asked for.
    #[default]
    Refuse,
    /// No answer, while the connection stays open.
    Hang,
    /// The first bytes, and then no more.
    Stall,
    /// Other bytes than those whose SHA-256 was given.
    Other,
    /// Half of the bytes.
    Half,
    /// Bytes without an end.
    Endless,
    /// A redirect to another address of this emulator.
    Redirect,
    /// An address of another host.
    Elsewhere,
    /// A greater size than there are bytes: a gigabyte.
    Vast,
}

/// What is wrong with the statuses of messages that are taken and answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusFault {
    /// The business number; none for all.
    pub business: Option<String>,
    /// How many times, once if left out; none (`null`) for until the faults are set anew.
    pub count: Option<u32>,
    /// What is posted.
    pub how: Statuses,
}

/// The statuses of a message. The default is `sent` and `delivered`, at once.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Statuses {
    /// Post none of the message's own.
    pub withheld: bool,
    /// Post `failed` with this code instead. The message does not reach its phone.
    pub failed: Option<i64>,
    /// Post each twice.
    pub doubled: bool,
    /// Wait before the first, in milliseconds.
    pub delay_ms: u64,
    /// Post these before the message's own.
    pub forged: Vec<Forged>,
}

/// A status that is not the message's own. What is left out is as in the message's own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forged {
    /// The status, `failed` if left out.
    pub status: String,
    /// The code of a `failed`, 131026 if left out.
    pub code: i64,
    /// The business number.
    pub business: Option<String>,
    /// The wamid.
    pub wamid: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
    /// The reference. `{id}` in it stands for the part of the message's own behind the last dot.
    pub reference: Option<String>,
}

impl Default for Fail {
    fn default() -> Fail {
        Fail {
            business: None,
            count: Some(1),
            uploads: false,
            how: How::Answer,
            status: 500,
            code: None,
            subcode: None,
            details: None,
            retry_after: None,
            taken: None,
        }
    }
}

impl Default for FileFault {
    fn default() -> FileFault {
        FileFault { id: None, count: Some(1), how: FileHow::Refuse, status: 503 }
    }
}

impl Default for StatusFault {
    fn default() -> StatusFault {
        StatusFault { business: None, count: Some(1), how: Statuses::default() }
    }
}

impl Default for Forged {
    fn default() -> Forged {
        Forged {
            status: "failed".to_owned(),
            code: 131_026,
            business: None,
            wamid: None,
            recipient: None,
            reference: None,
        }
    }
}

impl Faults {
    /// Takes the next failure of a message or an upload from this number, if one is due.
    pub(super) fn next_fail(&mut self, business: &str, is_upload: bool) -> Option<Fail> {
        let fits = |fail: &Fail| fail.uploads == is_upload && is_for(fail.business.as_ref(), business);
        next(&mut self.fail, fits, |fail| &mut fail.count)
    }

    /// Takes what is wrong with the statuses of the next message from this number.
    pub(super) fn next_statuses(&mut self, business: &str) -> Statuses {
        let fits = |fault: &StatusFault| is_for(fault.business.as_ref(), business);
        next(&mut self.statuses, fits, |fault| &mut fault.count).map(|fault| fault.how).unwrap_or_default()
    }

    /// Takes what is wrong with the next fetch of a file: of its address, or of its bytes.
    pub(super) fn next_file(&mut self, id: &str, is_about: bool) -> Option<FileFault> {
        let begins = |how| matches!(how, FileHow::Refuse | FileHow::Hang | FileHow::Elsewhere | FileHow::Vast);
        let fits = |fault: &FileFault| begins(fault.how) == is_about && is_for(fault.id.as_ref(), id);
        next(&mut self.files, fits, |fault| &mut fault.count)
    }

    /// The delay before the next post to the webhook, in milliseconds.
    pub(super) fn pause_ms(&mut self) -> u64 {
        if !self.reorder {
            return self.delay_ms;
        }
        // A linear congruential generator with Knuth's multiplier is good enough here.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.delay_ms + (self.seed >> 33) % 50
    }
}

fn is_for(wanted: Option<&String>, business: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == business)
}

/// Takes the first entry that fits; it is removed after its last time.
fn next<T: Clone>(
    list: &mut Vec<T>,
    fits: impl Fn(&T) -> bool,
    count: impl Fn(&mut T) -> &mut Option<u32>,
) -> Option<T> {
    list.retain_mut(|entry| *count(entry) != Some(0));
    let at = list.iter().position(fits)?;
    let entry = list[at].clone();
    if let Some(left) = count(&mut list[at]) {
        *left -= 1;
        if *left == 0 {
            list.remove(at);
        }
    }
    Some(entry)
}
