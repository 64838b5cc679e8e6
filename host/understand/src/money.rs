//! Money: amounts, limits and ranges, with what they are the price of.

use switchboard_core::contract::readings::{Amount, Meaning, Reading};

use crate::{
    numbers::{Number, number},
    scan::Scan,
    values::{Claim, Claims, reading},
    vocabulary::{EN, Measure, Role},
    words::Sort,
};

/// More than this in the currency's unit is a slip of the finger.
const UNITS_MAX: f64 = 10_000_000_000.0;

/// A bare number below this is an amount only if something says so.
const BARE_MIN: f64 = 1_000.0;

/// A number that a weak word such as `for` precedes is an amount from here on.
const WEAK_MIN: f64 = 100.0;

/// An amount as it is read.
struct Price {
    from: usize,
    to: usize,
    low: Option<f64>,
    high: Option<f64>,
    currency: Option<String>,
    per: Option<&'static str>,
    /// Whether something says that it is money.
    is_explicit: bool,
    unsure: bool,
}

/// One number of an amount, with its currency.
struct Term {
    from: usize,
    to: usize,
    number: Number,
    currency: Option<String>,
}

/// Reads them.
pub fn read(scan: &Scan<'_>, claims: &mut Claims, found: &mut Vec<Reading>) {
    let negotiable = is_negotiable(scan);
    let mut at = 0;
    while at < scan.len() {
        let price = free(scan, at).or_else(|| price(scan, claims, at));
        match price.filter(|price| claims.are_free(price.from, price.to)) {
            Some(price) => {
                let hundredths = |units: f64| (units * 100.0 + 0.5) as u64;
                let amount = Amount {
                    low: price.low.map(hundredths),
                    high: price.high.map(hundredths),
                    currency: price.currency.unwrap_or_else(|| scan.setting.currency.to_owned()),
                    per: price.per.map(str::to_owned),
                    negotiable,
                };
                found.push(reading(scan, price.from, price.to, Meaning::Money(amount), price.unsure));
                if price.is_explicit {
                    claims.set(price.from, price.to, Claim::Money);
                }
                at = price.to;
            }
            None => at += 1,
        }
    }
}

/// `free`, `gratuit`, `ku buntu`, `bure`; not `free seats`, `are you free`.
fn free(scan: &Scan<'_>, at: usize) -> Option<Price> {
    let (languages, to) = scan.find(at, |it| (it.role == Role::Free).then_some(it.languages))?;
    if to == at + 1 && languages == EN {
        let before = at.checked_sub(1).map_or("", |before| scan.folded(before));
        let next = scan.folded(to);
        let ends = next.is_empty()
            || !next.starts_with(char::is_alphabetic)
            || matches!(next, "in" | "to" | "pls" | "please" | "near" | "at" | "pick" | "just");
        let is_time = matches!(before, "you" | "i" | "am" | "is" | "are" | "m" | "be" | "feel" | "re" | "when" | "he" | "she");
        if is_time || !ends {
            return None;
        }
    }
    if scan.before(at, Role::Not).is_some() {
        return None;
    }
    let is_explicit = true;
    Some(Price { from: at, to, low: Some(0.0), high: Some(0.0), currency: None, per: None, is_explicit, unsure: false })
}

/// The amount that begins here, with its limits.
fn price(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Price> {
    // `between 80 and 100k`, `from 50 to 60 thousand`.
    if let Some(start) = scan.after(at, Role::Between)
        && let Some(range) = range(scan, claims, filler(scan, start), true)
    {
        return finish(scan, claims, Price { from: at, ..range });
    }
    let limit = scan.find(at, |it| matches!(it.role, Role::Max | Role::Min).then_some(it.role));
    if let Some((role, start)) = limit {
        let start = filler(scan, start);
        if let Some(range) = range(scan, claims, start, false) {
            return finish(scan, claims, Price { from: at, ..range });
        }
        let term = term(scan, claims, start)?;
        let is_plain = term.currency.is_none() && term.number.factor == 1.0;
        let tokens = scan.tokens.iter().filter(|token| token.sort != Sort::Sign).count();
        if is_plain && term.number.value < if role == Role::Max { 20.0 } else { WEAK_MIN } && tokens > 4 || is_year(scan, &term) {
            return None;
        }
        let units = term.number.value;
        let (low, high) = if role == Role::Max { (None, Some(units)) } else { (Some(units), None) };
        let unsure = is_plain && is_small(scan, units);
        let (to, currency) = (term.to, term.currency);
        return finish(scan, claims, Price { from: at, to, low, high, currency, per: None, is_explicit: true, unsure });
    }
    if let Some(range) = range(scan, claims, at, false) {
        return finish(scan, claims, range);
    }
    single(scan, claims, at)
}

/// Passes over `about`, `:`, `the`, an article.
fn filler(scan: &Scan<'_>, mut at: usize) -> usize {
    for _ in 0..4 {
        let is_known = scan.is_sign(at, &[":", "=", "-", "~", "≈"])
            || matches!(scan.folded(at), "the" | "de" | "d" | "ni" | "is" | "est" | "of" | "y" | "ya" | "kuri" | "ku");
        match scan.after(at, Role::About).or_else(|| scan.after(at, Role::Price)) {
            Some(to) => at = to,
            None if is_known => at += 1,
            None => break,
        }
    }
    at
}

/// An amount without a limit.
fn single(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Price> {
    let term = term(scan, claims, at)?;
    let units = term.number.value;
    let has_factor = term.number.factor >= 1_000.0 && !term.number.is_bare_factor(scan, at);
    let limit = scan.find(term.to, |it| matches!(it.role, Role::OrLess | Role::OrMore).then_some(it.role));
    let plus = scan.is_sign(term.to, &["+"]).then_some((Role::OrMore, term.to + 1));
    let limit = limit.or(plus);
    let said_price = said_price(scan, at);
    let per = per(scan, term.to).is_some() || per_before(scan, at).is_some();
    let haggles = scan.matches(term.to).iter().any(|it| matches!(it.role, Role::Fixed | Role::Negotiable));
    let is_alone = is_alone(scan, at, term.to);
    let is_weak = at > 0 && scan.before(at, Role::Weak).or_else(|| scan.before(filler_before(scan, at), Role::Weak)).is_some();
    let is_counted = unit_or_thing(scan, &term);
    let is_explicit = term.currency.is_some()
        || has_factor
        || per
        || haggles
        || said_price
        || limit.is_some() && units >= 20.0
        || is_weak && units >= WEAK_MIN && !is_counted;
    let picks = scan.before(at, Role::Pick).is_some() || at >= 2 && scan.is_sign(at - 1, &[".", "°", "#"]) || at == 1 && scan.is_sign(0, &["#"]);
    if !is_explicit && (term.number.value.fract() != 0.0 && !is_alone || picks) {
        return None;
    }
    if term.number.is_one && term.number.is_spoken && !per && term.currency.is_none() {
        return None;
    }
    if is_counted && !(term.currency.is_some() || has_factor || per) {
        return None;
    }
    // By itself it may answer another question as well.
    let is_only_number = is_alone && term.currency.is_none() && !per;
    let is_money = is_explicit
        || is_alone
        || units >= BARE_MIN && !is_year(scan, &term) && !term.number.is_bare_factor(scan, at)
        || is_weak && is_year(scan, &term);
    if !is_money {
        return None;
    }
    let unsure = term.currency.is_none() && !has_factor && !per && is_small(scan, units);
    let (low, high, to) = match limit {
        Some((Role::OrLess, to)) => (None, Some(units), to),
        Some((_, to)) => (Some(units), None, to),
        None => (Some(units), Some(units), term.to),
    };
    finish(scan, claims, Price { from: term.from, to, low, high, currency: term.currency, per: None, is_explicit: is_explicit && !is_only_number, unsure })
}

fn filler_before(scan: &Scan<'_>, at: usize) -> usize {
    scan.before(at, Role::About).unwrap_or(at)
}

/// Whether a bare number of this size is more likely thousands.
fn is_small(scan: &Scan<'_>, units: f64) -> bool {
    units > 0.0
        && match scan.setting.currency {
            "USD" | "EUR" | "GBP" => false,
            "KES" => units < 20.0,
            _ => units < 100.0,
        }
}

/// A number of four digits that is likelier a year.
fn is_year(scan: &Scan<'_>, term: &Term) -> bool {
    let is_plain = scan.numeral(term.to - 1).is_some_and(|it| it.digits == 4 && !it.is_grouped);
    let is_year = (1985.0..=2035.0).contains(&term.number.value) && term.number.value % 100.0 != 0.0
        || term.number.value == 2000.0 && scan.len() > 3;
    term.currency.is_none() && is_plain && is_year && scan.len() > 1
}

/// Whether the text says nothing but this: courtesies and fillers do not count.
fn is_alone(scan: &Scan<'_>, from: usize, to: usize) -> bool {
    let is_filler = |at: usize| {
        let token = &scan.tokens[at];
        token.sort == Sort::Sign
            || matches!(
                token.folded,
                "ok" | "please" | "pls" | "svp" | "stp" | "yes" | "oui" | "yego" | "ndiyo" | "no" | "non" | "oya" | "hapana"
                    | "i" | "meant" | "it" | "s" | "is" | "sorry" | "ni" | "c" | "est" | "its" | "hi" | "hello" | "thanks"
                    | "say" | "maybe" | "make" | "pardon" | "je" | "voulais" | "dire" | "nashakaga" | "kuvuga" | "nilimaanisha"
                    | "samahani" | "mbabarira" | "actually" | "plutot" | "sawa" | "tafadhali" | "rwose" | "merci" | "asante"
            )
            || scan.matches(at).iter().any(|it| matches!(it.role, Role::About | Role::Weak | Role::Price | Role::Fixed | Role::Negotiable))
    };
    (0..from).chain(to..scan.len()).all(is_filler)
}

/// Whether a unit or a noun follows: `20 chairs` is no amount, `20 each` may be one.
fn unit_or_thing(scan: &Scan<'_>, term: &Term) -> bool {
    scan.matches(term.to).iter().any(|it| matches!(it.role, Role::Unit(..)))
        || scan.is_sign(term.to, &["%", "°"])
        || scan.is_sign(term.to, &["-"]) && scan.is_glued(term.to + 1)
        || matches!(scan.folded(term.to), "x" | "*" | "×") && scan.numeral(term.to + 1).is_some()
}

/// Whether a word of a price stands before, at most three words back: `salary is 70`, `igiciro ni 60`.
fn said_price(scan: &Scan<'_>, at: usize) -> bool {
    (0..=3).filter_map(|back| at.checked_sub(back)).any(|to| {
        let between = (to..at).all(|at| {
            let word = scan.folded(at);
            scan.tokens[at].sort == Sort::Sign && !matches!(word, "," | "." | "?" | "\n")
                || scan.matches(at).iter().any(|it| matches!(it.role, Role::About | Role::Weak | Role::To))
                || matches!(word, "ni" | "is" | "est" | "of" | "de" | "the" | "was" | "yake" | "cyayo" | "yayo" | "wa" | "ya")
        });
        between && scan.before(to, Role::Price).is_some()
    })
}

/// A number with its currency, none of it taken.
fn term(scan: &Scan<'_>, claims: &Claims, at: usize) -> Option<Term> {
    let (currency, start) = match currency(scan, at) {
        Some((currency, to)) => (Some(currency), if scan.is_sign(to, &[".", ":"]) { to + 1 } else { to }),
        None => (None, at),
    };
    let number = number(scan, start)?;
    if !claims.are_free(at, number.to) || number.value > UNITS_MAX || number.value < 0.01 {
        return None;
    }
    let mut to = number.to;
    let mut currency = currency;
    // `75,000/=`, `75,000/-`.
    if scan.is_sign(to, &["/"]) && scan.is_sign(to + 1, &["=", "-", "–", "_"]) {
        currency = currency.or_else(|| Some(own(scan)));
        to += 2;
    } else if let Some((code, after)) = self::currency(scan, to)
        // `5 f` at most: a letter alone stands at once behind digits.
        && (scan.folded(to).len() > 1 || scan.is_glued(to) || !scan.folded(to).starts_with(char::is_alphabetic) || scan.folded(to) == "f")
        && currency.as_ref().is_none_or(|known| *known == code || known == own(scan).as_str())
        && number.factor * number.value >= 1.0
        && number_after(scan, after).is_none()
    {
        currency = Some(code);
        to = after;
    }
    if currency.is_some() && start > at && number.is_one && number.is_spoken {
        return None;
    }
    Some(Term { from: at, to, number, currency })
}

/// `francs 500` behind a number that has its own: the currency leads the next one only where it is written first.
fn number_after(scan: &Scan<'_>, at: usize) -> Option<()> {
    let leads = matches!(scan.folded(at.checked_sub(1)?), "dola" | "amafaranga" | "frw" | "rwf" | "usd" | "$" | "ksh" | "kes");
    (leads && scan.numeral(at).is_some() && scan.tokens.get(at).is_some_and(|token| token.is_glued)).then_some(())
}

fn currency(scan: &Scan<'_>, at: usize) -> Option<(String, usize)> {
    scan.find(at, |it| match it.role {
        Role::Currency(code) => Some(code.to_owned()),
        Role::Own => Some(own(scan)),
        _ => None,
    })
}

/// The person's franc or shilling.
fn own(scan: &Scan<'_>) -> String {
    match scan.setting.currency {
        "" => "RWF",
        currency => currency,
    }
    .to_owned()
}

/// Two amounts: `80k-100k`, `100-120k`, `entre 80 et 100 mille`, `hagati y'ibihumbi 80 n'ibihumbi 100`.
fn range(scan: &Scan<'_>, claims: &Claims, at: usize, is_between: bool) -> Option<Price> {
    let first = term(scan, claims, at)?;
    let next = first.to;
    let is_dash = scan.is_sign(next, &["-", "–", "—", "~"]);
    let to = scan.after(next, Role::To);
    let word = scan.folded(next);
    let joins = match (is_dash, to) {
        (true, _) => next + 1,
        (false, Some(to)) => to,
        _ => return None,
    };
    // `and` and `or` make a range only between two limits; `a` and `to` also without.
    if !is_dash && !is_between && matches!(word, "and" | "et" | "na" | "n" | "or" | "ou" | "cyangwa" | "au") {
        return None;
    }
    let second = term(scan, claims, filler(scan, joins)).or_else(|| term(scan, claims, joins))?;
    let (mut low, mut high) = (first.number, second.number);
    // The factor is said once: `100-120k`, `elfu 80 hadi 100`.
    if low.factor == 1.0 && low.value < 1_000.0 && high.factor > 1.0 && low.value * high.factor <= high.value {
        low.value *= high.factor;
        low.factor = high.factor;
    } else if high.factor == 1.0 && high.value < 1_000.0 && low.factor > 1.0 && high.value * low.factor >= low.value {
        high.value *= low.factor;
        high.factor = low.factor;
    }
    if low.value >= high.value {
        return None;
    }
    let currency = second.currency.clone().or(first.currency);
    let is_explicit = currency.is_some() || high.factor > 1.0 || low.factor > 1.0;
    let is_counted = unit_or_thing(scan, &second) && !is_explicit && per(scan, second.to).is_none();
    let is_year = is_year(scan, &second);
    let is_bare = !is_explicit && !is_between && high.value < BARE_MIN && !is_alone(scan, at, second.to) && !said_price(scan, at);
    if is_counted || is_year || is_bare || !is_explicit && high.value < 20.0 {
        return None;
    }
    let unsure = !is_explicit && is_small(scan, low.value);
    Some(Price {
        from: first.from,
        to: second.to,
        low: Some(low.value),
        high: Some(high.value),
        currency,
        per: None,
        is_explicit: true,
        unsure,
    })
}

/// Adds what it is the price of.
fn finish(scan: &Scan<'_>, claims: &Claims, price: Price) -> Option<Price> {
    if let Some((unit, to)) = per(scan, price.to)
        && claims.are_free(price.to, to)
    {
        return Some(Price { per: Some(unit), to, is_explicit: true, ..price });
    }
    if let Some((unit, from, is_beside)) = per_before(scan, price.from) {
        let from = if is_beside && claims.are_free(from, price.from) { from } else { price.from };
        return Some(Price { per: Some(unit), from, is_explicit: true, ..price });
    }
    Some(price)
}

/// `per kg`, `/month`, `le sac`, `ku kilo`, `each` behind an amount.
fn per(scan: &Scan<'_>, at: usize) -> Option<(&'static str, usize)> {
    let unit = |at: usize| scan.find(at, |it| if let Role::Unit(_, name) = it.role { Some((name, it.languages)) } else { None });
    if let Some(per) = scan.find(at, |it| if let Role::Per(name) = it.role { Some(name) } else { None }) {
        return Some(per);
    }
    if scan.is_sign(at, &["/"]) {
        return match unit(at + 1) {
            Some(((name, _), to)) => Some((name, to)),
            None if scan.folded(at + 1) == "m" && scan.is_glued(at + 1) => Some(("month", at + 2)),
            None => None,
        };
    }
    if scan.folded(at) == "p" && scan.is_sign(at + 1, &["/"]) {
        return match scan.folded(at + 2) {
            "m" => Some(("month", at + 3)),
            "n" => Some(("night", at + 3)),
            "d" => Some(("day", at + 3)),
            "h" => Some(("hour", at + 3)),
            _ => None,
        };
    }
    for found in scan.matches(at).iter().filter(|it| it.role == Role::Each) {
        if let Some(((name, languages), to)) = unit(found.to) {
            // `80 la place`: the article and the noun are of one language.
            if found.languages & languages != 0 || name == "kg" {
                return Some((name, to));
            }
        }
        if matches!(scan.folded(found.to), "piece" | "one" | "item" | "unite" | "moja" | "kimwe" | "imwe" | "umwe") {
            return Some(("item", found.to + 1));
        }
    }
    // `60k month`.
    let (measure, (name, to)) = scan.find(at, |it| match it.role {
        Role::Unit(measure, name) => Some((measure, (name, it.to))),
        _ => None,
    })
    .map(|(it, _)| it)?;
    let is_price = at.checked_sub(1).is_some_and(|before| {
        matches!(scan.folded(before), "k" | "m" | "=" | "-")
            || scan.matches(before).iter().any(|it| matches!(it.role, Role::Factor(_) | Role::Currency(_) | Role::Own))
            || scan.numeral(before).is_some_and(|it| it.value >= 5_000.0)
    });
    (measure == Measure::Time && is_price).then_some((name, to))
}

/// `ku munsi nishyura 5000`, `per kg 350`, `ikilo ni 350`: the unit, where it begins, and whether it stands beside the amount.
fn per_before(scan: &Scan<'_>, at: usize) -> Option<(&'static str, usize, bool)> {
    for back in 0..=4 {
        let to = at.checked_sub(back)?;
        if (to..at).any(|at| scan.is_sign(at, &[".", ",", "?", "!", "\n"]) && back < 4 && scan.is_sign(at, &[".", "?", "\n"])) {
            return None;
        }
        let name = |from: usize| {
            scan.matches(from).iter().find_map(|it| match it.role {
                Role::Unit(_, name) if it.to == to => Some((name, it.languages)),
                _ => None,
            })
        };
        for from in (1..=2).filter_map(|back| to.checked_sub(back)) {
            let Some((name, languages)) = name(from) else { continue };
            let each = scan.before(from, Role::Each).filter(|each| {
                let word = scan.folded(*each);
                let languages_match = scan.matches(*each).iter().any(|it| {
                    it.role == Role::Each && it.to == from && it.languages & languages != 0
                });
                languages_match && !matches!(word, "a" | "an" | "the" | "la" | "le" | "les" | "l" | "du" | "for a") || word == "by" && name == "night"
            });
            if let Some(each) = each {
                return Some((name, each, back == 0));
            }
            let says_is = back == 1 && matches!(scan.folded(to), "ni" | "is" | "est" | "=" | ":" | "at" | "@");
            let counts_one = from.checked_sub(1).is_none_or(|before| {
                scan.numeral(before).is_none_or(|it| it.value == 1.0) && scan.find(before, |it| matches!(it.role, Role::Small(_)).then_some(())).is_none()
            });
            if says_is && counts_one {
                return Some((name, from, true));
            }
        }
    }
    None
}

/// Whether the text says that it may be talked about.
fn is_negotiable(scan: &Scan<'_>) -> bool {
    (0..scan.len()).any(|at| {
        let fixed = scan.after(at, Role::Fixed);
        scan.after(at, Role::Negotiable).is_some()
            && fixed.is_none()
            && scan.before(at, Role::Not).is_none()
            && (1..=2).filter_map(|back| at.checked_sub(back)).all(|from| scan.after(from, Role::Fixed).is_none_or(|to| to <= at))
    })
}
