//! The journal of a turn: all that it saw and did, so that it can be looked at and played again. One row, compressed.

use std::cell::RefCell;

use serde::Serialize;
use zstd::bulk::Compressor;

use super::{
    Setting,
    chain::{Chain, Link},
};
use crate::{route::Route, store::Reply};

/// The shape's own version, for readers to come.
const FORMAT: u32 = 1;

/// Speed before size: zstd's levels below zero are its fastest.
const LEVEL: i32 = -2;

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

thread_local! {
    /// A compressor is dear to make and cheap to use.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
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
    // Plain data: serialising it cannot fail.
    let json = serde_json::to_vec(&journal).unwrap_or_default();
    COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut().and_then(|c| c.compress(&json).ok())).unwrap_or(json)
}
