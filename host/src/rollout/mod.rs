//! From few people to all, by a plan: steps that last a time, limits that must hold. A controller on one of the hosts follows the
//! plan or aborts; every decision is kept with the figures that caused it. A person may do each of these things by hand, and what
//! a person sets counts.

pub mod agents;
mod controller;
mod decide;
mod operate;
mod upload;
mod versions;

pub use controller::Controller;
pub use decide::{Decision, Seen, Sight, decide};
pub use operate::{Order, OrderError, order, start};
pub use upload::{UploadError, Uploaded, upload};
pub use versions::{History, Role, VersionError, VersionOrder, history, order_versions};
