//! Motor insurance: an indicative quote by a documented tariff, renewal with a reminder, the state of policies that are really on
//! record, documents and claims. What is not known is said to be not known.

mod claim;
mod document;
mod policy;
mod quote;
mod tariff;

use agent_sdk::{
    Agent, Answer, Begin, Flow, Language, Outcome, Profile, Result, Runnable, Step, Text, Turn, export, reply, runs,
    tr, words,
};

struct Insurance;

export!(Insurance);

const MENU: Text = tr!(
    "🚗 Insurance. What would you like to do?",
    "🚗 Assurance. Que souhaitez-vous faire ?",
    "🚗 Ubwishingizi. Urifuza iki?",
    "🚗 Bima. Ungependa nini?",
);

impl Agent for Insurance {
    const FLOWS: &'static [&'static Flow] =
        &[&quote::QUOTE, &policy::RENEW, &policy::STATUS, &document::UPLOAD, &claim::CLAIM];
    const TOOLS: &'static [Runnable] =
        &[runs::<quote::CalculateQuote>(), runs::<policy::CheckPolicyStatus>(), runs::<claim::SubmitClaim>()];
    const PERSONA: &'static str = "You explain motor insurance: third party pays what the driver does to others, comprehensive also the own car. \
        Quotes come from the tool only and are indicative. Never promise cover, never decide a claim.";

    fn profile() -> Profile {
        Profile::new("insurance", env!("CARGO_PKG_VERSION"), "Motor insurance: quotes, renewals, policies, documents, claims.")
            .titled(
                tr!("🚗 Insurance", "🚗 Assurance", "🚗 Ubwishingizi", "🚗 Bima"),
                tr!(
                    "Quotes, renewals, documents, claims",
                    "Devis, renouvellements, documents, sinistres",
                    "Ibiciro, kongera, inyandiko, impanuka",
                    "Makadirio, kuhuisha, nyaraka, madai"
                ),
            )
            .keywords(
                Language::En,
                "insurance 4, insure 4, insured 4, certificate 2, carte jaune 4, policy 3, cover 1.5, premium 3, claim 2.5, motor 2, \
                 vehicle 1.5, car insurance 4, comprehensive 3, third party 3, accident 2, renew 1.5, number plate 2, yellow card 3",
            )
            .keywords(
                Language::Fr,
                "assurance 4, assurer 4, assuré 4, carte jaune 4, police 2, prime 2.5, sinistre 3, tous risques 4, au tiers 3, accident 2, \
                 renouveler 1.5, attestation 2, véhicule 1.5, constat 3",
            )
            .keywords(
                Language::Rw,
                "ubwishingizi 4, kwishingira 4, assurance 4, asiransi 4, impanuka 2.5, plaki 2, ikarita y'umuhondo 4, kongera ubwishingizi 4",
            )
            .keywords(Language::Sw, "bima 4, ajali 2.5, madai 2.5, sera 1.5, kukatia bima 4, cheti 2, kuhuisha 2, bima ya gari 4")
            .serves(
                "about:insurance 2, cover 3, insure 3, claim 2.5, vehicle+insure 1.5, vehicle+claim 2, thing:yellow_card 3, parts+claim 2.5",
            )
            .stores("Your quotes, the policies you told us of, your documents and claims.")
            .wants(&["log", "clock", "readings", "roster", "records", "schedule", "tickets", "media", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return policy::reminded(turn, notice, language);
        }
        if let Some(id) = turn.tap() {
            return match id.split_once(':') {
                Some(("ask", quote)) => quote::ask_broker(quote, language),
                Some(("renew", plate)) => policy::renew(turn, plate),
                _ => match id {
                    "quote" => quote::QUOTE.begin(turn).ask(),
                    "renew" => policy::RENEW.begin(turn).ask(),
                    "status" => policy::STATUS.begin(turn).ask(),
                    "document" => document::UPLOAD.begin(turn).ask(),
                    "claim" => claim::CLAIM.begin(turn).ask(),
                    "human" => {
                        let context = serde_json::json!({ "ticket": true, "subject": "Insurance" });
                        Ok(Outcome::hand_to("support", "a policy that is not on record is for a human", context))
                    }
                    "mine" => policy::mine(language),
                    _ => Ok(menu(language, "")),
                },
            };
        }
        match turn.text() {
            Some(text) => said(turn, text, language),
            // A photo or a paper out of the blue is a document.
            None if turn.file().is_some() => document::UPLOAD.begin(turn).ask(),
            None => Ok(menu(language, "")),
        }
    }
}

fn said(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    let has = |known: &[&str]| words::has_one_of(text, known);
    if has(claim::WORDS) || has(claim::HAPPENED) {
        return claim::said(turn, text);
    }
    if has(policy::RENEW_WORDS) {
        return policy::said(turn, text);
    }
    if has(&["my policies", "my quotes", "my documents", "mes polices", "mes devis", "bima zangu"]) {
        return policy::mine(language);
    }
    if has(&["status", "policy", "my insurance", "police", "statut", "hali"]) {
        return policy::STATUS.begin(turn).ask();
    }
    if has(&["document", "upload", "papers", "logbook", "photo", "documents", "inyandiko", "nyaraka"]) {
        return document::UPLOAD.begin(turn).ask();
    }
    if has(&[
        "quote",
        "insurance",
        "insure",
        "premium",
        "price",
        "cost",
        "how much",
        "devis",
        "assurance",
        "assurer",
        "prime",
        "combien",
        "ubwishingizi",
        "asiransi",
        "angahe",
        "bima",
        "bei",
    ]) {
        return quote::said(turn, text);
    }
    Ok(menu(language, ""))
}

/// What can be done here, with words before it.
pub(crate) fn menu(language: Language, before: &str) -> Outcome {
    let question = MENU.get(language);
    let body = if before.is_empty() { question.to_owned() } else { format!("{before}\n\n{question}") };
    let choices = vec![
        reply::choice("quote", tr!("💰 Get a quote", "💰 Devis", "💰 Igiciro", "💰 Makadirio").get(language)),
        reply::choice("renew", tr!("🔁 Renew", "🔁 Renouveler", "🔁 Kongera", "🔁 Huisha").get(language)),
        reply::choice(
            "status",
            tr!("📄 Policy status", "📄 Ma police", "📄 Uko bimeze", "📄 Hali ya bima").get(language),
        ),
        reply::choice(
            "document",
            tr!("📎 Send a document", "📎 Envoyer un document", "📎 Ohereza inyandiko", "📎 Tuma nyaraka")
                .get(language),
        ),
        reply::choice(
            "claim",
            tr!("🚨 Make a claim", "🚨 Déclarer un sinistre", "🚨 Menyesha impanuka", "🚨 Wasilisha dai").get(language),
        ),
        reply::choice("mine", tr!("🗂️ Mine", "🗂️ Mes dossiers", "🗂️ Ibyanjye", "🗂️ Vyangu").get(language)),
        reply::menu_choice(language),
    ];
    Outcome::say(reply::choices(language, body, choices))
}

/// Which vehicle?
pub(crate) const PLATE: Step = Step::words(
    "plate",
    tr!("Plate", "Plaque", "Plaki", "Namba ya gari"),
    tr!("What is the number plate?", "Quelle est la plaque ?", "Plaki ni iyihe?", "Namba ya gari ni ipi?"),
    4,
    12,
)
.checked(
    is_plate,
    tr!(
        "A plate looks like RAB 123 C.",
        "Une plaque s'écrit comme RAB 123 C.",
        "Plaki isa na RAB 123 C.",
        "Namba inafanana na RAB 123 C."
    ),
);

/// A number plate as it is stored: `rab123c` and `RAB 123 C` are one.
pub(crate) fn plate(text: &str) -> String {
    text.chars().filter(|sign| sign.is_ascii_alphanumeric()).map(|sign| sign.to_ascii_uppercase()).collect()
}

/// The plate that a sentence names: `RAB 123 C`, `kca123d`, `T 123 ABC`.
pub(crate) fn plate_in(text: &str) -> Option<String> {
    const CODES: &[char] = &['R', 'K', 'U', 'T', 'B', 'C'];
    let words: Vec<&str> = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_one = |parts: &[&str]| {
        let joined = plate(&parts.concat());
        let letters = joined.chars().take_while(char::is_ascii_alphabetic).count();
        let digits = joined.chars().skip(letters).take_while(char::is_ascii_digit).count();
        let rest: Vec<char> = joined.chars().skip(letters + digits).collect();
        let fits = matches!((letters, digits, rest.len()), (2..=3, 3, 1..=2) | (1, 3, 3) | (1, 4, 1));
        let known = joined.starts_with(CODES) || parts[0].chars().all(|sign| sign.is_ascii_uppercase());
        (parts.concat().len() == joined.len() && fits && known && rest.iter().all(char::is_ascii_alphabetic))
            .then_some(joined)
    };
    (0..words.len()).find_map(|at| (1..=3).find_map(|n| is_one(words.get(at..at + n)?)))
}

/// Begins with the plate that a sentence names.
pub(crate) fn with_plate<'a>(begin: Begin<'a>, text: &str) -> Begin<'a> {
    match plate_in(text) {
        Some(plate) => begin.known("plate", Answer::Words(plate)),
        None => begin,
    }
}

/// Whether a text can be a plate: letters and digits, both.
pub(crate) fn is_plate(text: &str) -> bool {
    let plate = plate(text);
    (4..=10).contains(&plate.len())
        && plate.chars().any(|sign| sign.is_ascii_digit())
        && plate.chars().any(|sign| sign.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_is_found_in_a_sentence() {
        for (text, plate) in [
            ("want to report a claim, windscreen broken, RAD 456 B", "RAD456B"),
            ("plaque rac 789 d", "RAC789D"),
            ("namba kca123d ya gari", "KCA123D"),
            ("gari T 123 ABC", "T123ABC"),
            ("RAB123C.", "RAB123C"),
        ] {
            assert_eq!(plate_in(text).as_deref(), Some(plate), "{text}");
        }
        for text in ["rav4 2015", "for 300 k", "15 december", "sur 100 m", "le 112", "", "é"] {
            assert_eq!(plate_in(text), None, "{text}");
        }
    }
}
