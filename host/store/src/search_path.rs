//! Where Postgres looks for the tables and functions that statements name: the host's own schema first, then `public`.
//!
//! A session keeps [`SET`] from when it is made. Behind a pooler in transaction mode the next transaction may be in another session, so
//! each begins with [`BEGIN`] there, in the same message as its `begin`: nothing has to be set for the role or the database, and
//! nothing stays behind in a session that others use too.

/// Sets it for a session.
pub(crate) const SET: &str = "set search_path = switchboard, public";

/// Begins a transaction that has it.
pub(crate) const BEGIN: &str = "begin; set local search_path = switchboard, public";
