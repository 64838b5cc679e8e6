//! The journal of a turn: a compressed record of its input, calls and output, for inspection and replay.

use std::{cell::RefCell, io::BufWriter};

use serde::Serialize;
use zstd::{bulk::Compressor, stream::write::Encoder, zstd_safe::CParameter};

use super::{
    chain::{Chain, Link},
    context::TurnContext,
};
use crate::journal::FORMAT;
use switchboard_core::{contract::types::Content, session::Session};
use switchboard_sandbox::{agent::ENGINE_SETTINGS, route::Route};
use switchboard_store::{Message, Reply, notice_kind};

/// zstd's compression level: negative levels favour speed over size.
const LEVEL: i32 = -2;

/// The base-2 logarithm of the compressor's hash table, in entries of 4 bytes. Small, since the table is cleared for every journal.
const TABLE_LOG: u32 = 10;

#[derive(Serialize)]
struct Journal<'a> {
    format: u32,
    message: i64,
    attempts: i64,
    now: i64,
    route: &'a Route,
    links: &'a [Link],
    error: Option<&'a str>,
    replies: &'a [Reply],
    /// The program's version.
    host: &'static str,
    /// The number of the sandbox's settings.
    engine: u32,
    /// Where the conversation stood before.
    before: Stand<'a>,
    /// Where it stands now.
    after: Stand<'a>,
    /// The human whose words the replies are.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<String>,
}

/// Where a conversation stands: its agent, and the open flow and step.
#[derive(Default, Serialize)]
struct Stand<'a> {
    agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
}

impl<'a> Stand<'a> {
    fn of(session: Option<&'a Session>) -> Stand<'a> {
        let Some(session) = session else { return Stand::default() };
        let flow = session.flow.as_ref();
        Stand {
            agent: &session.agent,
            flow: flow.map(|flow| flow.flow.as_str()),
            step: flow.map(|flow| flow.step.as_str()),
        }
    }
}

/// The initial buffer size: most journals are shorter.
const USUAL_BYTES: usize = 8192;

/// A journal of a turn that holds more than this, in bytes, is compressed while it is written, so that its JSON is never there as a whole.
const LARGE_BYTES: usize = 256 << 10;

thread_local! {
    /// One compressor per thread: expensive to create, cheap to use.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(compressor().ok());
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::HashLog(TABLE_LOG))?;
    Ok(compressor)
}

/// Encodes a journal as zstd-compressed JSON; uncompressed if compression fails. `after` is the session as it is stored.
pub(super) fn write(
    context: &TurnContext<'_>,
    route: &Route,
    chain: &Chain,
    replies: &[Reply],
    after: Option<&Session>,
) -> Vec<u8> {
    let journal = Journal {
        format: FORMAT,
        message: context.claim.message.id,
        attempts: context.claim.message.attempts(),
        now: context.now,
        route,
        links: &chain.links,
        error: chain.error.as_deref(),
        replies,
        host: env!("CARGO_PKG_VERSION"),
        engine: ENGINE_SETTINGS,
        before: Stand::of(context.claim.session.as_ref()),
        after: Stand::of(after.or(context.claim.session.as_ref())),
        staff: name_of(&context.claim.message),
    };
    if chain.held() > LARGE_BYTES
        && let Ok(compressed) = write_large(&journal)
    {
        return compressed;
    }
    let mut json = Vec::with_capacity(USUAL_BYTES);
    // Serialising plain data cannot fail.
    let _ = serde_json::to_writer(&mut json, &journal);
    COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut().and_then(|c| c.compress(&json).ok())).unwrap_or(json)
}

/// The name of the human whose words a message brings.
fn name_of(message: &Message) -> Option<String> {
    let Content::Notice(notice) = &message.content else { return None };
    if notice.kind != notice_kind::SAY {
        return None;
    }
    let data: serde_json::Value = serde_json::from_str(&notice.data).ok()?;
    data["by"].as_str().map(str::to_owned)
}

fn write_large(journal: &Journal<'_>) -> std::io::Result<Vec<u8>> {
    let mut encoder = BufWriter::new(Encoder::new(Vec::new(), LEVEL)?);
    serde_json::to_writer(&mut encoder, journal)?;
    let mut compressed = encoder.into_inner()?.finish()?;
    compressed.shrink_to_fit();
    Ok(compressed)
}
