//! Tests that need several rooms of the host.

mod cluster;
mod shell;
mod stage;

mod alert;
mod corpus;
mod crash;
mod desk;
mod files;
mod graph;
mod lanes;
mod model;
mod moving;
mod nodes;
mod outbox;
mod plugins;
mod postgres;
mod report;
mod sandbox;
mod store;
mod swap;
mod talk;
mod webhook;
