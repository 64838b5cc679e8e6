//! Forwarding to the legacy service: messages of people outside the rollout go on to it, signed as Meta signs them.
//!
//! A message is forwarded by the turn of its lane, so a person's messages keep their order and each goes either to an
//! agent or to the legacy service. It waits in the outbox like a reply, with retries and dead letters.

mod forwarder;
mod split;
mod watch;

use std::{collections::HashMap, net::SocketAddr};

pub use forwarder::Forwarder;
pub use split::{MessageRef, split};
pub use watch::{LegacyFailure, LegacyWatch};

use switchboard_core::inbox::{Delivery, Inbound, Item, Kind, Sender};

/// The URLs of the legacy service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// `LEGACY_WEBHOOK_URL`.
    default: Option<String>,
    /// URLs by business number or agent, from `LEGACY_WEBHOOK_URLS`.
    named: HashMap<String, String>,
}

impl Targets {
    /// Parses `LEGACY_WEBHOOK_URL` and `LEGACY_WEBHOOK_URLS` (`100000000000001=https://…,jobs=https://…`). `own` is
    /// where this host listens: forwarding to itself is refused. Errors are sentences.
    pub fn parse(default: Option<&str>, named: Option<&str>, own: Option<SocketAddr>) -> Result<Targets, Vec<String>> {
        let mut wrong = Vec::new();
        let mut checked = |name: &str, url: &str| -> String {
            let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            match parsed {
                None => wrong.push(format!("{name}: `{url}` is no http or https address")),
                Some(parsed) if is_own(&parsed, own) => {
                    wrong.push(format!("{name}: `{url}` is this host itself; give the address of the legacy service"));
                }
                Some(_) => {}
            }
            url.to_owned()
        };
        let default = default.map(|url| checked("LEGACY_WEBHOOK_URL", url));
        let mut by_name = HashMap::new();
        let mut shapeless = Vec::new();
        for pair in named.unwrap_or_default().split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some((name, url)) => {
                    by_name.insert(name.trim().to_owned(), checked("LEGACY_WEBHOOK_URLS", url.trim()));
                }
                None => shapeless.push(format!(
                    "LEGACY_WEBHOOK_URLS: `{pair}` is no pair such as jobs=https://… or 100000000000001=https://…"
                )),
            }
        }
        wrong.extend(shapeless);
        if wrong.is_empty() { Ok(Targets { default, named: by_name }) } else { Err(wrong) }
    }

    /// Whether there is no legacy service: messages are held instead.
    pub fn is_empty(&self) -> bool {
        self.default.is_none() && self.named.is_empty()
    }

    /// All URLs.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.default.iter().chain(self.named.values()).map(String::as_str)
    }

    /// Whether any URL depends on the agent that a message is for.
    pub fn has_domains(&self) -> bool {
        self.named.keys().any(|name| !name.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The URL for a message to this business number, about this agent's domain.
    pub fn url(&self, business: &str, domain: Option<&str>) -> Option<&str> {
        let named = |name| self.named.get(name);
        named(business).or_else(|| named(domain?)).or(self.default.as_ref()).map(String::as_str)
    }
}

fn is_own(url: &reqwest::Url, own: Option<SocketAddr>) -> bool {
    let Some(own) = own else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here =
        host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip == own.ip() || ip.is_loopback());
    is_here && url.port_or_known_default() == Some(own.port())
}

/// Prepares a delivery for forwarding: adds inbound rows for what only the legacy service may need, which are
/// statuses of sends that are not ours, by their reference, and messages that are never answered (echoes, edits, changes of numbers).
pub fn prepare(delivery: &mut Delivery, is_ours: impl Fn(&str) -> bool) {
    delivery.forwards = true;
    let received_at = delivery.received_at;
    let more = |item: &Item| -> Option<Inbound> {
        match item {
            Item::Status(status) if !status.reference.as_deref().is_some_and(&is_ours) => {
                let recipient = status.recipient.as_deref()?;
                let phone = switchboard_core::phone::Phone::parse(recipient).ok();
                let user_id = phone.is_none().then(|| recipient.to_owned());
                Some(Inbound {
                    business: status.business.clone(),
                    // Each status of a message once.
                    wamid: format!("{}#{}", status.wamid, status.status),
                    kind: Kind::Status,
                    sender: Sender { phone, user_id, ..Sender::default() },
                    sent_at: status.at,
                    content: switchboard_core::contract::types::Content::Unsupported("status".into()),
                    quotes: None,
                    extras: Vec::new(),
                })
            }
            Item::Identity(change) => Some(Inbound {
                business: change.business.clone(),
                wamid: change.wamid.clone(),
                kind: Kind::Silent,
                // What they were known by before is theirs no more.
                sender: change.after.clone(),
                sent_at: received_at,
                content: switchboard_core::contract::types::Content::Unsupported("system".into()),
                quotes: None,
                extras: Vec::new(),
            }),
            _ => None,
        }
    };
    let more: Vec<Item> = delivery.items.iter().filter_map(more).map(Item::Message).collect();
    delivery.items.extend(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_goes_before_the_domain_and_both_before_the_rest() {
        let named = "100=https://old/number, jobs=https://old/jobs";
        let targets = Targets::parse(Some("https://old/all"), Some(named), None).expect("targets");
        assert_eq!(targets.url("100", Some("jobs")), Some("https://old/number"));
        assert_eq!(targets.url("200", Some("jobs")), Some("https://old/jobs"));
        assert_eq!(targets.url("200", None), Some("https://old/all"));
        assert!(targets.has_domains() && Targets::default().is_empty());
    }

    #[test]
    fn wrong_addresses_and_this_host_itself_are_refused() {
        let own = Some("127.0.0.1:8080".parse().expect("an address"));
        for (default, named, says) in [
            (Some("old"), None, "no http"),
            (None, Some("jobs"), "no pair"),
            (Some("http://localhost:8080/webhook"), None, "itself"),
            (None, Some("jobs=http://127.0.0.1:8080/"), "itself"),
        ] {
            let wrong = Targets::parse(default, named, own).expect_err(says);
            assert!(wrong[0].contains(says), "{wrong:?}");
        }
        assert!(Targets::parse(Some("http://127.0.0.1:9090/"), None, own).is_ok());
    }
}
