//! The person's own jobs and applications.

use agent_sdk::{Language, Outcome, Problem, Result, applications, listings, reply, tr, words};

use crate::{apply, search};

/// Rows of each kind in the overview, so that both have room.
const JOBS_SHOWN: usize = 5;

/// Jobs posted and applications made, in one list.
pub(crate) fn all(language: Language) -> Result<Outcome> {
    let jobs = listings::mine()?;
    let applications = applications::mine()?;
    if jobs.is_empty() && applications.is_empty() {
        let none = tr!(
            "You have no jobs or applications yet.",
            "Vous n'avez encore ni offre ni candidature.",
            "Nta kazi cyangwa ubusabe ufite.",
            "Huna kazi wala maombi bado."
        );
        return Ok(crate::menu(language, none.get(language)));
    }
    let mut posted = Vec::new();
    for job in jobs.iter().take(JOBS_SHOWN) {
        let count = applications::received(&job.id)?.len().to_string();
        let line = tr!("{count} application(s)", "{count} candidature(s)", "Abasabye: {count}", "Waombaji: {count}")
            .with(language, &[("count", &count)]);
        let line = format!("{} · {line}", state(job.status, language));
        posted.push(reply::choice(format!("posted:{}", job.id), &job.draft.title).line(&line));
    }
    let made = applications.iter().take(reply::ROWS_MAX - posted.len()).map(|application| {
        reply::choice(format!("job:{}", application.listing), &application.title)
            .line(standing(application.status, language))
    });
    let sections = vec![
        (tr!("My jobs", "Mes offres", "Akazi kanjye", "Kazi zangu").get(language).to_owned(), posted),
        (
            tr!("My applications", "Mes candidatures", "Ubusabe bwanjye", "Maombi yangu").get(language).to_owned(),
            made.collect(),
        ),
    ];
    let body = tr!(
        "What you posted and applied for:",
        "Vos offres et candidatures :",
        "Ibyo watanze n'ibyo wasabye:",
        "Ulivyotangaza na kuomba:"
    );
    Ok(Outcome::say(reply::sections(language, body.get(language).to_owned(), sections, true)))
}

/// One of the person's own jobs, with those who applied.
pub(crate) fn posted(id: &str, language: Language) -> Result<Outcome> {
    let Some(job) = own(id)? else { return Ok(search::gone(language)) };
    let received = applications::received(&job.id)?;
    let mut rows: Vec<_> = received
        .iter()
        .take(reply::PAGE_ROWS)
        .map(|application| {
            let name = application.applicant_name.as_deref().unwrap_or("👤");
            let line = format!("{} · {}", standing(application.status, language), application.message);
            reply::choice(format!("who:{}/{}", job.id, application.id), name).line(&line)
        })
        .collect();
    if job.status == listings::Status::Active {
        rows.push(reply::choice(
            format!("close:{}", job.id),
            tr!("🔒 Close this job", "🔒 Fermer l'offre", "🔒 Funga akazi", "🔒 Funga kazi").get(language),
        ));
    } else {
        rows.push(reply::choice(
            format!("reopen:{}", job.id),
            tr!("🔓 Open it again", "🔓 Rouvrir l'offre", "🔓 Ongera ufungure", "🔓 Fungua tena").get(language),
        ));
    }
    let count = received.len().to_string();
    let body = tr!("*{title}* ({state}), {count} application(s).", "*{title}* ({state}), {count} candidature(s).");
    let values = [("title", job.draft.title.as_str()), ("state", state(job.status, language)), ("count", &count)];
    Ok(Outcome::say(reply::choices(language, body.with(language, &values), rows)))
}

/// One applicant, and the answer to give.
pub(crate) fn applicant(ids: &str, language: Language) -> Result<Outcome> {
    let Some(application) = apply::received(ids)? else { return Ok(search::gone(language)) };
    let name = application.applicant_name.as_deref().unwrap_or("👤");
    let body =
        format!("*{name}* – {}\n\n{}", standing(application.status, language), words::cut(&application.message, 800));
    let back =
        reply::choice(format!("posted:{}", application.listing), tr!("Back", "Retour", "Inyuma", "Rudi").get(language));
    let mut choices = Vec::new();
    if application.status == applications::Status::Pending {
        choices.push(reply::choice(
            format!("accept:{ids}"),
            tr!("✅ Accept", "✅ Accepter", "✅ Emera", "✅ Kubali").get(language),
        ));
        choices
            .push(reply::choice(format!("reject:{ids}"), tr!("Decline", "Refuser", "Hakana", "Kataa").get(language)));
    }
    choices.push(back);
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

/// Closes a job, with a way back.
pub(crate) fn close(id: &str, language: Language) -> Result<Outcome> {
    let Some(job) = own(id)? else { return Ok(search::gone(language)) };
    listings::set_status(&job.id, listings::Status::Removed)?;
    let body = tr!(
        "Closed: nobody finds this job any more.",
        "Fermée : plus personne ne trouve cette offre.",
        "Byafunzwe.",
        "Imefungwa."
    );
    let undo = reply::choice(format!("reopen:{id}"), tr!("Undo", "Rouvrir", "Subiza", "Rudisha").get(language));
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![undo, reply::menu_choice(language)])))
}

/// Opens a job again.
pub(crate) fn reopen(id: &str, language: Language) -> Result<Outcome> {
    let Some(job) = own(id)? else { return Ok(search::gone(language)) };
    listings::set_status(&job.id, listings::Status::Active)?;
    Ok(crate::menu(
        language,
        tr!(
            "Your job is open again.",
            "Votre offre est de nouveau ouverte.",
            "Akazi kongeye gufungurwa.",
            "Kazi iko wazi tena."
        )
        .get(language),
    ))
}

fn own(id: &str) -> Result<Option<listings::Listing>> {
    match listings::get(id) {
        Ok(job) => Ok(Some(job).filter(|job| job.mine)),
        Err(Problem::NotFound | Problem::Invalid(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

fn state(status: listings::Status, language: Language) -> &'static str {
    match status {
        listings::Status::Active => tr!("open", "ouverte", "karafunguye", "wazi").get(language),
        _ => tr!("closed", "fermée", "karafunze", "imefungwa").get(language),
    }
}

fn standing(status: applications::Status, language: Language) -> &'static str {
    match status {
        applications::Status::Pending => tr!("⏳ waiting", "⏳ en attente", "⏳ birategerejwe", "⏳ inasubiri"),
        applications::Status::Accepted => tr!("✅ accepted", "✅ acceptée", "✅ byemewe", "✅ imekubaliwa"),
        applications::Status::Rejected => tr!("❌ declined", "❌ refusée", "❌ byanzwe", "❌ imekataliwa"),
        applications::Status::Withdrawn => tr!("withdrawn", "retirée", "byakuweho", "imeondolewa"),
    }
    .get(language)
}
