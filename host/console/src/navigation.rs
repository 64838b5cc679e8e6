//! The navigation: the console’s pages, who sees them, and which of them are in the bar on a telephone.

use crate::{Icon, Texts, icon};
use switchboard_core::operator::OperatorRole;

/// A page of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Who waits for a human, and conversations with them.
    Inbox,
    /// Answered messages.
    Turns,
    /// The phone of made-up people.
    Phone,
    /// How the service is.
    Overview,
    /// The agents and their versions.
    Agents,
    /// Who is served, and when more people are.
    Rollout,
    /// What did not arrive, hosts and problems.
    Waiting,
    /// One person: whether they are served, and what is held about them.
    People,
    /// Who did what.
    Audit,
    /// Operators and ready answers.
    Settings,
    /// None of them: an error, a card.
    None,
}

/// A link of the navigation.
pub struct Link {
    /// The page.
    pub place: Place,
    /// Its address.
    pub href: &'static str,
    /// The least role that sees it.
    pub role: OperatorRole,
    icon: &'static str,
    name: Named,
}

/// What a link or a heading is called in a language.
type Named = fn(&Texts) -> &'static str;

/// The navigation, in groups: each with its heading and its links.
pub(super) const NAVIGATION: &[(Named, &[Link])] = &[
    (
        |t| t.frame.nav_people,
        &[
            Link {
                place: Place::Inbox,
                href: "/inbox",
                role: OperatorRole::Support,
                icon: "inbox",
                name: |t| t.frame.inbox,
            },
            Link {
                place: Place::Turns,
                href: "/turns",
                role: OperatorRole::Support,
                icon: "messages-square",
                name: |t| t.frame.conversations,
            },
            Link {
                place: Place::People,
                href: "/people",
                role: OperatorRole::Support,
                icon: "user-search",
                name: |t| t.frame.find_person,
            },
            Link {
                place: Place::Phone,
                href: "/phone",
                role: OperatorRole::Support,
                icon: "smartphone",
                name: |t| t.frame.phone,
            },
        ],
    ),
    (
        |t| t.frame.nav_service,
        &[
            Link {
                place: Place::Overview,
                href: "/",
                role: OperatorRole::Viewer,
                icon: "gauge",
                name: |t| t.frame.overview,
            },
            Link {
                place: Place::Agents,
                href: "/agents",
                role: OperatorRole::Viewer,
                icon: "blocks",
                name: |t| t.frame.agents,
            },
            Link {
                place: Place::Rollout,
                href: "/rollout",
                role: OperatorRole::Viewer,
                icon: "git-branch",
                name: |t| t.frame.rollout,
            },
            Link {
                place: Place::Waiting,
                href: "/waiting",
                role: OperatorRole::Viewer,
                icon: "hourglass",
                name: |t| t.frame.waiting,
            },
        ],
    ),
    (
        |t| t.frame.nav_workspace,
        &[
            Link {
                place: Place::Audit,
                href: "/audit",
                role: OperatorRole::Viewer,
                icon: "scroll-text",
                name: |t| t.frame.audit,
            },
            Link {
                place: Place::Settings,
                href: "/settings",
                role: OperatorRole::Admin,
                icon: "settings",
                name: |t| t.frame.settings,
            },
        ],
    ),
];

/// Links of the bar on a telephone, the most wanted first, and how many fit.
pub(super) const TABS: [Place; 6] =
    [Place::Inbox, Place::Overview, Place::Turns, Place::Agents, Place::Rollout, Place::Waiting];

pub(super) const TABS_MAX: usize = 4;

impl Link {
    /// Its icon.
    pub fn icon(&self) -> Icon {
        icon(self.icon)
    }

    /// Its name in a language.
    pub fn name(&self, t: &Texts) -> &'static str {
        (self.name)(t)
    }
}
