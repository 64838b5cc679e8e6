//! An agent that answers each notice by notifying five others, and each firing of a timer by setting it anew, for as long as it may.

use agent_sdk::{
    Agent, Content, Language, Outcome, Problem, Profile, Result, Turn, export,
    listings::{self, ContactPolicy, Draft, Query},
    outreach::{self, Recipient},
    reply, schedule, tr,
};

struct Chain;

export!(Chain);

impl Agent for Chain {
    fn profile() -> Profile {
        Profile::new("chain", env!("CARGO_PKG_VERSION"), "Goes on and on.")
            .titled(tr!("Chain", "Chain"), tr!("Goes on", "Goes on"))
            .keywords(Language::En, "chain 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let asked = match &turn.message.content {
            Content::Notice(notice) => notice.kind.clone(),
            _ => turn.text().unwrap_or_default().trim_start_matches("chain ").to_owned(),
        };
        let said = match asked.as_str() {
            "list" => format!("listed {}", listings::create(&offer())?),
            "go" => pass_on()?,
            "tick" => match schedule::set("tick", 0, "tick", "{}") {
                Ok(()) => "tick".to_owned(),
                Err(problem) => word(&problem),
            },
            other => format!("chain heard {other}"),
        };
        Ok(Outcome::say(reply::text(said)))
    }
}

/// Notifies the owners of five offers.
fn pass_on() -> Result<String> {
    let found = listings::search(&everything())?;
    let told = found.iter().take(5).map(|listing| {
        match outreach::notify(&Recipient::ListingOwner(listing.id.clone()), "go", "{}") {
            Ok(()) => "told".to_owned(),
            Err(problem) => word(&problem),
        }
    });
    Ok(told.collect::<Vec<_>>().join(", "))
}

fn word(problem: &Problem) -> String {
    match problem {
        Problem::Denied(why) => format!("denied: {why}"),
        Problem::Limit(which) => format!("limit: {which}"),
        _ => "another problem".to_owned(),
    }
}

fn offer() -> Draft {
    Draft {
        kind: "product".into(),
        title: "A link of a chain".into(),
        description: None,
        category: None,
        price: None,
        price_max: None,
        price_unit: None,
        place: None,
        attributes: "{}".into(),
        images: Vec::new(),
        contact: ContactPolicy::Ask,
    }
}

fn everything() -> Query {
    Query {
        words: "chain".into(),
        kind: None,
        category: None,
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: None,
        radius_km: None,
        limit: 5,
        offset: 0,
    }
}
