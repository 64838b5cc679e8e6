//! Applying, hearing of it, and the answer. Both sides' contacts are given when the employer accepts: the applicant agreed by
//! applying, the employer by accepting.

use agent_sdk::{
    Answers, Flow, Language, Notice, Outcome, Problem, Result, Step, Turn, applications, find, matches, outreach,
    reply, tool, tr, words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::search;

tool! {
    "apply_to_job": "Applies for a job in the person's name.",
    pub(crate) struct ApplyToJob {
        job_id: String = "The job's id, as search_jobs gave it.",
        message: Option<String> = "Why the person fits.",
    }
}

pub(crate) const APPLY: Flow = Flow {
    name: "job_application",
    steps: &[Step::words(
        "start",
        tr!("Your message", "Votre message", "Ubutumwa bwawe", "Ujumbe wako"),
        tr!(
            "Why are you a good fit? A few sentences.",
            "Pourquoi êtes-vous la bonne personne ? En quelques phrases.",
            "Kuki ukwiye aka kazi? Mu nteruro nke.",
            "Kwa nini unafaa? Kwa sentensi chache."
        ),
        5,
        1_000,
    )],
    confirm: Some(tr!(
        "Your application. If the employer accepts it, you get each other's contact.",
        "Votre candidature. Si l'employeur l'accepte, vous recevez vos contacts l'un et l'autre.",
        "Ubusabe bwawe. Umukoresha nabwemera, muzahana nimero.",
        "Ombi lako. Mwajiri akilikubali, mtapeana namba."
    )),
    done: finish,
};

/// What an application carries of ours.
#[derive(Default, Serialize, Deserialize)]
struct Attributes {
    r#match: Option<String>,
}

/// Begins an application for a job.
pub(crate) fn begin(turn: &Turn, job: &str, language: Language) -> Result<Outcome> {
    let Some(job) = find::active(job)? else { return Ok(search::gone(language)) };
    if job.mine {
        return Ok(crate::menu(language, OWN_JOB.get(language)));
    }
    if applications::mine()?.iter().any(|application| application.listing == job.id) {
        return Ok(crate::menu(language, ALREADY.get(language)));
    }
    APPLY.begin(turn).with("job", job.id).ask_after(&format!("*{}*", job.draft.title))
}

const OWN_JOB: agent_sdk::Text =
    tr!("This is your own job.", "C'est votre propre offre.", "Aka kazi ni akawe.", "Hii ni kazi yako mwenyewe.");
const ALREADY: agent_sdk::Text = tr!(
    "You have already applied for this job.",
    "Vous avez déjà postulé à cette offre.",
    "Wamaze gusaba aka kazi.",
    "Tayari umeomba kazi hii."
);

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let job = answers.context("job").unwrap_or_default();
    // The match is what will let the two have each other's contact.
    let attributes = Attributes { r#match: matches::propose(job).ok().map(|found| found.id) };
    match applications::apply(job, "", answers.words("start").unwrap_or_default(), &json!(attributes).to_string()) {
        Ok(_) => {}
        Err(Problem::Conflict(_)) => return Ok(crate::menu(language, ALREADY.get(language))),
        Err(Problem::Denied(_)) => return Ok(crate::menu(language, OWN_JOB.get(language))),
        Err(Problem::NotFound) => return Ok(search::gone(language)),
        Err(problem) => return Err(problem.into()),
    }
    outreach::notify(
        &outreach::Recipient::ListingOwner(job.to_owned()),
        "applied",
        &json!({ "job": job }).to_string(),
    )?;
    let body = tr!(
        "✅ Your application is sent. I tell you what the employer answers.",
        "✅ Votre candidature est envoyée. Je vous dirai ce que répond l'employeur.",
        "✅ Ubusabe bwawe bwoherejwe. Nzakubwira igisubizo.",
        "✅ Ombi lako limetumwa. Nitakuambia jibu la mwajiri."
    );
    let mine = reply::choice(
        "mine",
        tr!("My applications", "Mes candidatures", "Ubusabe bwanjye", "Maombi yangu").get(language),
    );
    Ok(Outcome::say(reply::choices(language, body.get(language), vec![mine, reply::menu_choice(language)])))
}

/// An application to one of this person's jobs, by `job/application`; none if there is no such.
pub(crate) fn received(ids: &str) -> Result<Option<applications::Application>> {
    let Some((job, id)) = ids.split_once('/') else { return Ok(None) };
    match applications::received(job) {
        Ok(all) => Ok(all.into_iter().find(|application| application.id == id)),
        Err(Problem::NotFound | Problem::Invalid(_) | Problem::Denied(_)) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// The employer's answer.
pub(crate) fn answer(ids: &str, accepts: bool, language: Language) -> Result<Outcome> {
    let Some(application) = received(ids)? else { return Ok(search::gone(language)) };
    if application.status != applications::Status::Pending {
        let body = tr!("You have already answered this application.", "Vous avez déjà répondu à cette candidature.");
        return Ok(crate::menu(language, body.get(language)));
    }
    let status = if accepts { applications::Status::Accepted } else { applications::Status::Rejected };
    applications::answer(&application.id, status)?;
    let found: Attributes = serde_json::from_str(&application.attributes).unwrap_or_default();
    if let Some(id) = &found.r#match {
        matches::answer(id, if accepts { matches::Status::Accepted } else { matches::Status::Rejected })?;
    }
    let word = json!({ "accepted": accepts, "title": application.title, "match": found.r#match });
    let to = outreach::Recipient::ApplicationOther(application.id.clone());
    outreach::notify(&to, "answered", &word.to_string())?;
    let name = application.applicant_name.as_deref().unwrap_or("👤");
    let reply = match found.r#match.filter(|_| accepts) {
        Some(id) => {
            let body = tr!("✅ Accepted. Here is how to reach {name}:", "✅ Accepté. Voici comment joindre {name} :");
            reply::contact(&id, body.with(language, &[("name", name)]))
        }
        None if accepts => reply::text(
            tr!("✅ Accepted. I let {name} know.", "✅ Accepté. Je préviens {name}.").with(language, &[("name", name)]),
        ),
        None => reply::text(
            tr!("Declined. I let {name} know.", "Refusé. Je préviens {name}.").with(language, &[("name", name)]),
        ),
    };
    Ok(Outcome::say(reply))
}

/// What an answer says to the applicant.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    accepted: bool,
    title: String,
    r#match: Option<String>,
}

/// Word from the other side.
pub(crate) fn notice(turn: &Turn, notice: &Notice, language: Language) -> Result<Outcome> {
    let outcome = match (notice.kind.as_str(), &notice.listing) {
        ("applied", Some(job)) => {
            let body = tr!(
                "📬 Somebody applied for your job.",
                "📬 Quelqu'un a postulé à votre offre.",
                "📬 Hari uwasabye akazi kawe.",
                "📬 Mtu ameomba kazi yako."
            );
            let see =
                reply::choice(format!("posted:{job}"), tr!("See applications", "Voir", "Reba", "Tazama").get(language));
            Outcome::say(reply::choices(language, body.get(language), vec![see]))
        }
        ("answered", _) => {
            let word: Answered = serde_json::from_str(&notice.data).unwrap_or_default();
            let title = words::cut(&word.title, 80);
            let title = [("title", title.as_str())];
            let yes = tr!(
                "🎉 Good news: *{title}*, your application is accepted.",
                "🎉 Bonne nouvelle : *{title}*, votre candidature est acceptée."
            );
            let no = tr!(
                "*{title}*: the employer chose somebody else this time.",
                "*{title}* : l'employeur a choisi quelqu'un d'autre cette fois."
            );
            Outcome::say(match word.r#match.filter(|_| word.accepted) {
                Some(id) => reply::contact(&id, yes.with(language, &title)),
                None if word.accepted => reply::text(yes.with(language, &title)),
                None => reply::text(no.with(language, &title)),
            })
        }
        _ => Outcome::say_all(Vec::new()),
    };
    Ok(outcome.beside_flow(turn))
}
