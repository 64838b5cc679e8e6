//! A trip on its way: begun, finished, and the word on it to those who ride along.

use agent_sdk::{
    Language, Notice, Outcome, Result, Text, Value, applications,
    board::{any, attribute},
    listings::{self, Draft, Listing, Status},
    outreach, reply, schedule, tr, words,
};
use serde_json::json;

use crate::{BOARD, OFFER};

/// Passengers that are told in one turn; the host allows five.
const TOLD_MAX: usize = 5;

/// A ride is taken off the board this long after its time.
const AFTER_MS: u64 = 3 * 60 * 60 * 1000;

/// Sees to it that a ride does not stay on the board when its time is over.
pub(crate) fn forget_after(listing: &str, leaves: u64) -> Result<()> {
    let data = json!({ "listing": listing }).to_string();
    Ok(schedule::set(&format!("past:{listing}"), leaves + AFTER_MS, "trip-past", &data)?)
}

fn state(listing: &Listing) -> String {
    attribute(&listing.draft.attributes, "state").unwrap_or_default()
}

pub(crate) fn may_begin(listing: &Listing) -> bool {
    listing.draft.category.as_deref() == Some(OFFER) && listing.status == Status::Active && state(listing).is_empty()
}

pub(crate) fn may_finish(listing: &Listing) -> bool {
    listing.status == Status::Active && state(listing) == "under_way"
}

/// The driver sets off: passengers whom they accepted are told.
pub(crate) fn begin(listing: &str, language: Language) -> Result<Outcome> {
    let Some(trip) = own(listing)?.filter(may_begin) else { return Ok(BOARD.menu(language, "")) };
    set_state(&trip, "under_way")?;
    tell(&trip, "trip-begun")?;
    let body = tr!(
        "🚦 *{title}* is under way. Drive safely!",
        "🚦 *{title}* est en route. Bonne route !",
        "🚦 *{title}* rwatangiye. Urugendo rwiza!",
        "🚦 *{title}* imeanza. Safari njema!"
    );
    let choices = vec![
        reply::choice(
            format!("finish:{listing}"),
            tr!("🏁 Finish the trip", "🏁 Terminer", "🏁 Soza urugendo", "🏁 Maliza safari").get(language),
        ),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.with(language, &[("title", &trip.draft.title)]), choices))
        .tag("trip", "begun"))
}

/// The trip is over: it leaves the board.
pub(crate) fn finish(listing: &str, language: Language) -> Result<Outcome> {
    let Some(trip) = own(listing)?.filter(may_finish) else { return Ok(BOARD.menu(language, "")) };
    set_state(&trip, "done")?;
    listings::set_status(&trip.id, Status::Removed)?;
    tell(&trip, "trip-over")?;
    let body = tr!(
        "🏁 *{title}* is over. Thank you!",
        "🏁 *{title}* est terminé. Merci !",
        "🏁 *{title}* rwarangiye. Urakoze!",
        "🏁 *{title}* imekwisha. Asante!"
    );
    Ok(BOARD.menu(language, &body.with(language, &[("title", &trip.draft.title)])).tag("trip", "over"))
}

fn own(listing: &str) -> Result<Option<Listing>> {
    Ok(any(listing)?.filter(|listing| listing.mine))
}

fn set_state(trip: &Listing, state: &str) -> Result<()> {
    let mut attributes: Value = serde_json::from_str(&trip.draft.attributes).unwrap_or_default();
    attributes["state"] = json!(state);
    Ok(listings::update(&trip.id, &Draft { attributes: attributes.to_string(), ..trip.draft.clone() })?)
}

fn tell(trip: &Listing, kind: &str) -> Result<()> {
    let riding =
        applications::received(&trip.id)?.into_iter().filter(|one| one.status == applications::Status::Accepted);
    for passenger in riding.take(TOLD_MAX) {
        let data = json!({ "title": trip.draft.title }).to_string();
        outreach::notify(&outreach::Recipient::ApplicationOther(passenger.id), kind, &data)?;
    }
    Ok(())
}

/// Word on a trip; none if the notice is about something else.
pub(crate) fn noticed(notice: &Notice, language: Language) -> Result<Option<Outcome>> {
    let data: Value = serde_json::from_str(&notice.data).unwrap_or_default();
    let title = words::cut(data["title"].as_str().unwrap_or_default(), 80);
    let text: Text = match notice.kind.as_str() {
        "trip-begun" => tr!(
            "🚦 Your driver has set off: *{title}*",
            "🚦 Votre chauffeur est parti : *{title}*",
            "🚦 Umushoferi wawe yahagurutse: *{title}*",
            "🚦 Dereva wako ameondoka: *{title}*"
        ),
        "trip-over" => tr!(
            "🏁 *{title}* is over. Thank you for riding along!",
            "🏁 *{title}* est terminé. Merci !",
            "🏁 *{title}* rwarangiye. Urakoze!",
            "🏁 *{title}* imekwisha. Asante!"
        ),
        "trip-past" => {
            if let Some(trip) =
                own(data["listing"].as_str().unwrap_or_default())?.filter(|trip| trip.status == Status::Active)
            {
                listings::set_status(&trip.id, Status::Removed)?;
            }
            return Ok(Some(Outcome::say_all(Vec::new())));
        }
        "trip-soon" => match goes(data["listing"].as_str().unwrap_or_default())? {
            true => tr!(
                "⏰ In an hour: *{title}*",
                "⏰ Dans une heure : *{title}*",
                "⏰ Mu isaha imwe: *{title}*",
                "⏰ Baada ya saa moja: *{title}*"
            ),
            false => return Ok(Some(Outcome::say_all(Vec::new()))),
        },
        _ => return Ok(None),
    };
    let choices = vec![
        reply::choice(
            "mine",
            tr!("🗂️ My rides", "🗂️ Mes trajets", "🗂️ Ingendo zanjye", "🗂️ Safari zangu").get(language),
        ),
        reply::menu_choice(language),
    ];

    Ok(Some(Outcome::say(reply::choices(language, text.with(language, &[("title", &title)]), choices))))
}

/// Whether this person still goes on a trip: it is their own, or its driver has accepted them.
fn goes(listing: &str) -> Result<bool> {
    if own(listing)?.is_some_and(|trip| trip.status == Status::Active) {
        return Ok(true);
    }
    let accepted =
        |one: &applications::Application| one.listing == listing && one.status == applications::Status::Accepted;
    Ok(applications::mine()?.iter().any(accepted))
}
