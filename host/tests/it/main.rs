//! Tests that need several rooms of the host.

mod stage;

mod corpus;
mod crash;
mod graph;
mod outbox;
mod plugins;
mod sandbox;
mod store;
mod swap;
mod talk;
mod webhook;
