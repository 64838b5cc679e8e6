//! Tests that need several rooms of the host.

mod cluster;
mod shell;
mod stage;

mod alert;
mod api;
mod contract;
mod corpus;
mod crash;
mod desk;
mod doctor;
mod documents;
mod files;
mod flags;
mod graph;
mod lanes;
mod legacy;
mod model;
mod moving;
mod nodes;
mod outbox;
mod plugins;
mod postgres;
mod report;
mod rollback;
mod rollout;
mod sandbox;
mod simulation;
mod store;
mod swap;
mod talk;
mod versions;
mod wasi;
mod webhook;
