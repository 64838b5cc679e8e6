//! The pages: each is a struct with what it shows, and renders itself as HTML.

mod audit;
mod inbox;
mod overview;
mod problem;
mod settings;
mod sign_in;
mod waiting;

pub use audit::AuditPage;
pub use inbox::{InboxPage, Item, Said, Tab, Talk, Tick, TicketView, Window};
pub use overview::{Change, Figures, OverviewPage};
pub use problem::ProblemPage;
pub use settings::{CannedView, OperatorView, SettingsPage};
pub use sign_in::{SignInPage, SignInProblem};
pub use waiting::{DeadGroup, DeadRow, Finding, HostRow, Queue, Reason, WaitingPage};
