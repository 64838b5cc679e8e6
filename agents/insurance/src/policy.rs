//! Policies: those that the person told us of, with a reminder before they end, and those on record. Others are not known.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Notice, Outcome, Result, Run, Step, Turn, reply, schedule, store, tickets,
    tool, tr, when, words,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    PLATE, menu, plate,
    quote::{Quote, VEHICLE},
    with_plate,
};

/// The reminder comes this long before a policy ends.
const BEFORE_MS: u64 = 14 * 24 * 60 * 60 * 1000;

tool! {
    "check_policy_status": "What is on record of a policy: until when, and whether it is to be renewed.",
    pub(crate) struct CheckPolicyStatus {
        policy_number: String = "The policy's number or the vehicle's plate.",
    }
}

/// A policy on record, by plate.
#[derive(Serialize, Deserialize)]
struct Policy {
    plate: String,
    ends: u64,
    /// `told` by the person, or `confirmed` by the business.
    source: String,
}

pub(crate) const RENEW: Flow = Flow {
    name: "policy_renewal",
    steps: &[
        PLATE,
        Step::when(
            "ends",
            tr!("Ends on", "Expire le", "Irangira", "Inaisha"),
            tr!(
                "When does your insurance end? For instance *25/12*.",
                "Quand expire votre assurance ? Par exemple *25/12*.",
                "Ubwishingizi bwawe burangira ryari? Urugero *25/12*.",
                "Bima yako inaisha lini? Kwa mfano *25/12*."
            ),
        ),
        VEHICLE.or_skip(),
    ],
    confirm: Some(tr!(
        "Renewal. A broker gets it, and I will remind you two weeks before the end.",
        "Renouvellement. Un courtier s'en occupe, et je vous le rappellerai deux semaines avant la fin.",
        "Kongera. Umuhuza arabikora, nkakwibutsa ibyumweru bibiri mbere.",
        "Kuhuisha. Wakala atashughulikia, nami nitakukumbusha wiki mbili kabla."
    )),
    word: Flow::SEND,
    done: renewal,
};

pub(crate) const STATUS: Flow = Flow {
    name: "policy_status",
    steps: &[Step::words(
        "policy",
        tr!("Policy or plate", "Police ou plaque", "Nimero cyangwa plaki", "Bima au namba"),
        tr!(
            "Which policy? Send its number or the plate.",
            "Quelle police ? Envoyez son numéro ou la plaque.",
            "Ni ubuhe bwishingizi? Ohereza nimero cyangwa plaki.",
            "Bima ipi? Tuma namba yake au ya gari."
        ),
        3,
        40,
    )],
    confirm: None,
    word: Flow::CONFIRM,
    done: |turn, answers: &Answers| status(turn, answers.words("policy").unwrap_or_default()),
};

/// Words that tell of a policy that ends.
pub(crate) const RENEW_WORDS: &[&str] = &[
    "renew",
    "renewal",
    "renewing",
    "expire",
    "expires",
    "expiring",
    "expired",
    "ends",
    "renouveler",
    "renouvelle",
    "renouvellement",
    "expiree",
    "finit",
    "echeance",
    "kongera",
    "nongera",
    "nayongera",
    "bwongere",
    "irarangiye",
    "yarangiye",
    "irangira",
    "burangira",
    "bwarangiye",
    "kuhuisha",
    "huisha",
    "inaisha",
    "imeisha",
    "itaisha",
    "kurenew",
    "upya",
];

/// Begins the renewal that a sentence asks for.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    with_plate(RENEW.begin(turn), text).ask()
}

/// Begins the renewal of a vehicle that is known.
pub(crate) fn renew(turn: &Turn, of: &str) -> Result<Outcome> {
    RENEW.begin(turn).known("plate", Answer::Words(words::cut(of, 12))).ask()
}

fn renewal(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let plate = plate(answers.words("plate").unwrap_or_default());
    let ends = answers.time("ends").unwrap_or(turn.now);
    store::put_mine("policies", &plate, &Policy { plate: plate.clone(), ends, source: "told".to_owned() })?;
    let ticket = tickets::open(
        &format!("Renew insurance of {plate}"),
        &format!(
            "Ends {} · {}",
            when::say(ends, Language::En),
            answers.choice("vehicle").unwrap_or("vehicle not said")
        ),
        tickets::Priority::Medium,
    )?;
    if ends > turn.now + BEFORE_MS {
        schedule::set(
            &format!("renewal:{plate}"),
            ends - BEFORE_MS,
            "renewal-due",
            &json!({ "plate": plate }).to_string(),
        )?;
    }
    let body = tr!(
        "✅ A broker prepares the renewal of *{plate}* and answers here. Your ticket is *{ticket}*.",
        "✅ Un courtier prépare le renouvellement de *{plate}* et répond ici. Votre ticket est le *{ticket}*.",
        "✅ Umuhuza arategura kongera *{plate}*, azagusubiza hano. Nimero ni *{ticket}*.",
        "✅ Wakala anaandaa kuhuisha *{plate}* na atajibu hapa. Tiketi yako ni *{ticket}*."
    );
    Ok(menu(language, &body.with(language, &[("plate", &plate), ("ticket", &ticket)])).tag("ticket", ticket))
}

/// A timer that a renewal set.
pub(crate) fn reminded(turn: &Turn, notice: &Notice, language: Language) -> Result<Outcome> {
    let data: agent_sdk::Value = serde_json::from_str(&notice.data).unwrap_or_default();
    let (kind, plate) = (notice.kind.as_str(), data["plate"].as_str().unwrap_or_default());
    if kind != "renewal-due" || plate.is_empty() {
        return Ok(Outcome::say_all(Vec::new()).beside_flow(turn));
    }
    let body = tr!(
        "⏰ The insurance of *{plate}* ends in two weeks. Shall a broker renew it?",
        "⏰ L'assurance de *{plate}* expire dans deux semaines. Un courtier doit-il la renouveler ?",
        "⏰ Ubwishingizi bwa *{plate}* burangira mu byumweru bibiri. Umuhuza abwongere?",
        "⏰ Bima ya *{plate}* inaisha baada ya wiki mbili. Wakala aihuishe?"
    );
    let choices = vec![
        reply::choice(
            format!("renew:{plate}"),
            tr!("🔁 Renew", "🔁 Renouveler", "🔁 Ongera", "🔁 Huisha").get(language),
        ),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body.with(language, &[("plate", plate)]), choices)).beside_flow(turn))
}

/// The person's own word of a policy, or what the business has on record under its number.
fn find(said: &str) -> Result<Option<Policy>> {
    let key = plate(said);
    if key.is_empty() {
        return Ok(None);
    }
    store::mine("policies", &words::cut(&key, 40))
}

fn status(turn: &Turn, said: &str) -> Result<Outcome> {
    let language = Language::of(turn);
    let said_cut = words::cut(said, 40);
    let Some(policy) = find(said)? else {
        let body = tr!(
            "I have nothing on record under *{policy}*, so I do not know its status. A broker can look it up.",
            "Je n'ai rien sous *{policy}* : je ne connais donc pas son statut. Un courtier peut vérifier.",
            "Nta cyanditse kuri *{policy}*, sinzi rero uko bimeze. Umuhuza yabireba.",
            "Sina kumbukumbu ya *{policy}*, kwa hiyo sijui hali yake. Wakala anaweza kuangalia."
        );
        let choices = vec![
            reply::choice(
                "renew",
                tr!("🔁 Tell me of it", "🔁 L'enregistrer", "🔁 Yandikishe", "🔁 Isajili").get(language),
            ),
            reply::choice(
                "human",
                tr!("👤 Talk to a human", "👤 Parler à quelqu'un", "👤 Vugana n'umuntu", "👤 Ongea na mtu")
                    .get(language),
            ),
            reply::menu_choice(language),
        ];
        return Ok(Outcome::say(reply::choices(language, body.with(language, &[("policy", &said_cut)]), choices)));
    };
    let days = policy.ends.saturating_sub(turn.now) / (24 * 60 * 60 * 1000);
    let body = if policy.ends <= turn.now {
        tr!(
            "⚠️ *{plate}*: by what you told us it has ended.",
            "⚠️ *{plate}* : d'après vos indications, elle a expiré.",
            "⚠️ *{plate}*: nk'uko watubwiye, bwararangiye.",
            "⚠️ *{plate}*: kwa ulivyotuambia, imeisha."
        )
    } else {
        tr!(
            "📄 *{plate}*: by what you told us it runs until {until}, {days} days more.",
            "📄 *{plate}* : d'après vos indications, valable jusqu'au {until}, encore {days} jours.",
            "📄 *{plate}*: nk'uko watubwiye, bugeza {until}, hasigaye iminsi {days}.",
            "📄 *{plate}*: kwa ulivyotuambia, inaendelea hadi {until}, siku {days} zaidi."
        )
    };
    let until = when::say(policy.ends, language);
    let body = body.with(language, &[("plate", &policy.plate), ("until", &until), ("days", &days.to_string())]);
    let choices = vec![
        reply::choice(
            format!("renew:{}", policy.plate),
            tr!("🔁 Renew", "🔁 Renouveler", "🔁 Ongera", "🔁 Huisha").get(language),
        ),
        reply::menu_choice(language),
    ];
    Ok(Outcome::say(reply::choices(language, body, choices)))
}

/// Policies, quotes, documents and claims of this person.
pub(crate) fn mine(language: Language) -> Result<Outcome> {
    let mut lines = Vec::new();
    for (_, policy) in store::newest::<Policy>("policies", 5)? {
        lines.push(format!("📄 {} → {}", policy.plate, when::say(policy.ends, language)));
    }
    for (number, quote) in store::newest::<Quote>("quotes", 5)? {
        lines.push(format!("💰 {number} {} · {}", quote.vehicle, agent_sdk::money::format(&quote.premium)));
    }
    for (number, claim) in store::newest::<crate::claim::Claim>("claims", 5)? {
        lines.push(format!("🚨 {number} {}", claim.plate));
    }
    let documents = store::newest::<crate::document::Document>("documents", 20)?.len();
    if documents > 0 {
        lines.push(format!("📎 {documents}"));
    }
    if lines.is_empty() {
        let none = tr!(
            "You have nothing here yet.",
            "Vous n'avez encore rien ici.",
            "Nta kintu ufite hano.",
            "Huna kitu hapa bado."
        );
        return Ok(menu(language, none.get(language)));
    }
    Ok(menu(language, &lines.join("\n")))
}

impl Run for CheckPolicyStatus {
    fn run(self, turn: &Turn) -> Result<Did> {
        status(turn, &self.policy_number).map(Did::Answered)
    }
}
