//! Quotes: lines, a discount, a total and a date, as a text that can be sent on.

use core::ops::Range;

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Money, Outcome, Result, Run, Step, Turn, board, money, reply, store, tool,
    tr, understand::Said, when, words,
};
use serde::{Deserialize, Serialize};

use crate::lead;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Lines of one quote.
const LINES_MAX: usize = 30;

tool! {
    "create_quote": "Makes a quote of lines like `2 chairs 15000`.",
    pub(crate) struct CreateQuote {
        items: String = "A line for each thing: how many, what, and the price of one.",
        discount: Option<u64> = "Percent, 0 to 90.",
        valid_days: Option<u64> = "For how many days, 1 to 365.",
    }
}

pub(crate) const QUOTE: Flow = Flow {
    name: "quote",
    steps: &[
        Step::words(
            "items",
            tr!("Lines", "Lignes", "Ibintu", "Mistari"),
            tr!(
                "What is in it? A line for each thing: how many, what, and the price of one. For instance:\n\n10 chairs 15000\n2 tables 40000",
                "Que contient-il ? Une ligne par chose : combien, quoi, et le prix unitaire. Par exemple :\n\n10 chaises 15000\n2 tables 40000",
                "Harimo iki? Umurongo kuri buri kintu: umubare, icyo ari cyo, igiciro cya kimwe. Urugero:\n\n10 intebe 15000\n2 ameza 40000",
                "Ina nini? Mstari kwa kila kitu: idadi, kitu, na bei ya kimoja. Kwa mfano:\n\n10 viti 15000\n2 meza 40000"
            ),
            5,
            1_500,
        )
        .fits(|turn, _, answer| {
            let Answer::Words(text) = answer else { return None };
            let hint = tr!(
                "I found no line with a number, a thing and a price, like *10 chairs 15000*.",
                "Je n'y trouve aucune ligne avec un nombre, une chose et un prix, comme *10 chaises 15000*.",
                "Nta murongo ufite umubare, ikintu n'igiciro nabonye, nka *10 intebe 15000*.",
                "Sijapata mstari wenye idadi, kitu na bei, kama *10 viti 15000*."
            );
            (!has_lines(turn, text)).then(|| hint.get(Language::of(turn)).to_owned())
        }),
        Step::number(
            "discount",
            tr!("Discount in %", "Remise en %", "Igabanywa %", "Punguzo %"),
            tr!("Which discount, in percent?", "Quelle remise, en pour cent ?", "Igabanywa ku ijana ni angahe?", "Punguzo la asilimia ngapi?"),
            0,
            90,
        )
        .or_skip(),
        Step::number(
            "days",
            tr!("Valid for days", "Valable (jours)", "Iminsi", "Siku"),
            tr!("For how many days is it valid?", "Valable combien de jours ?", "Gifite agaciro iminsi ingahe?", "Inatumika siku ngapi?"),
            1,
            365,
        )
        .of(&["day"])
        .or_skip(),
    ],
    confirm: None,
    word: Flow::CONFIRM,
    done: finish,
};

/// A quote as it is kept.
#[derive(Serialize, Deserialize)]
struct Quote {
    lead: Option<String>,
    lines: Vec<Line>,
    discount: i64,
    total: Money,
    valid_until: u64,
}

/// One line of a quote.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    count: u64,
    what: String,
    /// Of one, in hundredths.
    price: u64,
}

/// Begins a quote for a lead.
pub(crate) fn begin(turn: &Turn, number: &str) -> Result<Outcome> {
    match lead::find(number)? {
        Some(lead) => QUOTE.begin(turn).with("lead", number).ask_after(&format!("*{}*", lead.name)),
        None => QUOTE.begin(turn).ask(),
    }
}

/// Begins a quote with the lines that a sentence says.
pub(crate) fn said(turn: &Turn, text: &str) -> Result<Outcome> {
    let mut begin = QUOTE.begin(turn);
    if has_lines(turn, text) {
        begin = begin.known("items", Answer::Words(words::cut(text, 1_500)));
    }
    begin.ask()
}

pub(crate) fn has_lines(turn: &Turn, text: &str) -> bool {
    !read(&Said::of(turn, text)).is_empty()
}

/// The numbers of a text outside its percentages, and where they stand.
fn numbers(said: &Said<'_>) -> Vec<(Range<usize>, f64)> {
    let exact = said.amounts().filter(|found| found.what.low == found.what.high);
    let mut all: Vec<(Range<usize>, f64)> =
        exact.filter_map(|found| Some((found.span, found.what.low? as f64 / 100.0))).collect();
    let free = |span: &Range<usize>, all: &[(Range<usize>, f64)]| {
        all.iter().all(|(taken, _)| span.end <= taken.start || taken.end <= span.start)
    };
    for found in said.numbers() {
        if free(&found.span, &all) {
            all.push((found.span, found.what));
        }
    }
    all.retain(|(span, _)| !is_percent(said.text, span));
    all.sort_by_key(|(span, _)| span.start);
    all
}

fn is_percent(text: &str, span: &Range<usize>) -> bool {
    let behind = text[span.end..].trim_start();
    let word = words::plain(behind);
    behind.starts_with('%')
        || text[..span.end].ends_with('%')
        || ["percent", "per cent", "pour cent", "pourcent", "ku ijana"].iter().any(|known| word.starts_with(known))
        || words::plain(&text[..span.start]).ends_with("asilimia")
}

/// The discount that a text names.
fn percent(said: &Said<'_>) -> Option<i64> {
    let found = said.numbers().find(|found| is_percent(said.text, &found.span))?;
    (0.0..=90.0).contains(&found.what).then_some(found.what as i64)
}

/// Lines of a number, a thing and the price of one, below or behind each other: `10 chairs at 15000 and 2 tables at 40 000`,
/// `viti 10 kwa 15000`. Others are left out.
fn read(said: &Said<'_>) -> Vec<Line> {
    let text = said.text;
    let mut groups: Vec<Vec<(Range<usize>, f64)>> = Vec::new();
    for number in numbers(said) {
        let starts = match groups.last() {
            Some(group) => {
                let between = group.last().and_then(|(last, _)| text.get(last.end..number.0.start)).unwrap_or_default();
                between.contains('\n') || group.len() >= 2 && separates(between)
            }
            None => true,
        };
        if starts {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(number);
        }
    }
    let mut lines = Vec::new();
    let mut before = 0;
    for group in groups {
        // Without a sign between them, two and two belong together.
        let size = if group.len() > 2 && group.len() % 2 == 0 { 2 } else { group.len() };
        for of_one in group.chunks(size) {
            let (Some((first, count)), Some((last, price))) = (of_one.first(), of_one.last()) else { continue };
            let ahead = text.get(before..first.start).unwrap_or_default();
            let within = text.get(first.end..last.start).unwrap_or_default();
            before = last.end;
            // `a table at 40000`: one of it.
            let is_one = of_one.len() == 1 && is_priced(ahead);
            let count = if is_one { &1.0 } else { count };
            let is_count = count.fract() == 0.0 && (1.0..=1_000_000.0).contains(count);
            if of_one.len() < 2 && !is_one || !is_count || !(0.01..=1e10).contains(price) {
                // A price that belongs to nothing: better asked than a wrong sum.
                if of_one.len() == 1 && *price >= 100.0 && !text.contains('\n') {
                    return Vec::new();
                }
                continue;
            }
            let within = if is_one { "" } else { within };
            let what = Some(thing(within)).filter(|what| !what.is_empty()).unwrap_or_else(|| {
                // What stands before the number, on its own line and behind the last sign.
                thing(ahead.rsplit([':', ',', ';', '\n']).next().unwrap_or_default())
            });
            if !what.is_empty() {
                lines.push(Line { count: *count as u64, what, price: (price * 100.0 + 0.5) as u64 });
            }
        }
    }
    lines.truncate(LINES_MAX);
    lines
}

/// Whether the last word before a number makes it a price.
fn is_priced(ahead: &str) -> bool {
    let plain = words::plain(ahead);
    ahead.trim_end().ends_with('@')
        || ["at", "a", "kwa", "kuri"].contains(&plain.rsplit(' ').next().unwrap_or_default())
}

/// Whether another line begins between two numbers.
fn separates(between: &str) -> bool {
    between.contains([',', ';', '+', '&'])
        || words::has_one_of(between, &["and", "plus", "et", "na", "n", "kandi", "pia"])
}

/// The name of a thing, without the small words around it.
fn thing(text: &str) -> String {
    const AROUND: &[&str] = &[
        "x", "at", "of", "for", "each", "per", "a", "and", "plus", "de", "d", "des", "et", "pour", "chacun", "chacune",
        "l", "unite", "kwa", "kuri", "ku", "na", "n", "kandi", "ya", "za", "by", "quote", "devis", "rwf", "frw",
        "kila", "moja", "buri", "kimwe", "imwe",
    ];
    let all: Vec<&str> = text.split_whitespace().collect();
    let is_around = |word: &&&str| {
        let plain = words::plain(word);
        plain.is_empty() || AROUND.contains(&plain.as_str())
    };
    let from = all.iter().take_while(is_around).count();
    let rest = &all[from..];
    let to = rest.len() - rest.iter().rev().take_while(is_around).count();
    let name = rest[..to].join(" ");
    // `n'ameza`: and tables.
    let name = name.strip_prefix("n'").or_else(|| name.strip_prefix("n’")).unwrap_or(&name);
    words::cut(name.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != ')'), 80)
}

/// The sum less the discount, in hundredths.
fn total(lines: &[Line], discount: i64) -> u64 {
    let sum = lines.iter().map(|line| line.price.saturating_mul(line.count)).fold(0, u64::saturating_add);
    let kept = u64::try_from(100 - discount.clamp(0, 100)).unwrap_or(100);
    // Divided first: a sum at the limit must not overflow.
    sum / 100 * kept + sum % 100 * kept / 100
}

fn finish(turn: &Turn, answers: &Answers) -> Result<Outcome> {
    let language = Language::of(turn);
    let currency = turn.person.currency.clone();
    let items = answers.words("items").unwrap_or_default();
    let lines = read(&Said::of(turn, items));
    let discount = answers.number("discount").or_else(|| percent(&Said::of(turn, items))).unwrap_or_default();
    let amount = |hundredths| money::format(&Money { hundredths, currency: currency.clone() });
    let total = Money { hundredths: total(&lines, discount), currency: currency.clone() };
    let valid_until = turn.now + u64::try_from(answers.number("days").unwrap_or(30)).unwrap_or(30) * DAY_MS;
    let number = format!("Q-{}", board::number(turn.seed));
    let of = answers.context("lead").map(str::to_owned);
    let mut text = vec![format!("📄 *{number}*")];
    text.extend(
        lines
            .iter()
            .map(|line| format!("{} × {}: {}", line.count, line.what, amount(line.price.saturating_mul(line.count)))),
    );
    if discount > 0 {
        text.push(format!("-{discount} %"));
    }
    let until = when::say(valid_until, language);
    let until = until.rsplit_once(',').map_or(until.as_str(), |(day, _)| day);
    let sum = tr!(
        "*Total: {total}*, valid until {until}",
        "*Total : {total}*, valable jusqu'au {until}",
        "*Byose: {total}*, kugeza {until}",
        "*Jumla: {total}*, hadi {until}"
    );
    text.push(sum.with(language, &[("total", &money::format(&total)), ("until", until)]));
    if let Some(of) = &of
        && let Some(known) = lead::find(of)?
    {
        // A quote moves a fresh deal on; one that is further stays where it is.
        let stage = if ["lead", "qualified"].contains(&known.stage.as_str()) {
            "proposal".to_owned()
        } else {
            known.stage.clone()
        };
        store::put_mine("leads", of, &lead::Lead { stage, amount: Some(total.clone()), ..known })?;
    }
    store::put_mine("quotes", &number, &Quote { lead: of.clone(), lines, discount, total, valid_until })?;
    let note = tr!(
        "_Forward this to your customer._",
        "_Transférez ceci à votre client._",
        "_Ohereza ibi umukiriya wawe._",
        "_Tuma hii kwa mteja wako._"
    );
    text.push(String::new());
    text.push(note.get(language).to_owned());
    let mut choices = Vec::new();
    if let Some(of) = of {
        choices.push(reply::choice(
            format!("lead:{of}"),
            tr!("The lead", "Le prospect", "Umukiriya", "Mteja").get(language),
        ));
    }
    choices.push(reply::choice(
        "pipeline",
        tr!("📊 My leads", "📊 Mes prospects", "📊 Abakiriya banjye", "📊 Wateja wangu").get(language),
    ));
    choices.push(reply::menu_choice(language));
    Ok(Outcome::say(reply::choices(language, text.join("\n"), choices)).tag("quote", number))
}

impl Run for CreateQuote {
    fn run(self, turn: &Turn) -> Result<Did> {
        let mut begin = QUOTE.begin(turn);
        if has_lines(turn, &self.items) {
            begin = begin.known("items", Answer::Words(words::cut(&self.items, 1_500)));
        }
        let within = |value: Option<u64>, least: i64, most: i64| {
            value.and_then(|value| i64::try_from(value).ok()).filter(|value| (least..=most).contains(value))
        };
        if let Some(discount) = within(self.discount, 0, 90) {
            begin = begin.known("discount", Answer::Number(discount));
        }
        if let Some(days) = within(self.valid_days, 1, 365) {
            begin = begin.known("days", Answer::Number(days));
        }
        begin.ask().map(Did::Answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, String, u64)> {
        let read = read(&Said::of(&Turn::said(text), text));
        read.into_iter().map(|line| (line.count, line.what, line.price / 100)).collect()
    }

    fn line(count: u64, what: &str, price: u64) -> (u64, String, u64) {
        (count, what.to_owned(), price)
    }

    #[test]
    fn lines_are_read_below_and_behind_each_other() {
        for text in [
            "10 chairs 15000\n2 x tables à 40 000 RWF\nthanks",
            "make a quote for 10 chairs at 15000 and 2 tables at 40000, 10% discount",
            "quote for a client: 10 chairs 15000, 2 tables 40000, 10% discount",
            "10 chairs at 15k each + 2 tables 40k",
            "10 chairs 15,000 and 2 tables 40,000",
            "10 chairs 15000 2 tables 40000",
        ] {
            assert_eq!(lines(text), [line(10, "chairs", 15_000), line(2, "tables", 40_000)], "{text}");
        }
        let text = "make a sales quote for two chairs at 15000 and a table at 40000 with ten percent off";
        assert_eq!(lines(text), [line(2, "chairs", 15_000), line(1, "table", 40_000)]);
        assert_eq!(lines("2 chairs at 15000 and the sofa 90000"), []);
        assert_eq!(lines("viti 10 kwa 15000 na meza 2 kwa 40000"), [line(10, "viti", 15_000), line(2, "meza", 40_000)]);
        assert_eq!(
            lines("un devis : 20 brochettes à 2500 pour l'événement d'un client"),
            [line(20, "brochettes", 2_500)]
        );
        assert_eq!(lines("ni devi si komande: brochette 20 kuri 2500 z'umukiriya"), [line(20, "brochette", 2_500)]);
        assert_eq!(
            lines("quote: 20 plates of brochettes 2500 each for a client"),
            [line(20, "plates of brochettes", 2_500)]
        );
        for text in ["chairs", "10 15000", "40 chairs", "é", "quote for 10%"] {
            assert_eq!(lines(text), [], "{text}");
        }
    }

    #[test]
    fn a_discount_is_taken_off() {
        let text = "10 chairs 15000 and 2 tables 40000, 10% off";
        let said = Turn::said(text);
        let said = Said::of(&said, text);
        assert_eq!((total(&read(&said), 0) / 100, percent(&said)), (230_000, Some(10)));
        assert_eq!(total(&read(&said), 10) / 100, 207_000);
    }
}
