//! Quotes: lines, a discount, a total and a date, as a text that can be sent on.

use agent_sdk::{
    Answer, Answers, Did, Flow, Language, Money, Outcome, Result, Run, Step, Turn, board, money, reply, store, tool,
    tr, when, words,
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
        .checked(
            |text| !read(text, "RWF").is_empty(),
            tr!(
                "I found no line with a number, a thing and a price, like *10 chairs 15000*.",
                "Je n'y trouve aucune ligne avec un nombre, une chose et un prix, comme *10 chaises 15000*.",
                "Nta murongo ufite umubare, ikintu n'igiciro nabonye, nka *10 intebe 15000*.",
                "Sijapata mstari wenye idadi, kitu na bei, kama *10 viti 15000*."
            ),
        ),
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
        ),
    ],
    confirm: Some(tr!("Your quote:", "Votre devis :", "Igiciro cyawe:", "Nukuu yako:")),
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

/// Lines of a number, a thing and a price; others are left out.
fn read(text: &str, currency: &str) -> Vec<Line> {
    let line = |line: &str| {
        let words: Vec<&str> =
            line.split_whitespace().filter(|word| !["x", "×", "-", "à", "@"].contains(word)).collect();
        let count =
            words.first()?.trim_end_matches(['x', '×']).parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
        let n_price = (1..=3.min(words.len().saturating_sub(2))).rev().find(|n| {
            let tail = words[words.len() - n..].join(" ");
            tail.starts_with(|sign: char| sign.is_ascii_digit())
                && money::parse(&tail, currency).and_then(|amount| amount.low()).is_some()
        })?;
        let price = money::parse(&words[words.len() - n_price..].join(" "), currency)?.low()?.hundredths;
        let what = words::cut(&words[1..words.len() - n_price].join(" "), 80);
        (!what.is_empty()).then_some(Line { count, what, price })
    };
    text.lines().filter_map(line).take(LINES_MAX).collect()
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
    let lines = read(answers.words("items").unwrap_or_default(), &currency);
    let discount = answers.number("discount").unwrap_or_default();
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
    let until = when::show(valid_until);
    let until = until.split(' ').next().unwrap_or_default().to_owned();
    let sum = tr!(
        "*Total: {total}*, valid until {until}",
        "*Total : {total}*, valable jusqu'au {until}",
        "*Byose: {total}*, kugeza {until}",
        "*Jumla: {total}*, hadi {until}"
    );
    text.push(sum.with(language, &[("total", &money::format(&total)), ("until", &until)]));
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
        if !read(&self.items, &turn.person.currency).is_empty() {
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

    #[test]
    fn lines_are_read_and_summed() {
        let lines = read("10 chairs 15000\n2 x tables à 40 000 RWF\nthanks", "RWF");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], Line { count: 2, what: "tables".into(), price: 4_000_000 });
        assert_eq!(total(&lines, 0) / 100, 230_000);
        assert_eq!(total(&lines, 10) / 100, 207_000);
        assert!(read("chairs", "RWF").is_empty());
        assert!(read("10 15000", "RWF").is_empty());
    }
}
