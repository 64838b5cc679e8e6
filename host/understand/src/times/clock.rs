//! The time of the clock: `8pm`, `20h30`, `half past 7`, `huit heures et quart`, `saa mbili na nusu`, `saa tatu n'iminota itanu`.

use super::said::minutes;
use crate::{
    numbers::{below_thousand, fraction_behind, number},
    scan::Scan,
    vocabulary::{EN, FR, Measure, Role},
};

/// A time of the clock, as it was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Minutes since midnight, or since six if `style` is [`Style::Saa`].
    pub minutes: i32,
    /// How it was said.
    pub style: Style,
}

/// How a time of the clock is said, and so what its hour may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With its half of the day.
    Exact,
    /// An hour alone: `at 8`.
    Bare,
    /// `8h`: in French mostly of twenty-four.
    Hour,
    /// `8:30`.
    Colon,
    /// The East African clock, which counts from six.
    Saa,
}

impl Clock {
    fn of(hour: f64, minutes: f64, style: Style) -> Clock {
        // An hour with a half named, or beyond twelve, says all.
        let style = if (hour > 12.0 || hour == 0.0) && style != Style::Exact { Style::Exact } else { style };
        Clock { minutes: hour as i32 * 60 + minutes as i32, style }
    }

    /// Whether there is such a time.
    pub fn is_on_the_clock(&self) -> bool {
        (-60..=1_440).contains(&self.minutes)
    }

    fn half(self, is_afternoon: bool) -> Clock {
        let of_half = self.minutes.rem_euclid(720);
        Clock { minutes: if self.minutes >= 780 { self.minutes } else { of_half + if is_afternoon { 720 } else { 0 } }, style: Style::Exact }
    }
}

/// The time that begins at a token; `goes_on` if a day or a part of it was said right before.
pub fn clock(scan: &Scan<'_>, at: usize, goes_on: bool) -> Option<(Clock, usize)> {
    if let Some((named, to)) = scan.find(at, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None }) {
        let (more, to) = fraction_behind(scan, to).unwrap_or((0.0, to));
        return Some((Clock { minutes: i32::from(named) + (more * 60.0) as i32, style: Style::Exact }, to));
    }
    if let Some(next) = scan.after(at, Role::Saa)
        && let Some(read) = saa(scan, next)
    {
        return Some(read);
    }
    if let Some(next) = scan.after(at, Role::At) {
        let next = scan.after(next, Role::About).unwrap_or(next);
        if let Some(named) = scan.find(next, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None }) {
            return Some((Clock { minutes: i32::from(named.0), style: Style::Exact }, named.1));
        }
        return spoken(scan, next, true, true);
    }
    spoken(scan, at, goes_on, false)
}

/// The East African clock: an hour of twelve, counted from six.
fn saa(scan: &Scan<'_>, at: usize) -> Option<(Clock, usize)> {
    let (hour, mut to) = match scan.numeral(at) {
        Some(numeral) if numeral.decimals.is_none() && numeral.digits <= 2 => (numeral.value, at + 1),
        // `saa 2.30`.
        Some(numeral) if numeral.decimals.is_some_and(|(minutes, digits)| digits == 2 && minutes < 60) && numeral.value < 24.0 => {
            let minutes = numeral.decimals.map_or(0.0, |(minutes, _)| f64::from(minutes));
            return Some(half_of_day(scan, Clock::of(numeral.value.trunc(), minutes, Style::Saa), at + 1));
        }
        Some(_) => return None,
        None => below_thousand(scan, at)?,
    };
    if hour > 24.0 || hour.fract() != 0.0 {
        return None;
    }
    let mut more = 0.0;
    if let Some(minutes) = colon_minutes(scan, to) {
        (more, to) = (minutes, to + 2);
    } else if scan.folded(to) == "h" && scan.is_glued(to) {
        to += 1;
    }
    if let Some((minutes, after)) = saa_minutes(scan, to) {
        (more, to) = (more + minutes, after);
    }
    Some(half_of_day(scan, Clock::of(hour, more, Style::Saa), to))
}

/// `na nusu`, `n'igice`, `na robo`, `kasorobo`, `kasoro dakika kumi`, `n'iminota itanu`, `zibura iminota icumi`.
fn saa_minutes(scan: &Scan<'_>, at: usize) -> Option<(f64, usize)> {
    if let Some(to) = scan.after(at, Role::Kasorobo) {
        return Some((-15.0, to));
    }
    let count = |at: usize| {
        minutes(scan, at)
            .or_else(|| scan.numeral(at).map(|it| (it.value, at + 1)))
            .or_else(|| below_thousand(scan, at))
            .filter(|(value, _)| *value < 60.0 && value.fract() == 0.0)
    };
    if let Some(next) = scan.after(at, Role::Before) {
        let quarter = scan.find(next, |it| (it.role == Role::Fraction(0.25)).then_some(15.0));
        let (minutes, to) = quarter.or_else(|| count(next))?;
        return Some((-minutes, to));
    }
    if let Some((part, to)) = fraction_behind(scan, at).filter(|_| scan.after(at, Role::And).is_some()) {
        return Some((part * 60.0, to));
    }
    let next = scan.after(at, Role::With)?;
    // `na` also joins sentences: a bare number behind it is minutes only from ten on.
    let (value, to) = count(next)?;
    let is_named = minutes(scan, next).is_some();
    let is_unit = scan.matches(to).iter().any(|it| matches!(it.role, Role::Unit(..) | Role::Currency(_) | Role::Own));
    (is_named || value >= 10.0 && !is_unit).then_some((value, to))
}

/// `:30` behind an hour.
fn colon_minutes(scan: &Scan<'_>, at: usize) -> Option<f64> {
    let minutes = scan.numeral(at + 1).filter(|it| it.digits == 2 && it.decimals.is_none() && !it.is_grouped)?;
    (scan.is_sign(at, &[":"]) && scan.is_glued(at) && scan.is_glued(at + 1)).then_some(minutes.value)
}

/// `am`, `p.m.` behind a time, which then is no Swahili one.
fn half_of_day(scan: &Scan<'_>, clock: Clock, at: usize) -> (Clock, usize) {
    match half(scan, at) {
        Some((is_afternoon, to)) => (clock.half(is_afternoon), to),
        None => (clock, at),
    }
}

fn half(scan: &Scan<'_>, at: usize) -> Option<(bool, usize)> {
    let whole = scan.find(at, |it| match it.role {
        Role::Am => Some(false),
        Role::Pm => Some(true),
        _ => None,
    });
    // `I am`, `8 am I`: glued or right behind an hour it is never the verb, as this is only asked there.
    if whole.is_some() {
        return whole;
    }
    let letter = match scan.folded(at) {
        "a" => false,
        "p" => true,
        _ => return None,
    };
    let dot = |at: usize| scan.is_sign(at, &["."]);
    if dot(at + 1) && scan.folded(at + 2) == "m" {
        return Some((letter, if dot(at + 3) && scan.len() > at + 4 { at + 4 } else { at + 3 }));
    }
    None
}

/// A time without `saa`. `is_bare` if an hour alone is one; `is_led` if `at` stands before it.
fn spoken(scan: &Scan<'_>, at: usize, is_bare: bool, is_led: bool) -> Option<(Clock, usize)> {
    if let Some(read) = past_or_to(scan, at, is_bare) {
        return Some(read);
    }
    let style = |style, clock: Clock| Clock { style: if clock.style == Style::Exact { Style::Exact } else { style }, ..clock };
    if let Some(numeral) = scan.numeral(at) {
        let is_plain = numeral.decimals.is_none() && !numeral.is_grouped;
        if is_plain && numeral.digits <= 2 && let Some(minutes) = colon_minutes(scan, at + 1) {
            let is_time = numeral.value <= 24.0 && minutes < 60.0;
            if !is_time {
                return Some((Clock { minutes: i32::MAX, style: Style::Exact }, at + 3));
            }
            let leading_zero = scan.folded(at).starts_with('0');
            let clock = Clock::of(numeral.value, minutes, if leading_zero { Style::Exact } else { Style::Colon });
            let to = if matches!(scan.folded(at + 3), "h" | "hrs" | "hours") { at + 4 } else { at + 3 };
            return Some(half_of_day(scan, clock, to));
        }
        // `8.30pm`, `at 8.30`.
        if let Some((minutes, 2)) = numeral.decimals
            && numeral.value < 24.0
            && minutes < 60
            && !numeral.is_grouped
            && (is_led && ends(scan, at + 1) || half(scan, at + 1).is_some() || is_bare && ends(scan, at + 1))
        {
            return Some(half_of_day(scan, Clock::of(numeral.value.trunc(), f64::from(minutes), Style::Colon), at + 1));
        }
        // `1430hrs`.
        if is_plain && numeral.digits == 4 && matches!(scan.folded(at + 1), "hrs" | "hours" | "h") {
            let (hour, minutes) = ((numeral.value / 100.0).trunc(), numeral.value % 100.0);
            return (hour < 24.0 && minutes < 60.0).then(|| (Clock { style: Style::Exact, ..Clock::of(hour, minutes, Style::Exact) }, at + 2));
        }
        if !is_plain || numeral.digits > 2 || numeral.value > 24.0 {
            return None;
        }
        // `20h30`, `8 h`, `8 heures et demie`.
        let is_glued_h = scan.folded(at + 1) == "h" && (scan.is_glued(at + 1) || is_bare);
        let is_heures = matches!(scan.folded(at + 1), "heures" | "heure") && (is_bare || is_part(scan, at + 2));
        if is_glued_h || is_heures {
            let (minutes, to) = heures_minutes(scan, at + 2);
            let is_time = (-60.0..60.0).contains(&minutes);
            return is_time.then(|| half_of_day(scan, Clock::of(numeral.value, minutes, Style::Hour), to));
        }
        if let Some((is_afternoon, to)) = half(scan, at + 1).filter(|_| (1.0..=23.0).contains(&numeral.value)) {
            return Some((Clock::of(numeral.value, 0.0, Style::Bare).half(is_afternoon), to));
        }
        if let Some(to) = o_clock(scan, at + 1) {
            return Some(half_of_day(scan, Clock::of(numeral.value, 0.0, Style::Bare), to));
        }
        // `8 30 pm`.
        if let Some(minutes) = scan.numeral(at + 1).filter(|it| it.digits == 2 && it.value < 60.0 && is_led)
            && (half(scan, at + 2).is_some() || is_part(scan, at + 2))
        {
            return Some(half_of_day(scan, Clock::of(numeral.value, minutes.value, Style::Colon), at + 2));
        }
        let is_hour = is_bare && numeral.value >= 1.0 && (ends(scan, at + 1) || is_led && goes_on_as_hour(scan, at + 1));
        // `8 in the evening`, `7 du soir`; `for 4 tonight` counts people.
        let is_counted = at.checked_sub(1).is_some_and(|before| matches!(scan.folded(before), "for" | "pour" | "of" | "table"));
        let is_hour = is_hour || is_part(scan, at + 1) && !is_counted && (1.0..=12.0).contains(&numeral.value);
        return is_hour.then(|| (Clock::of(numeral.value, 0.0, Style::Bare), at + 1));
    }
    let hour = number(scan, at).filter(|it| {
        it.is_spoken && (1.0..=24.0).contains(&it.value) && it.factor == 1.0 && it.languages & (EN | FR) != 0
    })?;
    // `half` behind belongs to the hour: `huit et demie` is read by `number`.
    let (whole, part) = (hour.value.trunc(), hour.value.fract());
    if matches!(scan.folded(hour.to), "heure" | "heures" | "h") && (is_bare || is_part(scan, hour.to + 1) || heures_minutes(scan, hour.to + 1).1 > hour.to + 1) {
        let (minutes, to) = heures_minutes(scan, hour.to + 1);
        return Some((style(Style::Hour, Clock::of(whole, minutes, Style::Hour)), to));
    }
    if let Some((is_afternoon, to)) = half(scan, hour.to) {
        return Some((Clock::of(whole, part * 60.0, Style::Bare).half(is_afternoon), to));
    }
    if let Some(to) = o_clock(scan, hour.to) {
        return Some(half_of_day(scan, Clock::of(whole, 0.0, Style::Bare), to));
    }
    // `eight thirty`.
    if let Some(minutes) = number(scan, hour.to).filter(|it| it.is_spoken && (1.0..60.0).contains(&it.value) && it.languages & EN != 0)
        && (is_led || half(scan, minutes.to).is_some() || is_part(scan, minutes.to))
        && minutes.value.fract() == 0.0
    {
        return Some(half_of_day(scan, Clock::of(whole, minutes.value, Style::Colon), minutes.to));
    }
    let is_article = hour.is_one && matches!(scan.folded(at), "un" | "une");
    let is_hour = is_bare && !is_article && (ends(scan, hour.to) || is_led && goes_on_as_hour(scan, hour.to)) && hour.value <= 12.0;
    is_hour.then(|| (Clock::of(whole, part * 60.0, Style::Bare), hour.to))
}

fn o_clock(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let to = scan.after(at, Role::OClock)?;
    (matches!(scan.folded(at), "o" | "oclock" | "hrs")).then_some(to)
}

/// `30`, `et demie`, `et quart`, `moins le quart`, `moins dix`, `trente` behind `heures` or `h`.
fn heures_minutes(scan: &Scan<'_>, at: usize) -> (f64, usize) {
    if let Some((part, to)) = fraction_behind(scan, at) {
        return (part * 60.0, to);
    }
    if let Some(next) = scan.after(at, Role::Before).filter(|_| scan.folded(at) == "moins") {
        let quarter = scan.find(next, |it| (it.role == Role::Fraction(0.25)).then_some(15.0));
        let count = || {
            let count = number(scan, next).filter(|it| it.value < 60.0)?;
            Some((count.value, minute_unit(scan, count.to)))
        };
        if let Some((minutes, to)) = quarter.or_else(count) {
            return (-minutes, to);
        }
    }
    if let Some(numeral) = scan.numeral(at) {
        let is_minutes = numeral.digits <= 2 && numeral.decimals.is_none() && numeral.value < 60.0;
        let is_glued = scan.is_glued(at) && numeral.digits == 2;
        if is_minutes && (is_glued || numeral.digits == 2 && ends(scan, minute_unit(scan, at + 1)) || minute_unit(scan, at + 1) > at + 1) {
            return (numeral.value, minute_unit(scan, at + 1));
        }
        return (0.0, at);
    }
    let start = scan.after(at, Role::And).unwrap_or(at);
    match number(scan, start) {
        Some(it) if it.is_spoken && it.value < 60.0 && it.value.fract() == 0.0 && it.languages & FR != 0 => {
            let to = minute_unit(scan, it.to);
            let counts = to > it.to || is_part(scan, to) || to >= scan.len() || !it.is_one && ends(scan, to);
            if counts { (it.value, to) } else { (0.0, at) }
        }
        _ => (0.0, at),
    }
}

/// The token after `minutes`, if it stands here.
fn minute_unit(scan: &Scan<'_>, at: usize) -> usize {
    scan.find(at, |it| matches!(it.role, Role::Unit(Measure::Time, "minute")).then_some(())).map_or(at, |((), to)| to)
}

/// `half past 6`, `quarter to nine`, `twenty past 8`, `ten minutes to seven`.
fn past_or_to(scan: &Scan<'_>, at: usize, is_bare: bool) -> Option<(Clock, usize)> {
    let start = if scan.folded(at) == "a" { at + 1 } else { at };
    let part = scan.find(start, |it| if let Role::Fraction(value) = it.role { Some(value * 60.0) } else { None });
    let (minutes, next) = match part {
        Some(found) => found,
        None => {
            let count = number(scan, start).filter(|it| (1.0..60.0).contains(&it.value) && it.factor == 1.0 && it.value.fract() == 0.0)?;
            let to = minute_unit(scan, count.to);
            let is_sure = to > count.to || count.is_spoken || is_bare && matches!(count.value as i32, 5 | 10 | 15 | 20 | 25);
            if !is_sure {
                return None;
            }
            (count.value, to)
        }
    };
    let is_english = |role| scan.matches(next).iter().find(|it| it.role == role && it.languages & EN != 0).map(|it| it.to);
    let (sign, hour_at) = match (is_english(Role::Past), is_english(Role::Before)) {
        (Some(to), _) => (1.0, to),
        (None, Some(to)) => (-1.0, to),
        (None, None) => return None,
    };
    let hour = number(scan, hour_at).filter(|it| (1.0..=12.0).contains(&it.value) && it.value.fract() == 0.0 && it.factor == 1.0);
    let named = scan.find(hour_at, |it| if let Role::Clock(minutes) = it.role { Some(minutes) } else { None });
    if let Some((named, to)) = named {
        return Some((Clock { minutes: i32::from(named) + (sign * minutes) as i32, style: Style::Exact }, to));
    }
    let hour = hour?;
    // `ten to twelve people`, `20 to 5 kg`.
    if part.is_none() && scan.matches(hour.to).iter().any(|it| matches!(it.role, Role::Unit(..) | Role::Factor(_) | Role::Currency(_))) {
        return None;
    }
    let is_range = part.is_none() && sign < 0.0 && !is_bare && minute_unit(scan, next - 1) == next - 1 && !is_part(scan, hour.to) && half(scan, hour.to).is_none();
    if is_range {
        return None;
    }
    let to = o_clock(scan, hour.to).unwrap_or(hour.to);
    let clock = Clock { minutes: hour.value as i32 * 60 + (sign * minutes) as i32, style: Style::Bare };
    Some(half_of_day(scan, clock, to))
}

/// Whether a part of the day follows, maybe behind a small word.
fn is_part(scan: &Scan<'_>, at: usize) -> bool {
    let mut at = at;
    for _ in 0..3 {
        if is_part_word(scan, at) {
            return true;
        }
        match scan.after(at, Role::Join) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

fn is_part_word(scan: &Scan<'_>, at: usize) -> bool {
    scan.matches(at).iter().any(|it| matches!(it.role, Role::Part(_)) && it.languages & (EN | FR) != 0)
        && !matches!(scan.folded(at), "night" | "nuit" | "usiku" | "ijoro")
}

/// Whether an hour may end here: nothing follows that it could count.
fn ends(scan: &Scan<'_>, at: usize) -> bool {
    let Some(token) = scan.tokens.get(at) else { return true };
    match token.sort {
        crate::words::Sort::Sign => !matches!(token.folded, "%" | "$" | "€" | "/" | "+" | "*") && !(token.folded == "-" && scan.numeral(at + 1).is_some()),
        crate::words::Sort::Digits => false,
        crate::words::Sort::Letters => {
            let is_time = |role: Role| {
                matches!(role, Role::Part(_) | Role::TodayPart(_) | Role::Day(_) | Role::Weekday(_) | Role::Join | Role::At | Role::On | Role::Now | Role::And | Role::Max)
            };
            let is_thing = |role: Role| {
                matches!(role, Role::Each | Role::Unit(..) | Role::Factor(_) | Role::Currency(_) | Role::Own | Role::Per(_) | Role::Fraction(_))
            };
            let matches = scan.matches(at);
            matches.iter().any(|it| is_time(it.role)) && !matches.iter().any(|it| is_thing(it.role) && !matches!(it.role, Role::Each))
                || matches!(token.folded, "please" | "pls" | "svp" | "sharp" | "sharply" | "pile" | "precises" | "with" | "avec" | "for" | "pour" | "to" | "kwenda" | "njya" | "thanks" | "buffet")
        }
    }
}

/// Behind `at 8` other words may follow too, but nothing that is counted or paid.
fn goes_on_as_hour(scan: &Scan<'_>, at: usize) -> bool {
    scan.tokens.get(at).is_some_and(|token| token.sort == crate::words::Sort::Letters)
        && scan.matches(at).iter().all(|it| {
            matches!(it.role, Role::Join | Role::At | Role::On | Role::In | Role::Weak | Role::Part(_) | Role::Now | Role::And | Role::With)
        })
        && !scan.matches(at).is_empty()
}
