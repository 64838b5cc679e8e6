//! A shop whose regressions a test seeds: it puts the name of one in the place of [`VARIANT`], so that one build gives all of them.

use agent_sdk::{
    Agent, Failure, FlowState, Language, Next, Outcome, Profile, Result, Turn, export, model, reply, store, tr,
};

struct Shop;

export!(Shop);

/// What a test replaces: `none` is the shop as it is, `noop` the same in other bytes, `tidy` the same in another way.
static VARIANT: &str = "variant-none_";

impl Agent for Shop {
    fn profile() -> Profile {
        Profile::new("shop", env!("CARGO_PKG_VERSION"), "Sells eggs.")
            .titled(tr!("Shop", "Magasin"), tr!("Sells eggs", "Vend des œufs"))
            .keywords(Language::En, "eggs 5, shop 5")
            .keywords(Language::Fr, "œufs 5, magasin 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let open = turn.session.flow.as_ref();
        match open.map(|flow| flow.step.as_str()) {
            None => ask("consent", turn, &tr!("May we keep your order?", "Pouvons-nous garder votre commande ?"), ""),
            Some("consent") => consent(turn),
            Some("count") => count(turn),
            Some("place") => place(turn),
            Some(other) => Err(Failure::Internal(format!("no step {other}"))),
        }
    }
}

fn is(variant: &str) -> bool {
    // Read from memory, where a test puts another: never taken for known.
    std::hint::black_box(VARIANT).trim_end_matches('_').ends_with(variant)
}

/// Asks a question, with what is known so far.
fn ask(step: &str, turn: &Turn, question: &agent_sdk::Text, known: &str) -> Result<Outcome> {
    let language = Language::of(turn);
    let reply = match step {
        "consent" => {
            let choices = vec![
                reply::choice("yes", tr!("Yes", "Oui").get(language)),
                reply::choice("no", tr!("No", "Non").get(language)),
            ];
            reply::choices_unnumbered(language, question.get(language), choices)
        }
        _ => reply::text(question.get(language)),
    };
    let state = FlowState { flow: "order".into(), step: step.into(), data: format!("{{\"price\":\"{known}\"}}") };
    Ok(Outcome { next: Next::Flow(state), ..Outcome::say(reply) })
}

const COUNT: agent_sdk::Text = tr!("How many?", "Combien ?");
const PLACE: agent_sdk::Text = tr!("Where to?", "Où ?");

fn consent(turn: &Turn) -> Result<Outcome> {
    let said = turn.tap().or(turn.text()).unwrap_or_default().to_lowercase();
    let agrees = if is("agree") { said != "no" } else { ["yes", "oui"].contains(&said.as_str()) };
    if !agrees {
        let bye = tr!("We keep nothing.", "Nous ne gardons rien.");
        return Ok(Outcome { next: Next::Cancelled, ..Outcome::say(reply::text(bye.get(Language::of(turn)))) });
    }
    store::put_mine("shop", "consent", &true)?;
    if is("order") { ask("place", turn, &PLACE, "") } else { ask("count", turn, &COUNT, "") }
}

fn count(turn: &Turn) -> Result<Outcome> {
    let count = turn.text().and_then(|text| text.trim().parse::<u64>().ok());
    let Some(count) = count.filter(|count| *count > 0) else {
        let wrong = tr!("A number, please.", "Un nombre, s'il vous plaît.");
        return Err(Failure::Invalid(wrong.get(Language::of(turn)).to_owned()));
    };
    assert!(!(is("trap") && count == 13), "on purpose");
    let price = price(count);
    if !is("lost") {
        store::put_mine("shop", "order", &format!("{count} for {price}"))?;
    }
    ask("place", turn, &PLACE, &price.to_string())
}

/// A hundred each, and a tenth less from a dozen on.
fn price(count: u64) -> u64 {
    let rounds = if is("slow") { 2_000_000 } else { 1_000 };
    // Work that nobody may leave out.
    std::hint::black_box((0..rounds).fold(0_u64, |sum, n| std::hint::black_box(sum ^ n)));
    let dozen = if is("price") { 20 } else { 12 };
    let whole = count * 100;
    match (is("tidy"), count >= dozen) {
        (false, true) => whole - whole / 10,
        (true, true) => (0..count).map(|_| 100).sum::<u64>() - whole / 10,
        (_, false) => whole,
    }
}

fn place(turn: &Turn) -> Result<Outcome> {
    let language = Language::of(turn);
    let place = turn.text().unwrap_or_default();
    let system = if is("model") { "You know all towns of Rwanda." } else { "You know the towns of Rwanda." };
    let said = model::Part::Said(place.to_owned());
    let advice = model::generate(&model::Request {
        system: system.into(),
        entries: vec![model::Entry { role: model::Role::Person, part: said }],
        tools: Vec::new(),
        answer_schema: None,
        tokens_max: 50,
    });
    let advice = advice.ok().and_then(|answer| answer.text).unwrap_or_default();
    let known = turn.session.flow.as_ref().map(|flow| flow.data.as_str()).unwrap_or_default();
    let known = known.trim_start_matches("{\"price\":\"").trim_end_matches("\"}");
    let thanks = match language {
        Language::Fr if is("lang") => tr!("Thank you", "Merci bien"),
        _ if is("text") => tr!("Thanks a lot", "Merci infiniment"),
        _ => tr!("Thank you", "Merci"),
    };
    let words = format!("{}: {known} RWF, {place}. {advice}", thanks.get(language));
    let mut replies = vec![reply::text(words.trim_end())];
    if is("extra") {
        replies.push(reply::text(tr!("Come again!", "À bientôt !").get(language)));
    }
    Ok(Outcome { next: Next::Completed, ..Outcome::say_all(replies) })
}
