//! From interest to contact: the owner's policy decides, or the owner does.

use agent_sdk::{Language, Notice, Outcome, Problem, Result, Turn, find, matches, outreach, reply, tool, tr};
use serde_json::json;

use crate::search;

tool! {
    "notify_matches": "Tells the owner of a listing that this person is interested.",
    pub(crate) struct NotifyMatches {
        listing_id: String = "The listing's id, as search_listings gave it.",
    }
}

/// The person wants to reach the owner of a listing.
pub(crate) fn ask(listing: &str, language: Language) -> Result<Outcome> {
    let found = match matches::propose(listing) {
        Ok(found) => found,
        Err(Problem::NotFound | Problem::Invalid(_)) => return Ok(search::gone(language)),
        Err(Problem::Denied(_)) => {
            let body = tr!(
                "The seller does not give out a number for this.",
                "Le vendeur ne donne pas son numéro pour cette annonce.",
                "Nyiracyo ntatanga nimero.",
                "Muuzaji hatoi namba."
            );
            return Ok(crate::menu(language, body.get(language)));
        }
        Err(problem) => return Err(problem.into()),
    };
    match found.status {
        matches::Status::Accepted => {
            let body =
                tr!("Here is how to reach the seller of *{title}*:", "Voici comment joindre le vendeur de *{title}* :");
            Ok(Outcome::say(reply::contact(&found.id, body.with(language, &[("title", &found.title)]))))
        }
        matches::Status::Rejected => {
            let body = tr!(
                "The seller does not want to be contacted about this.",
                "Le vendeur ne souhaite pas être contacté à ce sujet."
            );
            Ok(crate::menu(language, body.get(language)))
        }
        _ => {
            outreach::notify(
                &outreach::Recipient::MatchOther(found.id),
                "contact-asked",
                &json!({ "title": found.title }).to_string(),
            )?;
            let body = tr!(
                "I asked the seller, and tell you as soon as they answer.",
                "J'ai demandé au vendeur et je vous préviens dès qu'il répond.",
                "Nabajije nyiracyo, nzakubwira asubije.",
                "Nimemuuliza muuzaji, nitakuambia akijibu."
            );
            let back = find::back_to_list(language);
            Ok(Outcome::say(reply::choices(language, body.get(language), vec![back])))
        }
    }
}

/// The owner's answer.
pub(crate) fn answer(turn: &Turn, id: &str, shares: bool, language: Language) -> Result<Outcome> {
    let found = match matches::get(id) {
        Ok(found) if found.side == matches::Side::Owner => found,
        Ok(_) | Err(Problem::NotFound | Problem::Invalid(_)) => return Ok(search::gone(language)),
        Err(problem) => return Err(problem.into()),
    };
    if matches!(found.status, matches::Status::Accepted | matches::Status::Rejected) {
        let body =
            tr!("You have already answered that.", "Vous avez déjà répondu.", "Wamaze gusubiza.", "Tayari umejibu.");
        return Ok(Outcome::say(reply::text(body.get(language))).beside_flow(turn));
    }
    let (status, kind) = if shares {
        (matches::Status::Accepted, "contact-given")
    } else {
        (matches::Status::Rejected, "contact-refused")
    };
    matches::answer(id, status)?;
    outreach::notify(
        &outreach::Recipient::MatchOther(id.to_owned()),
        kind,
        &json!({ "title": found.title }).to_string(),
    )?;
    let body = if shares {
        tr!(
            "Done: they have your contact now.",
            "C'est fait : votre contact a été transmis.",
            "Byakozwe: bahawe nimero yawe.",
            "Tayari: wamepata namba yako."
        )
    } else {
        tr!(
            "Fine, your number stays with us.",
            "D'accord, votre numéro n'a pas été donné.",
            "Ni byiza, nimero yawe ntiyatanzwe.",
            "Sawa, namba yako haikutolewa."
        )
    };
    Ok(Outcome::say(reply::text(body.get(language))).beside_flow(turn))
}

/// Word from the other side.
pub(crate) fn notice(turn: &Turn, notice: &Notice, language: Language) -> Result<Outcome> {
    let Some(id) = &notice.match_ else { return Ok(Outcome::say_all(Vec::new()).beside_flow(turn)) };
    let found = match matches::get(id) {
        Ok(found) => found,
        Err(Problem::NotFound) => return Ok(Outcome::say_all(Vec::new()).beside_flow(turn)),
        Err(problem) => return Err(problem.into()),
    };
    let name = found.other_name.as_deref().unwrap_or("👤");
    let values = [("title", found.title.as_str()), ("name", name)];
    let replies = match notice.kind.as_str() {
        "contact-asked" => {
            let body = tr!(
                "📬 {name} is interested in *{title}*. May I give them your number?",
                "📬 {name} s'intéresse à *{title}*. Puis-je lui donner votre numéro ?",
                "📬 {name} yifuza *{title}*. Muhe nimero yawe?",
                "📬 {name} anapenda *{title}*. Nimpe namba yako?"
            );
            let choices = vec![
                reply::choice(format!("share:{id}"), tr!("Share", "Donner", "Yitange", "Mpe").get(language)),
                reply::choice(format!("decline:{id}"), tr!("Decline", "Refuser", "Oya", "Kataa").get(language)),
            ];
            vec![reply::choices(language, body.with(language, &values), choices)]
        }
        "contact-given" => {
            let body = tr!(
                "🎉 The seller of *{title}* agreed. Here is the contact:",
                "🎉 Le vendeur de *{title}* est d'accord. Voici le contact :"
            );
            vec![reply::contact(id, body.with(language, &values))]
        }
        "contact-refused" => {
            let body = tr!(
                "The seller of *{title}* prefers not to be contacted.",
                "Le vendeur de *{title}* préfère ne pas être contacté."
            );
            vec![reply::text(body.with(language, &values))]
        }
        _ => Vec::new(),
    };
    Ok(Outcome::say_all(replies).beside_flow(turn))
}
