//! The frame of every page: navigation, top bar, who is signed in.

use switchboard_core::operator::OperatorRole;

use super::navigation::{Link, NAVIGATION, Place, TABS, TABS_MAX};
use crate::{Clock, Icon, Language, Texts, asset_path, icon};

/// How the page is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Its name in the cookie and in the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of a name; the system's if there is none of that name.
    pub fn parse(name: &str) -> Theme {
        match name {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// The one that the switch gives next.
    pub fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Dark,
            Theme::Dark => Theme::Light,
            Theme::Light => Theme::System,
        }
    }
}

/// How somebody wants to see the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The language.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The operator's name.
    pub name: String,
    /// What they may do.
    pub role: OperatorRole,
    /// What every form carries: the session's own token.
    pub csrf: String,
}

/// How urgent something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    #[default]
    Fine,
    /// To be done today.
    Warn,
    /// To be done now.
    Bad,
}

impl Level {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Level::Fine => "ok",
            Level::Warn => "warn",
            Level::Bad => "bad",
        }
    }

    /// Its icon.
    pub fn icon(self) -> Icon {
        icon(match self {
            Level::Fine => "circle-check",
            Level::Warn => "triangle-alert",
            Level::Bad => "circle-x",
        })
    }
}

/// What the top bar and the navigation count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// The percentage of people served.
    pub percent: f64,
    /// How many problems stand.
    pub problems: i64,
    /// How urgent the worst of them is.
    pub worst: Level,
    /// People who wait for a human.
    pub waits: i64,
    /// Messages, replies and forwards that were given up.
    pub dead: i64,
}

/// What the page says first: what was done, or why it was not.
#[derive(Clone, Debug)]
pub struct Notice {
    /// How it went.
    pub level: Level,
    /// A sentence.
    pub words: String,
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The title, which is the page's heading too.
    pub title: String,
    /// Where it stands in the navigation.
    pub place: Place,
    /// Its address with its query: where the forms of the frame lead back to.
    pub path: String,
    /// How it is seen.
    pub look: Look,
    /// The texts.
    pub t: &'static Texts,
    /// Who is signed in.
    pub visitor: Visitor,
    /// The time, and the zone of all times.
    pub clock: Clock,
    /// What is counted; none while the database does not answer.
    pub bar: Option<Bar>,
    /// What the page says first.
    pub notice: Option<Notice>,
    /// Topics of `/events`, with commas between them: when one changes, the parts of the page that show it are asked for again.
    pub topics: String,
    /// Whether the page fills the window and scrolls in its parts.
    pub is_full: bool,
}

impl Frame {
    /// The language.
    pub fn language(&self) -> Language {
        self.look.language
    }

    /// The language that the switch offers.
    pub fn other_language(&self) -> Language {
        match self.look.language {
            Language::En => Language::Fr,
            Language::Fr => Language::En,
        }
    }

    /// The address of a file that pages load.
    pub fn asset(&self, name: &str) -> String {
        asset_path(name)
    }

    /// An icon by its name.
    pub fn icon(&self, name: &str) -> Icon {
        icon(name)
    }

    /// Whether the visitor's role is at least this one.
    pub fn may(&self, role: OperatorRole) -> bool {
        self.visitor.role >= role
    }

    /// Whether the visitor works at the desk.
    pub fn may_support(&self) -> bool {
        self.may(OperatorRole::Support)
    }

    /// Whether the visitor runs the service.
    pub fn may_operate(&self) -> bool {
        self.may(OperatorRole::Operator)
    }

    /// Whether the visitor administers operators and people's data.
    pub fn may_administer(&self) -> bool {
        self.may(OperatorRole::Admin)
    }

    /// The visitor's role, in the language.
    pub fn role(&self) -> &'static str {
        match self.visitor.role {
            OperatorRole::Viewer => self.t.frame.role_viewer,
            OperatorRole::Support => self.t.frame.role_support,
            OperatorRole::Operator => self.t.frame.role_operator,
            OperatorRole::Admin => self.t.frame.role_admin,
        }
    }

    /// The groups of the navigation that the visitor sees.
    pub fn navigation(&self) -> Vec<(&'static str, Vec<&'static Link>)> {
        let groups = NAVIGATION.iter().map(|(heading, links)| {
            let seen = links.iter().filter(|link| self.may(link.role)).collect::<Vec<_>>();
            (heading(self.t), seen)
        });
        groups.filter(|(_, links)| !links.is_empty()).collect()
    }

    /// The links of the bar on a telephone: as many as fit.
    pub fn tabs(&self) -> Vec<&'static Link> {
        let wanted = TABS.iter().filter_map(|place| self.links().find(|link| link.place == *place));
        wanted.take(TABS_MAX).collect()
    }

    /// The links that do not fit there.
    pub fn more_links(&self) -> Vec<&'static Link> {
        let tabs = self.tabs();
        self.links().filter(|link| !tabs.iter().any(|tab| tab.place == link.place)).collect()
    }

    fn links(&self) -> impl Iterator<Item = &'static Link> {
        self.navigation().into_iter().flat_map(|(_, links)| links)
    }

    /// The count beside a link of the navigation, with its class; none if there is nothing to count.
    pub fn count_of(&self, link: &Link) -> Option<(&'static str, String)> {
        let bar = self.bar.as_ref()?;
        let (class, n) = match link.place {
            Place::Inbox => ("hot", bar.waits),
            Place::Waiting => ("alarm", bar.dead),
            _ => return None,
        };
        (n > 0).then(|| (class, self.number(n)))
    }

    /// A whole number.
    pub fn number(&self, n: i64) -> String {
        self.language().count(n)
    }

    /// A share in percent.
    pub fn percent(&self, percent: f64) -> String {
        self.language().percent(percent)
    }

    /// A period in milliseconds.
    pub fn period(&self, ms: i64) -> String {
        self.language().period(ms)
    }

    /// How long ago a time in milliseconds is.
    pub fn ago(&self, ms: i64) -> String {
        self.language().period(self.clock.now - ms)
    }

    /// A time in milliseconds: the hour, and the day if it is not today.
    pub fn when(&self, ms: i64) -> String {
        self.clock.when(ms, self.language())
    }

    /// A time in milliseconds in UTC.
    pub fn utc(&self, ms: i64) -> String {
        self.clock.utc(ms)
    }

    /// A text for so many things: one, or more.
    pub fn plural(&self, one: &str, more: &str, n: i64) -> String {
        self.language().plural(one, more, n)
    }
}
