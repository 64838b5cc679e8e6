//! The East African clock.

use super::{
    around::{colon_minutes, counted_minutes, half_of_day},
    kinds::{Clock, Style},
};
use crate::{
    numbers::{below_thousand, fraction_behind},
    scan::Scan,
    vocabulary::Role,
};

/// The East African clock: an hour of twelve, counted from six.
pub fn saa(scan: &Scan<'_>, at: usize) -> Option<(Clock, usize)> {
    let (hour, mut to) = match scan.numeral(at) {
        Some(numeral) if numeral.decimals.is_none() && numeral.digits <= 2 => (numeral.value, at + 1),
        // `saa 2.30`.
        Some(numeral)
            if numeral.decimals.is_some_and(|(minutes, digits)| digits == 2 && minutes < 60)
                && numeral.value < 24.0 =>
        {
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
        counted_minutes(scan, at)
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
    let is_named = counted_minutes(scan, next).is_some();
    let is_unit = scan.matches(to).iter().any(|it| matches!(it.role, Role::Unit(..) | Role::Currency(_) | Role::Own));
    (is_named || value >= 10.0 && !is_unit).then_some((value, to))
}
