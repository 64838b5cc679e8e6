//! The tables: for each of them all that is true of it beside its columns' types. Whose its rows are, what *export* gives out, what
//! *forget* leaves, how long rows live, and in which order a copy takes them.
//!
//! Copy, export, forget, merge, the counts of what is held and the sweep are made from [`ALL`]; `tests/it/tables.rs` holds it against the
//! catalogues of both databases.

mod agents;
mod all;
mod business;
mod desk;
mod description;
mod merge;
mod path;
mod people;
mod text;
mod unified;

pub use all::ALL;
pub use description::{Column, Copy, Export, Forget, Holds, Life, Merge, Owner, Period, Remains, Schema, Since, Table};
pub(crate) use merge::merge;
pub(crate) use text::{Sweep, Unit, export, forget, held, of_person, sweeps};
