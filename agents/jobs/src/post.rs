//! Posting a job.

use agent_sdk::{Answers, Flow, Language, Outcome, Result, Step, Turn, listings, money::Amount, reply, tool, tr};

use crate::CATEGORIES;

tool! {
    "create_job_listing": "Posts a job in the person's name.",
    pub(crate) struct CreateJobListing {
        title: String = "The job's title.",
        location: String = "Where the work is.",
        description: Option<String> = "What the work is.",
        category: Option<String> = "As in search_jobs.",
        salary_min: Option<u64> = "In the currency's unit, per month.",
        salary_max: Option<u64> = "In the currency's unit, per month.",
        requirements: Option<String> = "What the applicant must bring.",
    }
}

pub(crate) const POST: Flow = Flow {
    name: "job_posting",
    steps: &[
        Step::words(
            "start",
            tr!("Title", "Intitulé", "Umwanya", "Cheo"),
            tr!(
                "What is the job's title?",
                "Quel est l'intitulé du poste ?",
                "Umwanya witwa ute?",
                "Cheo cha kazi ni kipi?"
            ),
            3,
            80,
        ),
        Step::choice(
            "category",
            tr!("Kind of work", "Type d'emploi", "Ubwoko bw'akazi", "Aina ya kazi"),
            tr!(
                "What kind of work is it?",
                "De quel type d'emploi s'agit-il ?",
                "Ni akazi bwoko ki?",
                "Ni kazi ya aina gani?"
            ),
            CATEGORIES,
        ),
        Step::words(
            "description",
            tr!("Description", "Description", "Ibisobanuro", "Maelezo"),
            tr!(
                "Describe the work and what you expect.",
                "Décrivez le travail et ce que vous attendez.",
                "Sobanura akazi n'ibyo usaba.",
                "Eleza kazi na unachotarajia."
            ),
            10,
            1_500,
        ),
        Step::place(
            "location",
            tr!("Where", "Lieu", "Aho", "Mahali"),
            tr!(
                "Where is the work? Share a location or type a place.",
                "Où est le travail ? Partagez une position ou écrivez un lieu.",
                "Akazi kari he? Ohereza ahantu cyangwa uhandike.",
                "Kazi iko wapi? Tuma mahali au andika jina."
            ),
        ),
        Step::price_range(
            "salary",
            tr!("Pay per month", "Salaire mensuel", "Umushahara ku kwezi", "Mshahara kwa mwezi"),
            tr!(
                "What does it pay per month? For instance 50 000 - 100 000.",
                "Quel est le salaire mensuel ? Par exemple 50 000 - 100 000.",
                "Umushahara ku kwezi ni angahe? Urugero 50 000 - 100 000.",
                "Mshahara kwa mwezi ni kiasi gani? Kwa mfano 50 000 - 100 000."
            ),
        ),
    ],
    confirm: Some(tr!(
        "Your job. Those whom you accept get your contact, and you theirs.",
        "Votre offre. Les candidats que vous acceptez reçoivent votre contact, et vous le leur.",
        "Akazi kawe. Abo wemeye babona nimero yawe, nawe ukabona izabo.",
        "Kazi yako. Unaowakubali wanapata namba yako, nawe unapata zao."
    )),
    done: finish,
};

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let salary = answers.amount("salary");
    let id = listings::create(&listings::Draft {
        kind: "job".to_owned(),
        title: answers.words("start").unwrap_or_default().to_owned(),
        description: answers.words("description").map(str::to_owned),
        category: answers.choice("category").map(str::to_owned),
        price: salary.and_then(Amount::low),
        price_max: salary.and_then(Amount::high),
        price_unit: Some("month".to_owned()),
        place: answers.place("location").cloned(),
        attributes: "{}".to_owned(),
        images: Vec::new(),
        contact: listings::ContactPolicy::Ask,
    })?;
    let body = tr!(
        "✅ Your job is online. I tell you when somebody applies.",
        "✅ Votre offre est en ligne. Je vous préviens quand quelqu'un postule.",
        "✅ Akazi kawe kamamajwe. Nzakubwira nihagira usaba.",
        "✅ Kazi yako imetangazwa. Nitakuambia mtu akiomba."
    );
    let choices = vec![
        reply::choice(format!("posted:{id}"), tr!("See it", "La voir", "Yirebe", "Itazame").get(language)),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.get(language), choices)).tag("listing", id))
}
