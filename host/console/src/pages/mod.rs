//! The pages: each is a struct with what it shows, and renders itself as HTML.

mod overview;
mod problem;
mod sign_in;
mod waiting;

pub use overview::{Change, Figures, OverviewPage};
pub use problem::ProblemPage;
pub use sign_in::{SignInPage, SignInProblem};
pub use waiting::{DeadGroup, DeadRow, Finding, HostRow, Queue, Reason, WaitingPage};
