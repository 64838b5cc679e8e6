//! The pages: each is a struct with what it shows, and renders itself as HTML.

mod agent;
mod agents;
mod audit;
mod bubble;
mod happened;
mod inbox;
mod overview;
mod phone;
mod people;
mod problem;
mod replay;
mod rollout;
mod settings;
mod sign_in;
mod turn;
mod waiting;

pub use agent::{AgentPage, Decision, Does, Replayed, Trial, TrialRow, VersionRow};
pub use agents::{AgentCard, AgentsPage, Capability};
pub use audit::AuditPage;
pub use bubble::{Attachment, Bubble, Offer, Stands, Ticks};
pub use happened::{AgentRun, Call, FlowChange, Happened, ReadingLine, Score, TurnEnd};
pub use inbox::{InboxPage, Item, Said, Tab, Talk, Tick, TicketView, Window};
pub use overview::{AgentFigures, Change, Figure, Light, OverviewPage, Waits};
pub use people::{FindPersonPage, HeldRow, PersonPage};
pub use phone::{NoPhonePage, OtherTurn, PersonaLink, PhonePage, Quoted, Try};
pub use problem::ProblemPage;
pub use replay::{AcceptKind, DifferenceRow, ReplayPage, ReplayedTurn};
pub use rollout::{Leg, LimitRow, RolloutPage, Step};
pub use settings::{CannedView, NumberView, OperatorView, SettingsPage};
pub use sign_in::{SignInPage, SignInProblem};
pub use turn::{Fall, Filter, Milestone, TurnPage, TurnRow, TurnsPage};
pub use waiting::{DeadGroup, DeadRow, Finding, HostRow, Queue, Reason, WaitingPage};
