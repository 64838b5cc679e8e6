//! Tests that need several rooms of the host.

mod corpus;
mod graph;
mod outbox;
mod webhook;
