//! Leads: who may buy, how far the deal is, and when to ask again.

use agent_sdk::{
    Answer, Answers, Choice, Did, Flow, Language, Money, Opt, Outcome, Result, Run, Step, Text, Turn, board, money,
    opt, reply, store, tool, tr, words,
};
use serde::{Deserialize, Serialize};

use crate::{BOARD, told};

tool! {
    "create_lead": "Notes a possible customer.",
    pub(crate) struct CreateLead {
        name: String = "Who it is.",
        interest: Option<String> = "What they may buy.",
        notes: Option<String> = "Anything else.",
    }
}

/// How far a deal is, in order.
pub(crate) const STAGES: &[Opt] = &[
    opt("lead", tr!("🌱 Lead", "🌱 Prospect", "🌱 Mushya", "🌱 Mpya")),
    opt("qualified", tr!("✔️ Qualified", "✔️ Qualifié", "✔️ Yemejwe", "✔️ Amethibitishwa")),
    opt("proposal", tr!("📄 Proposal", "📄 Proposition", "📄 Igiciro cyatanzwe", "📄 Pendekezo")),
    opt("negotiation", tr!("💬 Negotiation", "💬 Négociation", "💬 Ibiganiro", "💬 Majadiliano")),
    opt("closed_won", tr!("🏆 Won", "🏆 Gagné", "🏆 Byakunze", "🏆 Imeshinda")),
    opt("closed_lost", tr!("❌ Lost", "❌ Perdu", "❌ Byanze", "❌ Imepotea")),
];

/// A lead as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lead {
    pub(crate) name: String,
    pub(crate) interest: String,
    #[serde(default)]
    pub(crate) notes: Option<String>,
    pub(crate) stage: String,
    /// What the latest quote comes to.
    #[serde(default)]
    pub(crate) amount: Option<Money>,
    /// When to ask again.
    #[serde(default)]
    pub(crate) follow_up: Option<u64>,
}

pub(super) const WHO_IS_IT: Text = tr!(
    "Who is it? A name or company.",
    "Qui est-ce ? Un nom ou une société.",
    "Ni nde? Izina cyangwa isosiyete.",
    "Ni nani? Jina au kampuni."
);

pub(crate) const LEAD: Flow = Flow {
    name: "new_lead",
    steps: &[
        Step::words("name", tr!("Name", "Nom", "Izina", "Jina"), WHO_IS_IT, 2, 80),
        Step::words(
            "interest",
            tr!("Interest", "Intérêt", "Icyo yifuza", "Anachotaka"),
            tr!("What may they buy?", "Que pourraient-ils acheter ?", "Yagura iki?", "Anaweza kununua nini?"),
            2,
            200,
        ),
        Step::words(
            "notes",
            tr!("Notes", "Notes", "Ibisobanuro", "Maelezo"),
            tr!(
                "Anything else worth noting?",
                "Autre chose à noter ?",
                "Hari ikindi wandika?",
                "Kuna lingine la kuandika?"
            ),
            2,
            800,
        )
        .or_skip(),
    ],
    confirm: Some(tr!("Your lead:", "Votre prospect :", "Umukiriya wawe:", "Mteja wako:")),
    word: Flow::CONFIRM,
    done: create,
};

/// A lead of this person; none if there is none of that number.
pub(crate) fn find(number: &str) -> Result<Option<Lead>> {
    store::mine("leads", &words::cut(number, 20))
}

/// Notes a new lead; gives its number.
pub(crate) fn note(turn: &Turn, lead: &Lead) -> Result<String> {
    let number = format!("L-{}", board::number(turn.seed));
    store::put_mine("leads", &number, lead)?;
    Ok(number)
}

fn create(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let lead = Lead {
        name: answers.words("name").unwrap_or_default().to_owned(),
        interest: answers.words("interest").unwrap_or_default().to_owned(),
        notes: answers.words("notes").map(str::to_owned),
        stage: "lead".to_owned(),
        amount: None,
        follow_up: None,
    };
    let number = note(turn, &lead)?;
    Ok(card(&number, &lead, Language::of(turn)).tag("lead", number))
}

/// One lead, and what can be done with it.
pub(crate) fn show(number: &str, language: Language) -> Result<Outcome> {
    Ok(match find(number)? {
        Some(lead) => card(number, &lead, language),
        None => BOARD.menu(language, ""),
    })
}

fn card(number: &str, lead: &Lead, language: Language) -> Outcome {
    let mut lines = vec![format!("*{}* ({number})", lead.name), stage(&lead.stage, language).to_owned()];
    lines.extend(Some(format!("🎯 {}", lead.interest)).filter(|_| !lead.interest.is_empty()));
    lines.extend(lead.amount.as_ref().map(|amount| format!("💰 {}", money::format(amount))));
    lines.extend(lead.notes.as_ref().map(|notes| format!("📝 {}", words::cut(notes, 400))));
    let choices = vec![
        reply::choice(
            format!("quote:{number}"),
            tr!("📄 Make a quote", "📄 Faire un devis", "📄 Tanga igiciro", "📄 Andaa proforma").get(language),
        ),
        reply::choice(
            format!("stage:{number}"),
            tr!("➡️ Change stage", "➡️ Changer d'étape", "➡️ Hindura intambwe", "➡️ Badilisha hatua").get(language),
        ),
        reply::choice(
            format!("follow:{number}"),
            tr!("⏰ Follow up", "⏰ Relancer", "⏰ Nyibutsa", "⏰ Nikumbushe").get(language),
        ),
        reply::choice(
            "pipeline",
            tr!("📊 My leads", "📊 Mes prospects", "📊 Abakiriya banjye", "📊 Wateja wangu").get(language),
        ),
    ];
    Outcome::say(reply::choices(language, lines.join("\n"), choices))
}

fn stage(id: &str, language: Language) -> &'static str {
    STAGES.iter().find(|known| known.id == id).map_or("🌱", |known| known.title.get(language))
}

/// The lead of this name.
fn named(name: &str) -> Result<Option<(String, Lead)>> {
    let plain = words::plain(name);
    let leads: Vec<(String, Lead)> = store::newest("leads", 100)?;
    Ok(leads.into_iter().find(|(_, lead)| {
        let known = words::plain(&lead.name);
        known == plain
            || known.split(' ').count() > 1 && plain.split(' ').all(|word| known.split(' ').any(|part| part == word))
    }))
}

/// A lead of this name: the one on record, or a new one.
pub(super) fn of_name(turn: &Turn, name: &str, interest: &str) -> Result<(String, Lead)> {
    if let Some(found) = named(name)? {
        return Ok(found);
    }
    let lead = Lead {
        name: name.to_owned(),
        interest: interest.to_owned(),
        notes: None,
        stage: "lead".to_owned(),
        amount: None,
        follow_up: None,
    };
    Ok((note(turn, &lead)?, lead))
}

/// Begins a lead with what a sentence says.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let told = told::of(turn, text);
    let mut begin = LEAD.begin(turn);
    if let Some(name) = told.name {
        begin = begin.known("name", Answer::Words(name));
    }
    if let Some(wants) = told.wants {
        begin = begin.known("interest", Answer::Words(wants));
    }
    begin.ask()
}

/// A deal that went one way or the other.
pub(crate) fn moved(turn: &Turn, text: &str, stage: &str, language: Language) -> Result<Outcome> {
    let told = told::of(turn, text);
    let Some(name) = told.name else { return pipeline(language) };
    let number = match named(&name)? {
        Some((number, _)) => number,
        None if told.is_sure => of_name(turn, &name, "")?.0,
        None => return pipeline(language),
    };
    set_stage(&format!("{stage}:{number}"), language)
}

/// All leads, newest first, under the sum of what is open.
pub(crate) fn pipeline(language: Language) -> Result<Outcome> {
    let leads: Vec<(String, Lead)> = store::newest("leads", 100)?;
    if leads.is_empty() {
        let none = tr!(
            "You have no leads yet.",
            "Vous n'avez encore aucun prospect.",
            "Nta bakiriya ufite.",
            "Huna wateja bado."
        );
        return Ok(BOARD.menu(language, none.get(language)));
    }
    let is_open = |lead: &Lead| !lead.stage.starts_with("closed");
    let open: Vec<&Lead> = leads.iter().map(|(_, lead)| lead).filter(|lead| is_open(lead)).collect();
    let won = leads.iter().filter(|(_, lead)| lead.stage == "closed_won").count();
    let amounts = open.iter().filter_map(|lead| lead.amount.as_ref());
    let sum = amounts
        .cloned()
        .reduce(|sum, amount| Money { hundredths: sum.hundredths.saturating_add(amount.hundredths), ..sum });
    let body = tr!(
        "📊 Open: *{open}* ({sum}), won: *{won}*",
        "📊 En cours : *{open}* ({sum}), gagnés : *{won}*",
        "📊 Birakomeje: *{open}* ({sum}), byakunze: *{won}*",
        "📊 Wazi: *{open}* ({sum}), zimeshinda: *{won}*"
    );
    let sum = sum.map_or_else(|| "–".to_owned(), |sum| money::format(&sum));
    let body = body.with(language, &[("open", &open.len().to_string()), ("sum", &sum), ("won", &won.to_string())]);
    let mut rows: Vec<Choice> = leads
        .iter()
        .take(reply::PAGE_ROWS)
        .map(|(number, lead)| {
            let line = format!("{} · {}", stage(&lead.stage, language), lead.interest);
            reply::choice(format!("lead:{number}"), &lead.name).line(&line)
        })
        .collect();
    rows.push(reply::choice(
        "new",
        tr!("➕ New lead", "➕ Nouveau prospect", "➕ Umukiriya mushya", "➕ Mteja mpya").get(language),
    ));
    Ok(Outcome::say(reply::list(language, body, rows)))
}

/// Where is the deal now?
pub(crate) fn ask_stage(number: &str, language: Language) -> Result<Outcome> {
    let Some(lead) = find(number)? else { return Ok(BOARD.menu(language, "")) };
    let rows = STAGES.iter().map(|stage| reply::choice(format!("to:{}:{number}", stage.id), stage.title.get(language)));
    let body = tr!(
        "*{name}*: where is the deal now?",
        "*{name}* : où en est l'affaire ?",
        "*{name}*: bigeze he?",
        "*{name}*: mpango uko wapi sasa?"
    );
    Ok(Outcome::say(reply::list(language, body.with(language, &[("name", &lead.name)]), rows.collect())))
}

/// `stage:number`.
pub(crate) fn set_stage(rest: &str, language: Language) -> Result<Outcome> {
    let (to, number) = rest.split_once(':').unwrap_or_default();
    let known = STAGES.iter().any(|stage| stage.id == to);
    let Some(lead) = find(number)?.filter(|_| known) else { return Ok(BOARD.menu(language, "")) };
    let lead = Lead { stage: to.to_owned(), ..lead };
    store::put_mine("leads", number, &lead)?;
    Ok(card(number, &lead, language).tag("stage", to))
}

impl Run for CreateLead {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = LEAD.begin(turn);
        if self.name.chars().count() >= 2 {
            begin = begin.known("name", Answer::Words(words::cut(&self.name, 80)));
        }
        if let Some(interest) = self.interest.filter(|text| text.chars().count() >= 2) {
            begin = begin.known("interest", Answer::Words(words::cut(&interest, 200)));
        }
        if let Some(notes) = self.notes.filter(|text| text.chars().count() >= 2) {
            begin = begin.known("notes", Answer::Words(words::cut(&notes, 800)));
        }
        begin.ask().map(Did::Answered)
    }
}
