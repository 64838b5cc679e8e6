//! Posting a job.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Outcome, Result, Run, Step, Turn, board,
    listings::{self, Draft},
    money::Amount,
    opt, talk, tool, tr,
    understand::Said,
};

use crate::{BOARD, CATEGORIES};

tool! {
    "create_job_listing": "Posts a job in the person's name.",
    pub(crate) struct CreateJobListing {
        title: String = "The job's title.",
        location: String = "Where the work is.",
        description: Option<String> = "What the work is.",
        category: Option<String> = "As in search_jobs.",
        salary_min: Option<u64> = "In the currency's unit, per month.",
        salary_max: Option<u64> = "In the currency's unit, per month.",
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
        )
        .thing(),
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
        )
        .assumed("other"),
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
        )
        .or_skip(),
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
            tr!("Pay", "Salaire", "Umushahara", "Mshahara"),
            tr!(
                "What does it pay? For instance 50 000 - 100 000 per month.",
                "Quel est le salaire ? Par exemple 50 000 - 100 000 par mois.",
                "Umushahara ni angahe? Urugero 50 000 - 100 000 ku kwezi.",
                "Mshahara ni kiasi gani? Kwa mfano 50 000 - 100 000 kwa mwezi."
            ),
        ),
        Step::choice(
            "per",
            tr!("Paid by", "Payé", "Uhembwa", "Malipo"),
            tr!(
                "Paid by the month or by the day?",
                "Payé au mois ou à la journée ?",
                "Ku kwezi cyangwa ku munsi?",
                "Kwa mwezi au kwa siku?"
            ),
            &[
                opt("month", tr!("By the month", "Au mois", "Ku kwezi", "Kwa mwezi")),
                opt("week", tr!("By the week", "À la semaine", "Ku cyumweru", "Kwa wiki")),
                opt("day", tr!("By the day", "À la journée", "Ku munsi", "Kwa siku")),
                opt("hour", tr!("By the hour", "À l'heure", "Ku isaha", "Kwa saa")),
            ],
        )
        .infers(per)
        .assumed("month"),
    ],
    confirm: Some(tr!(
        "Your job. Those whom you accept get your contact, and you theirs.",
        "Votre offre. Les candidats que vous acceptez reçoivent votre contact, et vous le leur.",
        "Akazi kawe. Abo wemeye babona nimero yawe, nawe ukabona izabo.",
        "Kazi yako. Unaowakubali wanapata namba yako, nawe unapata zao."
    )),
    word: Flow::POST,
    done: finish,
};

/// What an amount is paid for.
fn per(said: &Said<'_>) -> Option<&'static str> {
    let per = said.amounts().find_map(|found| found.what.per.clone())?;
    ["month", "week", "day", "hour"].into_iter().find(|known| *known == per)
}

/// Begins with what a sentence says of the job. Its title begins with the trade.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let said = Said::of(turn, text);
    let trade = said.things().find(|found| found.what.kind == "trade").map(|found| found.span.start);
    let title = trade
        .and_then(|start| said.title(core::slice::from_ref(&(0..start))))
        .filter(|title| (3..=80).contains(&title.chars().count()));
    // *Post a job* names none.
    if title.is_none() && BOARD.wanted(text).is_empty() {
        return POST.begin(turn).deaf().ask();
    }
    let begin = POST.begin(turn).hears(text, |begin, _| match title {
        Some(title) => begin.known("start", Answer::Words(title)),
        None => begin,
    });
    begin.ask()
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let id = listings::create(&Draft {
        price_unit: answers.choice("per").map(str::to_owned),
        ..board::draft("job", answers.words("start").unwrap_or_default(), answers)
    })?;
    Ok(BOARD.listed(&id, Language::of(turn)))
}

impl Run for CreateJobListing {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = POST.begin(turn);
        if (3..=80).contains(&self.title.chars().count()) {
            begin = begin.known("start", Answer::Words(self.title));
        }
        if let Some(category) = self.category.filter(|category| CATEGORIES.iter().any(|known| known.id == category)) {
            begin = begin.known("category", Answer::Choice(category));
        }
        if let Some(description) = self.description.filter(|text| (10..=1_500).contains(&text.chars().count())) {
            begin = begin.known("description", Answer::Words(description));
        }
        if let Some(place) = talk::place(Some(&self.location)) {
            begin = begin.known("location", Answer::Place(place));
        }
        let (low, high) = (talk::money(turn, self.salary_min), talk::money(turn, self.salary_max));
        if let Some(salary) = Amount::of(low, high) {
            begin = begin.known("salary", Answer::Amount(salary));
        }
        begin.ask().map(Did::Answered)
    }
}
