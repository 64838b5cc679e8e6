//! A passenger asks: drivers whose way and time fit are shown at once, and the request stays for others to see.

use agent_sdk::{
    Answer, Answers, Begin, Choice, Did, Extra, Flow, Language, Outcome, Place, Problem, Result, Run, Step, Turn,
    board::{self, Search},
    listings::{self, Draft, Listing, Query},
    opt, places, reply, store, talk, tool, tr, when,
};
use serde_json::json;

use crate::{BOARD, CAR, FROM, Latest, MOTO, OFFER, REQUEST, SHARED, TO, at, fare, trip, vehicle};

/// A driver's end fits within this distance of the passenger's, in kilometres.
const END_KM: f64 = 15.0;

/// A driver's time fits within this much of the passenger's.
const TIME_MS: u64 = 3 * 60 * 60 * 1000;

tool! {
    "search_drivers": "Asks for a ride: finds drivers whose way and time fit.",
    pub(crate) struct SearchDrivers {
        pickup_location: Option<String> = "Where the ride begins.",
        dropoff_location: Option<String> = "Where it ends.",
        departure_time: Option<String> = "When, as the person said it, for instance `tomorrow 8:00` or `now`.",
    }
}

pub(crate) const REQUEST_FLOW: Flow = Flow {
    name: "ride_request",
    steps: &[
        FROM,
        TO,
        Step::when(
            "when",
            tr!("When", "Quand", "Igihe", "Lini"),
            tr!(
                "When? For instance *now* or *tomorrow 8:00*.",
                "Quand ? Par exemple *maintenant* ou *demain 8h*.",
                "Ryari? Urugero *ubu* cyangwa *ejo 8:00*.",
                "Lini? Kwa mfano *sasa* au *kesho 8:00*."
            ),
        ),
        Step::number(
            "seats",
            tr!("Seats", "Places", "Imyanya", "Nafasi"),
            tr!("How many seats?", "Combien de places ?", "Imyanya ingahe?", "Nafasi ngapi?"),
            1,
            20,
        )
        .of(&["seat", "person"]),
        Step::choice(
            "vehicle",
            tr!("By", "En", "Ikinyabiziga", "Usafiri"),
            tr!(
                "What would you like to ride in?",
                "Quel moyen de transport souhaitez-vous ?",
                "Urashaka kugenda muki?",
                "Unataka kusafiri kwa nini?"
            ),
            &[opt("any", tr!("🚕 Any", "🚕 Peu importe", "🚕 Icyaboneka", "🚕 Chochote")), MOTO, CAR, SHARED],
        )
        .infers(vehicle)
        .assumed("any"),
        Step::choice(
            "keep",
            tr!("If nobody fits", "Si personne ne convient", "Nihabura", "Asipopatikana"),
            tr!(
                "If no driver fits now, shall I show your request to drivers?",
                "Si aucun chauffeur ne convient, dois-je montrer votre demande aux chauffeurs ?",
                "Nihabura umushoferi ubu, nereke abashoferi ubusabe bwawe?",
                "Kama hakuna dereva sasa, niwaonyeshe madereva ombi lako?"
            ),
            &[
                opt("yes", tr!("Show it to drivers", "Oui, la montrer", "Yereke abashoferi", "Waonyeshe madereva")),
                opt("no", tr!("Only search", "Chercher seulement", "Shaka gusa", "Tafuta tu")),
            ],
        )
        .assumed("yes"),
    ],
    confirm: Some(tr!("Your ride:", "Votre trajet :", "Urugendo rwawe:", "Safari yako:")),
    word: Flow::POST,
    done: finish,
};

/// Begins with what a sentence says. Who says where to and not for how many goes alone.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let begin = REQUEST_FLOW.begin(turn).hears(text, |begin, _| begin);
    let is_alone = !begin.knows("seats") && (begin.knows("dropoff") || begin.knows("pickup"));
    if is_alone { begin.known("seats", Answer::Number(1)).ask() } else { begin.ask() }
}

/// Begins with the ride whose price was asked.
pub(crate) fn as_before(turn: &Turn) -> Result<Outcome> {
    let latest = Latest::read()?.unwrap_or_default();
    let mut begin = known(REQUEST_FLOW.begin(turn), latest.from, latest.to, None);
    // As with a sentence: one, unless it is changed.
    if begin.knows("dropoff") {
        begin = begin.known("seats", Answer::Number(1));
    }
    if let Some(vehicle) = latest.vehicle {
        begin = begin.known("vehicle", Answer::Choice(vehicle));
    }
    begin.ask()
}

fn known<'a>(mut begin: Begin<'a>, from: Option<Place>, to: Option<Place>, at: Option<u64>) -> Begin<'a> {
    if let Some(from) = from {
        begin = begin.known("pickup", Answer::Place(from));
    }
    if let Some(to) = to {
        begin = begin.known("dropoff", Answer::Place(to));
    }
    if let Some(at) = at {
        begin = begin.known("when", Answer::Time(at));
    }
    begin
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let (Some(from), Some(to)) = (answers.place("pickup"), answers.place("dropoff")) else {
        return Ok(BOARD.menu(language, ""));
    };
    let leaves = answers.time("when").unwrap_or(turn.now);
    let vehicle = answers.choice("vehicle").unwrap_or("any");
    let own = |text: &str| Some(text.to_owned());
    let latest = Latest {
        from: Some(from.clone()),
        to: Some(to.clone()),
        at: Some(leaves),
        seats: answers.number("seats"),
        vehicle: own(vehicle),
    };
    latest.keep()?;
    // *Back to list* leads to what there is near the start.
    store::put_mine("search", "latest", &Search { place: Some(from.clone()), ..Search::default() })?;
    let fitting = fitting(from, to, leaves)?;
    let title = format!("{} → {}", from.label(), to.label());
    let mut lines = vec![format!("*{title}*")];
    lines.extend(fare::line(vehicle, from, to, &turn.person.currency));
    if answers.choice("keep") != Some("no") {
        keep(answers, from, to, leaves, &title)?;
        lines.push(
            tr!(
                "📣 Drivers can see your request. I will tell you as soon as somebody answers or a new driver goes your way.",
                "📣 Les chauffeurs voient votre demande. Je vous préviendrai dès qu'il y a une réponse ou un nouveau trajet.",
                "📣 Abashoferi babona ubusabe bwawe. Nzakubwira hagize usubiza cyangwa undi ujya aho.",
                "📣 Madereva wanaona ombi lako. Nitakuambia mtu akijibu au dereva mpya akienda huko."
            )
            .get(language)
            .to_owned(),
        );
    }
    if fitting.is_empty() {
        let none = tr!(
            "No driver goes that way at that time yet.",
            "Aucun chauffeur ne fait encore ce trajet à cette heure.",
            "Nta mushoferi ujya aho icyo gihe ubu.",
            "Hakuna dereva anayekwenda huko wakati huo bado."
        );
        lines.insert(lines.len().min(2), none.get(language).to_owned());
        let choices = vec![
            reply::choice(
                "mine",
                tr!("🗂️ My rides", "🗂️ Mes trajets", "🗂️ Ingendo zanjye", "🗂️ Safari zangu").get(language),
            ),
            reply::menu_choice(language),
        ];
        return Ok(Outcome::say(reply::choices(language, lines.join("\n"), choices)).tag("results", "0"));
    }
    let rows: Vec<Choice> = fitting.iter().take(reply::ROWS_MAX).map(|offer| row(offer, language)).collect();
    lines.push(
        tr!("These drivers fit:", "Ces chauffeurs conviennent :", "Aba bashoferi bakwiye:", "Madereva hawa wanafaa:")
            .get(language)
            .to_owned(),
    );
    Ok(Outcome::say(reply::list(language, lines.join("\n"), rows)).tag("results", fitting.len().to_string()))
}

fn row(offer: &Listing, language: Language) -> Choice {
    let at = at(offer).map(|at| when::say(at, language)).unwrap_or_default();
    let name = offer.owner_name.as_deref().unwrap_or("🚗");
    let (title, full) = reply::row_title(&offer.draft.title);
    let facts = [full.map(str::to_owned), Some(at), Some(name.to_owned()), Some(board::price(offer, language))];
    let facts: Vec<String> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
    reply::choice(format!("item:{}", offer.id), &title).line(&facts.join(" · "))
}

/// The drivers whose start, end and time fit, the closest in time first.
fn fitting(from: &Place, to: &Place, leaves: u64) -> Result<Vec<Listing>> {
    let found = listings::search(&Query { limit: 50, ..query(OFFER, from) })?;
    let mut fitting: Vec<(u64, Listing)> = found
        .into_iter()
        .filter_map(|offer| {
            let apart = at(&offer)?.abs_diff(leaves);
            (apart <= TIME_MS && goes_to(&offer, to)).then_some((apart, offer))
        })
        .collect();
    fitting.sort_by_key(|(apart, _)| *apart);
    Ok(fitting.into_iter().map(|(_, offer)| offer).collect())
}

/// Whether a ride ends near a place, or at one of its name.
fn goes_to(offer: &Listing, to: &Place) -> bool {
    let attributes: agent_sdk::Value = serde_json::from_str(&offer.draft.attributes).unwrap_or_default();
    let point = attributes["to_lat"].as_f64().zip(attributes["to_lng"].as_f64());
    let point = point.map(|(latitude, longitude)| agent_sdk::Point { latitude, longitude });
    match (point, to.point) {
        (Some(a), Some(b)) => places::distance_km(a, b) <= END_KM,
        _ => attributes["to"].as_str() == Some(to.label()),
    }
}

fn query(category: &str, near: &Place) -> Query {
    Query {
        words: if near.point.is_none() { near.label().to_owned() } else { String::new() },
        kind: Some("service".to_owned()),
        category: Some(category.to_owned()),
        attributes: Vec::new(),
        price_min: None,
        price_max: None,
        near: near.point,
        radius_km: near.point.map(|_| BOARD.radius_km),
        limit: 1,
        offset: 0,
    }
}

/// What a ride's listing says beyond its title.
pub(crate) fn attributes(answers: &Answers, to: &Place, leaves: u64) -> agent_sdk::Value {
    json!({
        "to": to.label(),
        "to_lat": to.point.map(|point| point.latitude),
        "to_lng": to.point.map(|point| point.longitude),
        "at": leaves,
        "seats": answers.number("seats"),
        "vehicle": answers.choice("vehicle"),
    })
}

/// The request as a listing for drivers, and a saved search for drivers to come.
fn keep(answers: &Answers, from: &Place, to: &Place, leaves: u64, title: &str) -> Result<()> {
    let id = listings::create(&Draft {
        category: Some(REQUEST.to_owned()),
        place: Some(from.clone()),
        attributes: attributes(answers, to, leaves).to_string(),
        ..board::draft("service", title, answers)
    })?;
    trip::forget_after(&id, leaves)?;
    let attributes = vec![Extra { name: "to".to_owned(), value: to.label().to_owned() }];
    match listings::save_search(&Query { attributes, ..query(OFFER, from) }) {
        Ok(_) | Err(Problem::Limit(_)) => Ok(()),
        Err(problem) => Err(problem.into()),
    }
}

/// The requests of passengers, nearest first.
pub(crate) fn passengers(turn: &Turn, near: Option<Place>) -> Result<Outcome> {
    BOARD.find(turn, Search { category: Some(REQUEST.to_owned()), place: near, ..Search::default() })
}

impl Run for SearchDrivers {
    fn run(self, turn: &Turn) -> Result<Did> {
        let at = self.departure_time.and_then(|text| when::parse(&text, turn.now));
        let (from, to) = (talk::place(self.pickup_location.as_deref()), talk::place(self.dropoff_location.as_deref()));
        known(REQUEST_FLOW.begin(turn), from, to, at).ask().map(Did::Answered)
    }
}
