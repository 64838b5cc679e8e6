//! A small sales desk: offers that customers ask quotes for, leads, quotes, deal stages and follow-ups.

mod lead;
mod reminder;
mod offer;
mod quote;
mod told;
mod phrases;

use agent_sdk::{
    Agent, Choice, Flow, Language, Outcome, Profile, Result, Runnable, Text, Turn,
    board::{self, Board, Scope},
    export, reply, runs, tr, words,
};

struct Sales;

export!(Sales);

const MENU: Text = tr!(
    "📊 Sales. What would you like to do?",
    "📊 Ventes. Que souhaitez-vous faire ?",
    "📊 Abakiriya n'ibiciro. Urifuza iki?",
    "📊 Mauzo. Ungependa nini?",
);

impl Agent for Sales {
    const FLOWS: &'static [&'static Flow] =
        &[&offer::OFFER, &offer::SEARCH, &offer::ASK, &lead::LEAD, &reminder::FOLLOW_UP, &quote::QUOTE];
    const TOOLS: &'static [Runnable] =
        &[runs::<lead::CreateLead>(), runs::<quote::CreateQuote>(), runs::<offer::SearchOffers>()];
    const PERSONA: &'static str = "You help salespeople with leads, quotes, deal stages and follow-ups, and customers to ask for quotes. You may give \
        short, practical sales advice.";

    fn profile() -> Profile {
        Profile::new("sales", env!("CARGO_PKG_VERSION"), "A sales desk: offers, leads, quotes, deal stages, follow-ups.")
            .titled(
                tr!("📊 Sales", "📊 Ventes", "📊 Abakiriya", "📊 Mauzo"),
                tr!(
                    "Leads, quotes, deals, follow-ups",
                    "Prospects, devis, affaires, relances",
                    "Abakiriya, ibiciro, amasezerano",
                    "Wateja, bei, mikataba, ufuatiliaji"
                ),
            )
            .keywords(
                Language::En,
                "sales 1.5, sales pipeline 3, sales desk 3, for sale -2, customer 1.5, client 1.5, deal 2.5, discount 2, quote 2.5, proposal 2.5, lead 3, leads 3, pipeline 3.5, \
                 follow up 3, prospect 3, crm 3.5, sales pitch 3.5, closing 1.5, invoice 2, insurance -3, job -1.5",
            )
            .keywords(
                Language::Fr,
                "ventes 2.5, client 1.5, clients 2, prospect 3, prospects 3, devis 2.5, remise 2, relance 3, relancer 3, négociation 2, \
                 affaire 1.5, commercial 2.5, proposition 2, facture 2, assurance -3, emploi -1.5",
            )
            .keywords(
                Language::Rw,
                "umukiriya 2, abakiriya 2, kwamamaza 2.5, igabanyirizwa 2.5, fagitire 2, gukurikirana 2, amasezerano y'ubucuruzi 2.5, kotasiyo 3",
            )
            .keywords(
                Language::Sw,
                "mteja 2, wateja 2, mauzo 3, punguzo 2.5, nukuu 3, ufuatiliaji 3, ankara 2, pendekezo 2, mkataba wa mauzo 3",
            )
            .serves(
                "about:clients 2, quote 4.5, order -0.5, lead 3, remind 3, supply 4.5, thing:moto_driver -1.5, thing:customer 1.2, thing:prospect 2, thing:quote 1, thing:invoice 1.5, cover -2, insure -3, work -1.5, sell -0.8, role+reserve -2",
            )
            .stores("Your offers, leads, quotes and follow-ups, what you asked for, and your latest search.")
            .wants(&["log", "clock", "readings", "roster", "records", "listings", "applications", "matches", "outreach", "places", "preferences", "schedule", "model"])
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let language = Language::of(turn);
        if let Some(notice) = turn.notice() {
            return match reminder::reminded(notice, language)? {
                Some(outcome) => Ok(outcome.beside_flow(turn)),
                None => BOARD.handle(turn),
            };
        }
        if let Some(id) = turn.tap() {
            match id.split_once(':') {
                Some(("lead", number)) => return lead::show(number, language),
                Some(("stage", number)) => return lead::ask_stage(number, language),
                Some(("to", rest)) => return lead::set_stage(rest, language),
                Some(("quote", number)) => return quote::begin(turn, number),
                Some(("follow", number)) => return reminder::follow(turn, number),
                // A person whose request is accepted becomes a lead.
                Some(("accept", ids)) => offer::to_lead(turn, ids)?,
                _ => {}
            }
            match id {
                "offer" => return offer::OFFER.begin(turn).ask(),
                "new" => return lead::LEAD.begin(turn).ask(),
                "pipeline" => return lead::pipeline(language),
                _ => {}
            }
        }
        match turn.text() {
            Some(text) if turn.handoff.is_none() => said(turn, text, language),
            _ => BOARD.handle(turn),
        }
    }
}

fn said(turn: &Turn, text: &str, language: Language) -> Result<Outcome> {
    let has = |known: &[&str]| words::has_one_of(text, known);
    if has(&[
        "pipeline",
        "my leads",
        "my deals",
        "my customers",
        "my clients",
        "deals",
        "mes prospects",
        "mes clients",
        "mes affaires",
        "abakiriya banjye",
        "wateja wangu",
    ]) {
        return lead::pipeline(language);
    }
    if has(phrases::REMIND) {
        return reminder::remind_of(turn, text, language);
    }
    if has(phrases::LEAD) || has(phrases::NOTE) && (has(phrases::CUSTOMER) || told::of(turn, text).wants.is_some()) {
        return lead::said(turn, text);
    }
    if let Some(stage) = told::stage(text) {
        return lead::moved(turn, text, stage, language);
    }
    if has(phrases::QUOTE) && quote::has_lines(turn, text) || has(phrases::MAKE) && has(phrases::QUOTE) {
        return quote::said(turn, text);
    }
    if has(&["my offers", "mes offres"]) {
        return BOARD.mine(language);
    }
    if has(&["offer", "publish", "promote", "offre", "publier", "kwamamaza", "tangaza"]) {
        return offer::OFFER.begin(turn).ask();
    }
    if has(&["quote", "quotation", "proposal", "devis", "proposition", "kotasiyo", "nukuu"])
        && BOARD.wanted(text).is_empty()
    {
        return quote::QUOTE.begin(turn).ask();
    }
    BOARD.handle(turn)
}

pub(crate) const BOARD: Board = Board {
    menu,
    search: &offer::SEARCH,
    scope: Scope { kind: Some("service"), category: None },
    fillers: " quote quotes quotation offer offers deal deals sales discount proposal get ask customer client devis offre \
        offres remise kotasiyo umukiriya nukuu mteja mauzo punguzo supplier suppliers supply supplies company companies wholesale wholesaler bulk fournisseur fournisseurs entreprise entreprises \
        gros grossiste grossistes uwaranguza abaranguza kuranguza muuzaji wauzaji jumla kampuni makampuni anayeuza wanaouza business businesses that with help close how do send create make what ",
    hears: board::hears_nothing,
    radius_km: 50.0,
    found: tr!(
        "These businesses make offers:",
        "Ces entreprises proposent :",
        "Izi sosiyete zitanga:",
        "Biashara hizi zinatoa:"
    ),
    owner: tr!("the company", "l'entreprise", "isosiyete", "kampuni"),
    facts: board::facts,
    ways: offer::WAYS,
    owner_ways: &[],
    asked: board::nothing_more,
};

/// What can be done here.
fn menu(language: Language) -> (String, Vec<Choice>) {
    let choices = vec![
        reply::choice(
            "pipeline",
            tr!("📊 My leads", "📊 Mes prospects", "📊 Abakiriya banjye", "📊 Wateja wangu").get(language),
        ),
        reply::choice(
            "new",
            tr!("➕ New lead", "➕ Nouveau prospect", "➕ Umukiriya mushya", "➕ Mteja mpya").get(language),
        ),
        reply::choice(
            "offer",
            tr!("📣 Publish an offer", "📣 Publier une offre", "📣 Tangaza", "📣 Tangaza ofa").get(language),
        ),
        reply::choice(
            "find",
            tr!("🔎 Ask for a quote", "🔎 Demander un devis", "🔎 Saba igiciro", "🔎 Omba bei").get(language),
        ),
        reply::choice("mine", tr!("🗂️ My offers", "🗂️ Mes offres", "🗂️ Ibyanjye", "🗂️ Ofa zangu").get(language)),
    ];
    (MENU.get(language).to_owned(), choices)
}
