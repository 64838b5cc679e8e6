//! How the console's pages look: templates, texts in English and French, style sheet, script and icons.
//!
//! A page is a struct in [`pages`] that the host fills and renders; its template is in `templates/`. All pages stand in the [`Frame`]:
//! navigation, top bar and sign-out. What is shown is decided in the host: this crate has no logic of the service, reads nothing, and
//! prints what it is given. A number that must not be seen is masked before it comes here.

mod assets;
mod chart;
mod format;
mod frame;
mod navigation;
mod icons;
mod language;
pub mod pages;
mod texts;

pub use assets::{Asset, asset, asset_path};
pub use chart::{Chart, ChartLimit, Point, Shape, Spark, round_marks};
pub use format::{Clock, initials, tone};
pub use frame::{Bar, Frame, Level, Look, Notice, Theme, Visitor};
pub use icons::{Icon, icon};
pub use language::Language;
pub use navigation::Place;
pub use texts::Texts;
