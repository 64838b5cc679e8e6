//! The rows in a sender's hands, and which may go next: of each lane the first, of those the longest due, within the paces of its business
//! number and its person.
//!
//! A lane is here only while this host holds its send lease, so no other host has a copy of a row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{pace::Pace, port::DispatchOptions};
use switchboard_store::Outgoing;

/// The rows in hand.
#[derive(Default)]
pub(super) struct Pending {
    lanes: HashMap<i64, Lane>,
    numbers: HashMap<String, Number>,
    in_flight: usize,
    held: usize,
}

struct Lane {
    business: String,
    rows: BTreeMap<i64, Outgoing>,
    under_way: Option<i64>,
    /// See [`Outgoing::pair_at`].
    pair_at: i64,
    /// Where it stands in its number's queue.
    place: Option<Place>,
}

/// A lane's place in the queue of its number.
#[derive(Clone, Copy)]
enum Place {
    /// In `ready`, under this time.
    Ready(i64),
    /// In `paced`, under this time.
    Paced(i64),
}

#[derive(Default)]
struct Number {
    /// Lanes whose first row may go, by the time it was due.
    ready: BTreeSet<(i64, i64)>,
    /// Lanes that wait for the pace towards their person, by the time they may go.
    paced: BTreeSet<(i64, i64)>,
    /// The pace of the number: when the next could go, had one been sent in each interval.
    at: i64,
    in_flight: usize,
}

/// The rows that may be sent now.
#[derive(Default)]
pub(super) struct Ready {
    /// Rows to send.
    pub(super) rows: Vec<Outgoing>,
    /// Milliseconds until the paces let another row go, if one waits for them.
    pub(super) wait: Option<i64>,
}

impl Pending {
    /// Adds rows of lanes that this host holds.
    pub(super) fn put(&mut self, rows: Vec<Outgoing>) {
        for row in rows {
            let lane = self.lanes.entry(row.lane_id).or_insert_with(|| Lane {
                business: row.business.clone(),
                rows: BTreeMap::new(),
                under_way: None,
                pair_at: 0,
                place: None,
            });
            lane.pair_at = lane.pair_at.max(row.pair_at);
            if lane.under_way == Some(row.id) {
                continue;
            }
            let lane_id = row.lane_id;
            if lane.rows.insert(row.id, row).is_none() {
                self.held += 1;
            }
            self.enqueue(lane_id);
        }
    }

    /// Puts a lane into its number's queue, by the time at which its first row was due.
    fn enqueue(&mut self, lane_id: i64) {
        let Some(lane) = self.lanes.get_mut(&lane_id) else { return };
        let Some((_, first)) = lane.rows.first_key_value() else { return };
        let due_at = first.due_at;
        let number = self.numbers.entry(lane.business.clone()).or_default();
        match lane.place {
            _ if lane.under_way.is_some() => return,
            Some(Place::Paced(_)) => return,
            Some(Place::Ready(at)) if at == due_at => return,
            Some(Place::Ready(at)) => drop(number.ready.remove(&(at, lane_id))),
            None => {}
        }
        number.ready.insert((due_at, lane_id));
        lane.place = Some(Place::Ready(due_at));
    }

    /// Takes the rows that may be sent now.
    pub(super) fn take(&mut self, now: i64, options: &DispatchOptions) -> Ready {
        let mut ready = Ready::default();
        let pace = Pace { burst: options.per_second.max(1.0), every_ms: 1000.0 / options.per_second.max(0.01) };
        // A number whose sends hang leaves room for the others.
        let of_one = match self.numbers.len() {
            0 | 1 => options.in_flight_max,
            _ => (options.in_flight_max / 4 * 3).max(1),
        };
        for number in self.numbers.values_mut() {
            while let Some(&(at, id)) = number.paced.first()
                && at <= now
            {
                number.paced.pop_first();
                let Some(lane) = self.lanes.get_mut(&id) else { continue };
                let due_at = lane.rows.first_key_value().map_or(at, |(_, row)| row.due_at);
                number.ready.insert((due_at, id));
                lane.place = Some(Place::Ready(due_at));
            }
            while let Some((_, id)) = number.ready.first().copied() {
                if self.in_flight >= options.in_flight_max || number.in_flight >= of_one {
                    break;
                }
                let wait = pace.wait(number.at, now);
                if wait > 0 {
                    ready.wait = Some(ready.wait.map_or(wait, |least| least.min(wait)));
                    break;
                }
                number.ready.pop_first();
                let Some(lane) = self.lanes.get_mut(&id) else { continue };
                lane.place = None;
                let wait = options.pair.map_or(0, |pair| pair.wait(lane.pair_at, now));
                if wait > 0 {
                    number.paced.insert((now + wait, id));
                    lane.place = Some(Place::Paced(now + wait));
                    continue;
                }
                let Some((_, row)) = lane.rows.pop_first() else { continue };
                number.at = pace.after(number.at, now);
                lane.under_way = Some(row.id);
                self.held -= 1;
                self.in_flight += 1;
                number.in_flight += 1;
                ready.rows.push(row);
            }
            if let Some((at, _)) = number.paced.first() {
                let wait = (at - now).max(1);
                ready.wait = Some(ready.wait.map_or(wait, |least| least.min(wait)));
            }
        }
        ready
    }

    /// The pace towards a lane's person after a send now.
    pub(super) fn pair_after(&mut self, lane_id: i64, now: i64, options: &DispatchOptions) -> i64 {
        let (Some(lane), Some(pair)) = (self.lanes.get_mut(&lane_id), options.pair) else { return 0 };
        lane.pair_at = pair.after(lane.pair_at, now);
        lane.pair_at
    }

    /// The end of a row that was taken. If its lane goes on, gives whether the lane's next row must be asked for; else the lane is
    /// dropped: the database has it.
    pub(super) fn ended(&mut self, lane_id: i64, goes_on: bool) -> bool {
        self.in_flight -= 1;
        let Some(lane) = self.lanes.get_mut(&lane_id) else { return false };
        lane.under_way = None;
        if let Some(number) = self.numbers.get_mut(&lane.business) {
            number.in_flight = number.in_flight.saturating_sub(1);
        }
        if !goes_on {
            self.drop_lane(lane_id);
            return false;
        }
        let asks = lane.rows.is_empty();
        if asks {
            // The next row brings the lane back, with its pace.
            self.lanes.remove(&lane_id);
        } else {
            self.enqueue(lane_id);
        }
        asks
    }

    /// Drops a lane: the database has its rows.
    fn drop_lane(&mut self, lane_id: i64) {
        let Some(lane) = self.lanes.remove(&lane_id) else { return };
        self.held -= lane.rows.len();
        if let (Some(number), Some(place)) = (self.numbers.get_mut(&lane.business), lane.place) {
            match place {
                Place::Ready(at) => number.ready.remove(&(at, lane_id)),
                Place::Paced(at) => number.paced.remove(&(at, lane_id)),
            };
        }
    }

    /// Drops the lanes of a number that have nothing under way; gives them.
    pub(super) fn drop_number(&mut self, business: &str) -> Vec<i64> {
        let of = |(id, lane): (&i64, &Lane)| (lane.business == business && lane.under_way.is_none()).then_some(*id);
        let lanes: Vec<i64> = self.lanes.iter().filter_map(of).collect();
        for lane in &lanes {
            self.drop_lane(*lane);
        }
        lanes
    }

    /// The lanes in hand: their leases are kept alive.
    pub(super) fn lanes(&self) -> Vec<i64> {
        self.lanes.keys().copied().collect()
    }

    /// The number of sends under way.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The number of rows that wait in memory.
    pub(super) fn held(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::outbox) fn row(id: i64, lane_id: i64) -> Outgoing {
        Outgoing {
            id,
            version: 0,
            reference: String::new(),
            business: "1001".into(),
            to: Some(switchboard_core::phone::Address::parse("250788000001")),
            lane_id,
            body: r#"{"type":"text","text":{"body":"hi"}}"#.into(),
            url: None,
            attempts: 0,
            losses: 0,
            due_at: id,
            pair_at: 0,
            probe: false,
        }
    }

    fn ids(ready: Ready) -> Vec<i64> {
        ready.rows.into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn one_of_each_lane_in_order() {
        let options = DispatchOptions::default();
        let mut pending = Pending::default();
        pending.put(vec![row(2, 7), row(1, 7), row(3, 8)]);
        assert_eq!(ids(pending.take(0, &options)), [1, 3]);
        assert_eq!(ids(pending.take(0, &options)), [] as [i64; 0]);
        assert!(!pending.ended(7, true));
        assert_eq!(ids(pending.take(0, &options)), [2]);
        assert!(pending.ended(7, true), "the database is asked for what other hosts have put there");
        assert_eq!(pending.held(), 0);
    }

    #[test]
    fn the_longest_due_goes_first_whichever_lane_it_is_in() {
        let options = DispatchOptions { per_second: 1.0, ..DispatchOptions::default() };
        let mut pending = Pending::default();
        pending.put(vec![row(5, 1), row(3, 9)]);
        assert_eq!(ids(pending.take(0, &options)), [3]);
        let ready = pending.take(0, &options);
        assert_eq!((ready.rows.len(), ready.wait), (0, Some(1000)));
        pending.put(vec![row(4, 8)]);
        assert_eq!(ids(pending.take(1000, &options)), [4]);
        assert_eq!(ids(pending.take(2000, &options)), [5]);
    }

    #[test]
    fn a_person_s_pace_holds_nobody_else_up() {
        let options = DispatchOptions::default();
        let mut pending = Pending::default();
        pending.put(vec![Outgoing { pair_at: 44 * 6000 + 500, ..row(1, 7) }, row(2, 8)]);
        let ready = pending.take(0, &options);
        assert_eq!((ready.wait, ids(ready)), (Some(500), vec![2]));
        assert_eq!(ids(pending.take(500, &options)), [1]);
        assert_eq!(pending.pair_after(7, 500, &options), 44 * 6000 + 500 + 6000);
    }

    #[test]
    fn a_number_whose_sends_hang_leaves_room_for_another() {
        let options = DispatchOptions { in_flight_max: 4, ..DispatchOptions::default() };
        let mut pending = Pending::default();
        pending.put((1..=9).map(|n| row(n, n)).collect());
        pending.put(vec![Outgoing { business: "1002".into(), ..row(10, 10) }]);
        let taken = ids(pending.take(0, &options));
        assert!(taken.len() == 4 && taken.contains(&10), "{taken:?}");
        assert!(!pending.ended(10, false));
        assert!(ids(pending.take(0, &options)).is_empty());
    }

    #[test]
    fn a_lane_that_is_let_go_and_a_number_that_rests_keep_nothing() {
        let options = DispatchOptions { in_flight_max: 1, ..DispatchOptions::default() };
        let mut pending = Pending::default();
        pending.put(vec![row(1, 7), row(2, 7), row(3, 8)]);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        assert_eq!(pending.drop_number("1001"), [8]);
        assert!(!pending.ended(7, false));
        assert_eq!((pending.held(), pending.in_flight(), pending.lanes().len()), (0, 0, 0));
        assert!(ids(pending.take(0, &options)).is_empty());
    }
}
