//! What a text says for the questions of a flow: each takes what is of its kind and unit. `2 bedrooms in Remera under 300k` answers
//! three. Which words say an amount, a number, a time, a place or a thing, the host knows (see [`Said`]).

use core::ops::Range;

use super::{Answer, Answers, Kind, Leads, Opt, Step};
use crate::{Flow, Turn, money, money::Amount, understand::Said, words};

/// The feature that opens this.
pub(crate) const FEATURE: &str = "hybridFlows";

/// A text with fewer words answers one question.
const WORDS_MIN: usize = 2;

/// What a text says for a step.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    /// The answers that are about as likely; one if it is sure.
    pub(super) answers: Vec<Answer>,
    /// Where it stands; empty where the words say something else too.
    pub(super) span: Range<usize>,
    /// To be asked back.
    pub(super) unsure: bool,
}

/// Fills the open questions that a sentence answers; gives the spans that were taken.
pub(super) fn fill(flow: &Flow, answers: &mut Answers, turn: &Turn, said: &Said<'_>) -> Vec<Range<usize>> {
    if !is_sentence(turn, said.text) {
        return Vec::new();
    }
    let mut taken = Vec::new();
    for step in flow.steps.iter().filter(|step| !matches!(step.kind, Kind::Words { .. })) {
        if answers.get(step.name).is_none()
            && let Some(heard) = value(step, turn, said, &taken)
        {
            taken.push(heard.span.clone());
            keep(step, answers, heard);
        }
    }
    for step in flow.steps.iter().filter(|step| step.is_thing) {
        if answers.get(step.name).is_none()
            && let Some(title) = title(step, said, &taken)
        {
            answers.set(step.name, title);
            answers.given(step.name);
        }
    }
    taken
}

/// The title in a text that is about a thing.
pub(super) fn title(step: &Step, said: &Said<'_>, taken: &[Range<usize>]) -> Option<Answer> {
    let Kind::Words { min, max } = step.kind else { return None };
    // Without a thing that is known, only what somebody offers or seeks is taken for one.
    if said.things().next().is_none() && !said.does("offer") && !said.does("seek") {
        return None;
    }
    let title = said.title(taken)?;
    (min..=max).contains(&title.chars().count()).then_some(Answer::Words(title))
}

/// Keeps what was heard: an answer, or a doubt to ask about.
pub(super) fn keep(step: &Step, answers: &mut Answers, heard: Heard) {
    let mut likely = heard.answers;
    if heard.unsure {
        answers.doubt(step.name, likely);
    } else if let Some(answer) = likely.pop() {
        answers.set(step.name, answer);
        answers.given(step.name);
    }
}

/// Whether a text may answer several questions, and is allowed to.
pub(super) fn is_sentence(turn: &Turn, text: &str) -> bool {
    turn.has(FEATURE) && text.split_whitespace().count() >= WORDS_MIN
}

/// What a text says for a step that wants no free words, outside the spans that other steps took.
pub(super) fn value(step: &Step, turn: &Turn, said: &Said<'_>, taken: &[Range<usize>]) -> Option<Heard> {
    let free = |span: &Range<usize>| taken.iter().all(|taken| span.end <= taken.start || taken.end <= span.start);
    match step.kind {
        Kind::Number { min, max } => number(step, said, &free).filter(|heard| {
            heard.answers.iter().all(|answer| matches!(answer, Answer::Number(n) if (min..=max).contains(n)))
        }),
        Kind::Money { ranges, negotiable } => amount(step, said, ranges, negotiable, &free),
        Kind::Place(_) => place(step, said, &free),
        Kind::When { .. } => time(turn, said, &free),
        Kind::Choice(options) => choice(step, options, said).map(sure),
        Kind::Listed(_) | Kind::Words { .. } | Kind::YesNo | Kind::Files { .. } => None,
    }
}

/// The words stay: `used` says something in a title too.
fn sure(id: &str) -> Heard {
    Heard { answers: vec![Answer::Choice(id.to_owned())], span: 0..0, unsure: false }
}

/// A number of the step's unit, or one beside a word of its label: `2 bedrooms`, `chambres: 3`.
fn number(step: &Step, said: &Said<'_>, free: &impl Fn(&Range<usize>) -> bool) -> Option<Heard> {
    let whole = |amount: f64| (amount.fract() == 0.0 && amount.abs() < 9e15).then_some(Answer::Number(amount as i64));
    let heard =
        |answer: Answer, span: &Range<usize>| Heard { answers: vec![answer], span: span.clone(), unsure: false };
    let of_unit = said.quantities().filter(|found| free(&found.span) && step.units.contains(&found.what.unit.as_str()));
    let of_unit = of_unit.filter_map(|found| Some(heard(whole(found.what.amount)?, &found.span)));
    if let Some(heard) = of_unit.into_iter().next() {
        return Some(heard);
    }
    said.numbers().filter(|found| free(&found.span)).find_map(|found| {
        let before = said.text[..found.span.start].split_whitespace().next_back().map(str::to_owned);
        let behind = said.text[found.span.end..].split_whitespace().next().map(str::to_owned);
        let named = before.iter().chain(&behind).any(|word| step.is_labelled(word));
        // A number with a unit of another step is that one's.
        let of_other = said.quantities().any(|other| {
            other.span.start == found.span.start
                && !step.units.is_empty()
                && !step.units.contains(&other.what.unit.as_str())
        });
        if named && !of_other { Some(heard(whole(found.what)?, &found.span)) } else { None }
    })
}

/// An amount of money; of a limit, its upper end.
fn amount(
    step: &Step,
    said: &Said<'_>,
    ranges: bool,
    negotiable: bool,
    free: &impl Fn(&Range<usize>) -> bool,
) -> Option<Heard> {
    let per = |span: &Range<usize>| {
        said.amounts().find(|found| found.span == *span).and_then(|found| found.what.per.clone()).unwrap_or_default()
    };
    let amounts = money::of(said).into_iter().filter(|found| free(&found.span));
    let fits = |amount: &Amount| match amount {
        Amount::Negotiable => negotiable,
        Amount::Between(..) => ranges || step.is_limit,
        Amount::Exactly(_) => true,
    };
    // The price of the unit that is asked for comes first.
    let amounts = amounts.filter(|found| fits(&found.what));
    let found = amounts.min_by_key(|found| !step.units.contains(&per(&found.span).as_str()))?;
    let amount = match found.what {
        Amount::Between(_, high) if !ranges => Amount::Exactly(high),
        other => other,
    };
    let mut answers = vec![Answer::Amount(amount.clone())];
    // `80` for a price may be 80 or 80 000.
    if found.unsure
        && let Amount::Exactly(money) = &amount
    {
        let hundredths = money.hundredths.saturating_mul(1_000);
        answers.push(Answer::Amount(Amount::Exactly(crate::Money { hundredths, currency: money.currency.clone() })));
    }
    Some(Heard { answers, span: found.span, unsure: found.unsure })
}

/// A place; where a flow goes from one to another, the one that its words lead to, else the next in order.
fn place(step: &Step, said: &Said<'_>, free: &impl Fn(&Range<usize>) -> bool) -> Option<Heard> {
    let mut before = 0;
    let mut places = Vec::new();
    for found in said.places() {
        let leads = leads(&said.text[before..found.span.start]);
        let is_denied = denies(&said.text[..found.span.start]);
        before = found.span.end;
        if free(&found.span) && !is_denied {
            places.push((leads, found));
        }
    }
    let by_words = places.iter().position(|(leads, _)| step.leads.is_some() && *leads == step.leads);
    // Who names one place says where to; of two without a word, the first is where from.
    let is_alone = step.leads == Some(Leads::From) && places.len() < 2;
    let in_order = places.iter().position(|(leads, _)| step.leads.is_none() || leads.is_none() && !is_alone);
    let (_, found) = places.swap_remove(by_words.or(in_order)?);
    Some(Heard { answers: vec![Answer::Place(found.what.clone())], span: found.span, unsure: false })
}

/// Whether the last words before a place deny it: `not from Kimironko, from Remera`, `si Kimironko ni Kicukiro`.
fn denies(before: &str) -> bool {
    const DENIES: &[&str] = &["not", "pas", "si", "sio", "siyo", "atari", "ntabwo"];
    const BETWEEN: &[&str] = &["from", "in", "at", "to", "a", "de", "i", "mu", "kutoka", "kwenda", "kuva"];
    let mut words =
        before.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).rev().map(words::plain);
    let last = words.next().unwrap_or_default();
    let last = if BETWEEN.contains(&last.as_str()) { words.next().unwrap_or_default() } else { last };
    DENIES.contains(&last.as_str())
}

/// Where a place leads, by the last words before it: `from`, `iva i`, `kutoka`, or `to`, `ijya`, `kwenda`.
fn leads(before: &str) -> Option<Leads> {
    const FROM: &[&str] = &[
        "from",
        "leaving",
        "departing",
        "pickup",
        "de",
        "du",
        "d",
        "depuis",
        "depart",
        "partant",
        "kuva",
        "iva",
        "mvuye",
        "uvuye",
        "ava",
        "mva",
        "turi",
        "ndi",
        "mpagurukira",
        "kutoka",
        "toka",
        "natoka",
        "inatoka",
        "kuanzia",
        "niko",
    ];
    const TO: &[&str] = &[
        "to",
        "towards",
        "going",
        "a",
        "au",
        "vers",
        "jusqu",
        "direction",
        "destination",
        "kugera",
        "kugeza",
        "njya",
        "kujya",
        "ijya",
        "ujya",
        "ajya",
        "ndajya",
        "ngiye",
        "tujya",
        "injyana",
        "njyana",
        "untwara",
        "werekeza",
        "yerekeza",
        "hadi",
        "kwenda",
        "naenda",
        "anaenda",
        "inaenda",
        "tunaenda",
        "nikienda",
        "mpaka",
        "kuelekea",
        "nipeleke",
        "kunipeleka",
    ];
    let plain = words::plain(before);
    plain.split(' ').rev().take(3).find_map(|word| match () {
        () if FROM.contains(&word) => Some(Leads::From),
        () if TO.contains(&word) => Some(Leads::To),
        () => None,
    })
}

/// A time to come. One that is unsure, or beside words of a time that could not be read, is asked about.
fn time(turn: &Turn, said: &Said<'_>, free: &impl Fn(&Range<usize>) -> bool) -> Option<Heard> {
    const HALF_DAY_MS: u64 = 12 * 3_600_000;
    let to_come = |at: &u64| *at + 60_000 > turn.now;
    let found = said.times().find(|found| free(&found.span) && to_come(&found.what.at))?;
    let at = found.what.at;
    let mut answers = vec![Answer::Time(at)];
    if found.unsure {
        let halves = [at + HALF_DAY_MS, at.saturating_sub(HALF_DAY_MS)];
        // The other half of the same day, if it is still to come.
        let other = halves.into_iter().find(|half| *half >= found.what.earliest && *half <= found.what.latest);
        answers.extend(other.or_else(|| halves.into_iter().find(to_come)).map(Answer::Time));
    }
    Some(Heard { answers, span: found.span, unsure: found.unsure || said.has_unread() })
}

/// The option that a text names or implies.
pub(super) fn choice(step: &Step, options: &[Opt], said: &Said<'_>) -> Option<&'static str> {
    if let Some(id) = step.infers.and_then(|infers| infers(said)) {
        return Some(id);
    }
    let text = words::plain(said.text);
    let stems: Vec<&str> = text.split(' ').map(words::stem).collect();
    let named = |option: &&Opt| {
        option.title.all().any(|(_, title)| {
            let title = words::plain(title);
            title.chars().count() > 2 && title.split(' ').all(|word| stems.contains(&words::stem(word)))
        })
    };
    let mut named = options.iter().filter(named);
    if let (Some(only), None) = (named.next(), named.next()) {
        return Some(only.id);
    }
    // What sort of thing it is: the first that is named leads.
    let of = |id: &str| said.things().any(|thing| thing.what.category == id || thing.what.concept == id);
    options.iter().find(|option| of(option.id)).map(|option| option.id)
}
