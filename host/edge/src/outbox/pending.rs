//! The pending rows in memory, and which may be sent next: the oldest of each lane that has none under way, within
//! the rate limits of its business number and its person.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{bucket::Bucket, port::DispatchOptions};
use switchboard_store::Outgoing;

/// The pending rows, by lane.
pub(super) struct Pending {
    lanes: BTreeMap<i64, Lane>,
    pairs: HashMap<i64, Bucket>,
    numbers: HashMap<String, Number>,
    held: usize,
    in_flight: usize,
    /// Rows settled since the last query of the database was started: its result may still contain them.
    settled: HashSet<i64>,
}

#[derive(Default)]
struct Lane {
    rows: BTreeMap<i64, Outgoing>,
    under_way: Option<i64>,
    /// The database has this lane's next row, so later rows must not be sent.
    parked: bool,
}

struct Number {
    bucket: Bucket,
    rests_until: i64,
}

/// The rows that may be sent now.
#[derive(Default)]
pub(super) struct Ready {
    /// Rows to send.
    pub(super) rows: Vec<Outgoing>,
    /// Milliseconds until the rate limits let another row go, if one waits for them.
    pub(super) wait: Option<i64>,
}

impl Pending {
    pub(super) fn new() -> Pending {
        Pending {
            lanes: BTreeMap::new(),
            pairs: HashMap::new(),
            numbers: HashMap::new(),
            held: 0,
            in_flight: 0,
            settled: HashSet::new(),
        }
    }

    /// Adds rows from a settled turn.
    pub(super) fn put(&mut self, rows: Vec<Outgoing>, options: &DispatchOptions) {
        for row in rows {
            let full = self.held >= options.held_max;
            let lane = self.lanes.entry(row.lane_id).or_default();
            if lane.parked || lane.under_way == Some(row.id) {
                continue;
            }
            if full {
                // The row stays in the database, so later rows of the lane must come from there too.
                lane.parked = true;
            } else if lane.rows.insert(row.id, row).is_none() {
                self.held += 1;
            }
        }
    }

    /// Adds due rows from the database, and unparks their lanes.
    pub(super) fn put_due(&mut self, rows: Vec<Outgoing>, options: &DispatchOptions) {
        let fresh: Vec<_> = rows.into_iter().filter(|row| !self.settled.contains(&row.id)).collect();
        self.settled.clear();
        for row in &fresh {
            let lane = self.lanes.entry(row.lane_id).or_default();
            // A lane with rows in memory goes on by itself; it is parked only for rows that did not fit.
            lane.parked &= lane.under_way.is_some() || !lane.rows.is_empty();
        }
        self.put(fresh, options);
    }

    /// Takes the rows that may be sent now.
    pub(super) fn take(&mut self, now: i64, options: &DispatchOptions) -> Ready {
        let mut ready = Ready::default();
        for (id, lane) in &mut self.lanes {
            if self.in_flight >= options.in_flight_max {
                break;
            }
            if lane.under_way.is_some() {
                continue;
            }
            let Some(head) = lane.rows.first_entry() else { continue };
            let business = &head.get().business;
            let number = match self.numbers.get_mut(business) {
                Some(number) => number,
                None => self.numbers.entry(business.clone()).or_insert_with(|| Number {
                    bucket: Bucket::new(options.per_second.max(1.0), 1000.0 / options.per_second.max(0.01), now),
                    rests_until: 0,
                }),
            };
            let pair = self
                .pairs
                .entry(*id)
                .or_insert_with(|| Bucket::new(options.pair_burst, options.pair_every.as_millis() as f64, now));
            let wait = pair.wait(now).max(number.bucket.wait(now)).max(number.rests_until - now);
            if wait > 0 {
                ready.wait = Some(ready.wait.map_or(wait, |least| least.min(wait)));
                continue;
            }
            pair.take();
            number.bucket.take();
            let row = head.remove();
            lane.under_way = Some(row.id);
            self.held -= 1;
            self.in_flight += 1;
            ready.rows.push(row);
        }
        ready
    }

    /// Removes a row that is settled in the database. With `parked`, its lane waits until the database returns it.
    pub(super) fn settled(&mut self, lane_id: i64, id: i64, parked: bool) {
        self.in_flight -= 1;
        self.settled.insert(id);
        let Some(lane) = self.lanes.get_mut(&lane_id) else { return };
        lane.under_way = None;
        if parked {
            lane.parked = true;
            self.held -= lane.rows.len();
            lane.rows.clear();
        }
        if lane.rows.is_empty() && !lane.parked {
            self.lanes.remove(&lane_id);
        }
    }

    /// Releases a row that was taken but not sent, and returns its token to the person's bucket.
    pub(super) fn not_begun(&mut self, lane_id: i64, id: i64) {
        if let Some(pair) = self.pairs.get_mut(&lane_id) {
            pair.give_back();
        }
        self.settled(lane_id, id, false);
    }

    /// Sends nothing from this business number until then.
    pub(super) fn rest(&mut self, business: &str, until: i64) {
        if let Some(number) = self.numbers.get_mut(business) {
            number.rests_until = number.rests_until.max(until);
        }
    }

    /// Starts tracking rows that are settled during a query of the database.
    pub(super) fn asking(&mut self, now: i64) {
        self.settled.clear();
        self.pairs.retain(|_, pair| !pair.full(now));
    }

    /// The number of sends under way.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::outbox) fn row(id: i64, lane_id: i64) -> Outgoing {
        Outgoing {
            id,
            lane_id,
            business: "1001".into(),
            phone: switchboard_core::phone::Phone::parse("250788000001").ok(),
            user_id: None,
            body: r#"{"type":"text","text":{"body":"hi"}}"#.into(),
            url: None,
            attempts: 0,
            last_message_at: 1_000_000,
            opted_out: false,
        }
    }

    fn ids(ready: Ready) -> Vec<i64> {
        ready.rows.into_iter().map(|row| row.id).collect()
    }

    #[test]
    fn one_of_each_lane_in_order() {
        let options = DispatchOptions::default();
        let mut pending = Pending::new();
        pending.put(vec![row(2, 7), row(1, 7), row(3, 8)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1, 3]);
        assert_eq!(ids(pending.take(0, &options)), [] as [i64; 0]);
        pending.settled(7, 1, false);
        assert_eq!(ids(pending.take(0, &options)), [2]);
    }

    #[test]
    fn nothing_passes_a_row_that_the_database_keeps() {
        let options = DispatchOptions::default();
        let mut pending = Pending::new();
        pending.put(vec![row(1, 7), row(2, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.settled(7, 1, true);
        pending.put(vec![row(3, 7)], &options);
        assert!(ids(pending.take(0, &options)).is_empty());
        pending.asking(0);
        pending.put_due(vec![row(1, 7), row(2, 7), row(3, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.settled(7, 1, false);
        assert_eq!(ids(pending.take(0, &options)), [2]);
    }

    #[test]
    fn an_old_answer_of_the_database_sends_nothing_twice() {
        let options = DispatchOptions::default();
        let mut pending = Pending::new();
        pending.put(vec![row(1, 7)], &options);
        pending.asking(0);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.settled(7, 1, false);
        pending.put_due(vec![row(1, 7)], &options);
        assert!(ids(pending.take(0, &options)).is_empty());
    }

    #[test]
    fn a_row_that_is_not_begun_costs_nothing_of_its_pace() {
        let options = DispatchOptions { pair_burst: 1.0, ..DispatchOptions::default() };
        let mut pending = Pending::new();
        pending.put(vec![row(1, 7), row(2, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.not_begun(7, 1);
        assert_eq!(ids(pending.take(0, &options)), [2]);
    }

    #[test]
    fn a_number_that_rests_sends_nothing() {
        let options = DispatchOptions::default();
        let mut pending = Pending::new();
        pending.put(vec![row(1, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.rest("1001", 500);
        pending.put(vec![row(2, 8)], &options);
        let ready = pending.take(100, &options);
        assert_eq!((ready.rows.len(), ready.wait), (0, Some(400)));
        assert_eq!(ids(pending.take(500, &options)), [2]);
    }

    #[test]
    fn what_does_not_fit_comes_from_the_database() {
        let options = DispatchOptions { held_max: 1, ..DispatchOptions::default() };
        let mut pending = Pending::new();
        pending.put(vec![row(1, 7), row(2, 7), row(3, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [1]);
        pending.settled(7, 1, false);
        pending.put(vec![row(4, 7)], &options);
        assert!(ids(pending.take(0, &options)).is_empty());
        pending.asking(0);
        pending.put_due(vec![row(2, 7), row(3, 7), row(4, 7)], &options);
        assert_eq!(ids(pending.take(0, &options)), [2]);
    }
}
