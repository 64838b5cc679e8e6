//! What the author of an agent works with: projects, scaffolds of agents, builds of components, and the host that runs one agent while it
//! is being written.

mod build;
mod c;
mod embedded;
mod error;
mod kind;
mod new;
mod project;
mod session;
mod watch;

pub use build::{Profile, build};
pub use error::AuthorError;
pub use kind::Kind;
pub use new::{Made, new};
pub use project::Project;
pub use session::{Addresses, Session, SessionOptions, Tried};
pub use watch::{Change, Watch};
