//! The journal of a turn: all that it saw and did, so that it can be looked at and played again. One row, compressed.

use std::cell::RefCell;

use serde::Serialize;
use zstd::{bulk::Compressor, zstd_safe::CParameter};

use super::{
    chain::{Chain, Link},
    context::Setting,
};
use switchboard_sandbox::route::Route;
use switchboard_store::Reply;

/// The shape's own version, for readers to come.
const FORMAT: u32 = 1;

/// Speed before size: zstd's levels below zero are its fastest.
const LEVEL: i32 = -2;

/// The compressor's table, as a power of two of 4 bytes: emptied for every journal, so it is no larger than one needs.
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
}

/// The JSON of most journals is shorter.
const USUAL_BYTES: usize = 8192;

thread_local! {
    /// A compressor is dear to make and cheap to use.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(compressor().ok());
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::HashLog(TABLE_LOG))?;
    Ok(compressor)
}

/// The row's bytes: JSON under zstd.
pub(super) fn write(setting: &Setting<'_>, route: &Route, chain: &Chain, replies: &[Reply]) -> Vec<u8> {
    let journal = Journal {
        format: FORMAT,
        message: setting.claim.message.id,
        attempts: setting.claim.message.attempts,
        now: setting.now,
        route,
        links: &chain.links,
        error: chain.error.as_deref(),
        replies,
    };
    let mut json = Vec::with_capacity(USUAL_BYTES);
    // Plain data: serialising it cannot fail.
    let _ = serde_json::to_writer(&mut json, &journal);
    COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut().and_then(|c| c.compress(&json).ok())).unwrap_or(json)
}
