//! Tests that need several rooms of the host.

mod stage;

mod corpus;
mod crash;
mod graph;
mod outbox;
mod sandbox;
mod swap;
mod talk;
mod webhook;
