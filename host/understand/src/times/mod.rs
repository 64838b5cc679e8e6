//! Times and dates: `tomorrow at 8`, `15 dec 9am`, `demain soir`, `ejo saa mbili za mugitondo`, `kesho saa tatu kasorobo asubuhi`.
//!
//! [`said`] reads what is said, part by part: a day, a part of the day, a time of the clock. `resolve` makes a moment of it, in the
//! person's zone by its calendar: no minutes are added over a change of summer time.

mod around;
mod clock;
mod date;
mod day;
mod kinds;
mod minutes;
mod resolve;
mod saa;
mod said;

use switchboard_core::contract::{
    readings::{Meaning, Reading},
    types::Other,
};

use crate::{
    claims::{Claim, Claims, reading},
    scan::Scan,
};
use resolve::{Resolved, Zone};
use said::{Said, said};

/// Reads them.
pub fn read(scan: &Scan<'_>, claims: &mut Claims, found: &mut Vec<Reading>) {
    let mut all: Vec<Said> = Vec::new();
    let mut at = 0;
    while at < scan.len() {
        match said(scan, at) {
            Some(it) => {
                at = it.to.max(at + 1);
                all.push(it);
            }
            None => at += 1,
        }
    }
    if all.is_empty() {
        return;
    }
    join_apart(&mut all);
    let zone = Zone::of(scan.setting);
    for it in all {
        claims.set(it.from, it.to, Claim::Time);
        let (meaning, unsure) = match zone.resolve(&it) {
            Some(Resolved { span, unsure }) => (Meaning::Time(span), unsure),
            None => {
                // Folded words and signs of a date: no quotes to escape.
                let words: Vec<&str> = (it.from..it.to).map(|at| scan.folded(at)).collect();
                let value = format!("\"{}\"", words.join(" "));
                (Meaning::Other(Other { kind: "unread".to_owned(), value }), true)
            }
        };
        found.push(reading(scan, it.from, it.to, meaning, unsure));
    }
}

/// `tomorrow I need a ride at 8`: a day here and an hour there are one time, said in two places.
fn join_apart(all: &mut [Said]) {
    let is_day = |it: &Said| it.day.is_some_and(|day| day.is_one()) && it.clock.is_none() && it.is_plain();
    let is_hour = |it: &Said| it.day.is_none() && (it.clock.is_some() || it.part.is_some()) && it.is_plain();
    let only = |wanted: &dyn Fn(&Said) -> bool| {
        let mut places = all.iter().enumerate().filter(|(_, it)| wanted(it)).map(|(at, _)| at);
        places.next().filter(|_| places.next().is_none())
    };
    if let (Some(day), Some(hour)) = (only(&is_day), only(&is_hour)) {
        let whole = Said {
            part: all[hour].part.or(all[day].part),
            day: all[day].day,
            clock: all[hour].clock,
            ..all[day].clone()
        };
        for at in [day, hour] {
            all[at] = Said { from: all[at].from, to: all[at].to, ..whole.clone() };
        }
    }
}
