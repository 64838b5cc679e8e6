//! The person's own listings.

use agent_sdk::{Language, Outcome, Problem, Result, listings, money, reply, tr};

use crate::search;

pub(crate) const SOLD: listings::Status = listings::Status::Sold;
pub(crate) const REMOVED: listings::Status = listings::Status::Removed;
pub(crate) const ACTIVE: listings::Status = listings::Status::Active;

/// All of them, newest first.
pub(crate) fn all(language: Language) -> Result<Outcome> {
    let rows: Vec<_> = listings::mine()?
        .iter()
        .take(reply::ROWS_MAX)
        .map(|item| {
            let price = money::show(item.draft.price.as_ref(), item.draft.price_max.as_ref(), language);
            reply::choice(format!("own:{}", item.id), &item.draft.title)
                .line(&format!("{} · {price}", state(item.status, language)))
        })
        .collect();
    if rows.is_empty() {
        let none = tr!(
            "You have no listings yet.",
            "Vous n'avez pas encore d'annonce.",
            "Nta matangazo ufite.",
            "Huna matangazo bado."
        );
        return Ok(crate::menu(language, none.get(language)));
    }
    let body = tr!(
        "Your listings, newest first:",
        "Vos annonces, les plus récentes d'abord :",
        "Amatangazo yawe:",
        "Matangazo yako:"
    );
    Ok(Outcome::say(reply::list(language, body.get(language), rows)))
}

/// One of them, and what can be done with it.
pub(crate) fn one(id: &str, language: Language) -> Result<Outcome> {
    let Some(item) = own(id)? else { return Ok(search::gone(language)) };
    let price = money::show(item.draft.price.as_ref(), item.draft.price_max.as_ref(), language);
    let body = format!("*{}*\n💰 {price}\n{}", item.draft.title, state(item.status, language));
    let mut choices = if item.status == ACTIVE {
        vec![
            reply::choice(
                format!("sold:{id}"),
                tr!("Mark as sold", "Marquer vendu", "Byagurishijwe", "Imeuzwa").get(language),
            ),
            reply::choice(format!("remove:{id}"), tr!("Remove", "Retirer", "Kuraho", "Ondoa").get(language)),
        ]
    } else {
        vec![reply::choice(
            format!("restore:{id}"),
            tr!("List again", "Republier", "Ongera usohore", "Chapisha tena").get(language),
        )]
    };
    choices.push(reply::choice("mine", tr!("My listings", "Mes annonces", "Ibyanjye", "Yangu").get(language)));
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

/// Marks one as sold, removes it or lists it again; the first two can be undone.
pub(crate) fn set(id: &str, status: listings::Status, language: Language) -> Result<Outcome> {
    let Some(item) = own(id)? else { return Ok(search::gone(language)) };
    listings::set_status(&item.id, status)?;
    let body = format!("*{}*: {}", item.draft.title, state(status, language));
    let mut choices =
        vec![reply::choice("mine", tr!("My listings", "Mes annonces", "Ibyanjye", "Yangu").get(language))];
    if status != ACTIVE {
        choices.insert(
            0,
            reply::choice(format!("restore:{id}"), tr!("Undo", "Rétablir", "Subiza", "Rudisha").get(language)),
        );
    }
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

fn own(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(item) => Ok(Some(item).filter(|item| item.mine)),
        Err(Problem::NotFound | Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

fn state(status: listings::Status, language: Language) -> &'static str {
    match status {
        listings::Status::Active => tr!("for sale", "en vente", "kiragurishwa", "inauzwa"),
        listings::Status::Sold | listings::Status::Rented => tr!("sold", "vendu", "cyaragurishijwe", "imeuzwa"),
        listings::Status::Expired => tr!("expired", "expirée", "cyarangiye", "muda umeisha"),
        listings::Status::Removed => tr!("removed", "retirée", "cyakuweho", "imeondolewa"),
    }
    .get(language)
}
