//! What Meta does with a send, and what its row says then.

use super::text;
use super::world::{Flight, Row, UNKNOWN_WAIT_MS, WINDOW_MS, World};
use switchboard_core::{failure::Failure, inbox::StatusUpdate};
use switchboard_store::{Outgoing, ReplyKind, SendEnd, SendResult};

impl World<'_> {
    /// A row is begun, and Meta does something with it.
    pub(super) async fn begin(&mut self) -> Result<(), String> {
        if self.hands.is_empty() {
            return Ok(());
        }
        let at = self.any(self.hands.len());
        // Now and then a host has an old copy.
        let (node, row) = if self.below(6) == 0 { self.hands[at].clone() } else { self.hands.swap_remove(at) };
        let begun = self.hosts.stores[node]
            .outbox_begin(vec![(row.id, row.version, row.probe)], self.now)
            .await
            .map_err(text)?;
        let is_owner = self.leases.get(&row.lane_id).is_none_or(|(owner, _)| *owner == node);
        let lanes = self.claim(node, row.lane_id).await?;
        let known = self.rows.get(&row.id).cloned().ok_or("a row from nowhere")?;
        if begun.sending.is_empty() && begun.barred.is_empty() {
            return self.reclaim(node, lanes).await;
        }
        if !is_owner {
            return Err(format!("row {} was begun by a host that has not its lane", row.id));
        }
        self.check_begin(&row, &known)?;
        let bar = self.bar(&known);
        if begun.barred.contains(&row.id) {
            if bar.is_none() {
                return Err(format!("row {} was barred without a reason", row.id));
            }
            self.rows.entry(row.id).and_modify(|row| row.state = "barred");
            return self.reclaim(node, lanes).await;
        }
        if let Some(bar) = bar {
            return Err(format!("row {} was sent: {bar}", row.id));
        }
        self.rows.entry(row.id).and_modify(|row| row.state = "sending");
        let flight = self.meta(node, row).await;
        self.flights.push(flight);
        Ok(())
    }

    /// What must hold where a row begins.
    fn check_begin(&self, row: &Outgoing, known: &Row) -> Result<(), String> {
        let id = row.id;
        if known.is_known_taken {
            return Err(format!("row {id} was sent again, though its wamid is known"));
        }
        if !matches!(known.state, "queued" | "unknown") {
            return Err(format!("row {id} was begun while it is {}", known.state));
        }
        if self.now < known.due_at {
            return Err(format!("row {id} was begun before it was due"));
        }
        let waits = |state| matches!(state, "queued" | "sending" | "unknown");
        if let Some((earlier, _)) =
            self.rows.range(..id).find(|(_, earlier)| earlier.lane == known.lane && waits(earlier.state))
        {
            return Err(format!("row {id} was begun before {earlier} of its lane"));
        }
        if self.rests && !row.probe {
            return Err(format!("row {id} was sent while its number rests"));
        }
        if row.attempts != known.attempts {
            return Err(format!("row {id} is charged {} attempts, and {} are its own", row.attempts, known.attempts));
        }
        Ok(())
    }

    fn bar(&self, row: &Row) -> Option<&'static str> {
        let out = self.opted_out.get(&self.persons[&row.lane]).copied().flatten();
        let unasked = row.kind != ReplyKind::Answer;
        if out.is_some_and(|at| unasked || row.created_at < at) {
            return Some("the person has opted out");
        }
        let is_closed = self.now - self.wrote_at[&row.lane] >= WINDOW_MS;
        (is_closed && row.kind != ReplyKind::Template).then_some("the window is closed")
    }

    /// What Meta makes of a send, and what the host hears.
    async fn meta(&mut self, node: usize, row: Outgoing) -> Flight {
        self.n += 1;
        let wamid = format!("out.{}.{}", self.business, self.n);
        let error = || "no".to_owned();
        let now = self.now;
        let lost = |charged| SendResult::Lost { until: now + UNKNOWN_WAIT_MS, error: error(), charged };
        let (taken, result) = match self.below(12) {
            0..=4 => (true, SendResult::Taken { wamid: wamid.clone() }),
            5 => (true, lost(true)),
            6 => (false, lost(true)),
            7 => (false, lost(false)),
            8 => (false, SendResult::Refused { at: now + 3_000, error: error() }),
            9 => (false, SendResult::PutBack { at: now, error: error() }),
            10 => (false, SendResult::Failed { error: error() }),
            _ => (true, SendResult::Taken { wamid: wamid.clone() }),
        };
        if taken {
            let failure = match self.below(8) {
                0 => Some(Failure::Rate),
                1 => Some(Failure::Final),
                _ => None,
            };
            let status = |status: &str, failure: Option<Failure>| StatusUpdate {
                business: self.business.clone(),
                wamid: wamid.clone(),
                status: status.into(),
                recipient: row.to.as_ref().map(|to| to.as_str().to_owned()),
                reference: Some(row.reference.clone()),
                at: now,
                error: failure.map(|_| (1, "no".into())),
                failure,
                billable: None,
                category: None,
            };
            let statuses = match failure {
                Some(_) => vec![status("failed", failure)],
                None => vec![status("sent", None), status("delivered", None)],
            };
            self.statuses.extend(statuses.into_iter().map(|status| (row.id, status)));
        }
        Flight {
            node,
            begun_at: now,
            wamid: taken.then_some(wamid),
            result,
            row: Outgoing { version: row.version + 1, ..row },
        }
    }

    /// The host hears of a send and notes it.
    pub(super) async fn end_of_flight(&mut self) -> Result<(), String> {
        if self.flights.is_empty() {
            return Ok(());
        }
        let at = self.any(self.flights.len());
        let flight = self.flights.swap_remove(at);
        let store = self.hosts.stores[flight.node].clone();
        let row = &flight.row;
        let put_back = matches!(flight.result, SendResult::PutBack { .. });
        if put_back {
            store.rest_number(&self.business, self.now + 5_000, "no", self.now).await.map_err(text)?;
            (self.rests, self.probe_after) = (true, self.now + 5_000);
        }
        let end = SendEnd {
            id: row.id,
            version: row.version,
            lane_id: row.lane_id,
            pair_at: row.pair_at,
            result: flight.result.clone(),
        };
        let rested = self.rests;
        let noted = store.send_finished(end, self.now).await.map_err(text)?;
        let known = self.rows.get_mut(&row.id).ok_or("a row from nowhere")?;
        let is_void = flight
            .wamid
            .as_ref()
            .is_some_and(|wamid| self.told.iter().any(|(_, told)| told.wamid == *wamid && told.status == "failed"));
        match &flight.result {
            SendResult::Taken { .. } => {
                if matches!(known.state, "sending" | "unknown" | "dead" | "barred") && !is_void {
                    if !noted.fits {
                        return Err(format!(
                            "row {}: that Meta took it was not noted in state {}",
                            row.id, known.state
                        ));
                    }
                    if known.state != "barred" || noted.fits {
                        known.state = "sent";
                        known.is_known_taken = true;
                        known.attempts += 1;
                    }
                } else if noted.fits {
                    return Err(format!("row {}: taken was noted in state {}, void {is_void}", row.id, known.state));
                }
                store.number_took(&self.business, self.now).await.map_err(text)?;
                self.rests = false;
            }
            result if known.state == "sending" && noted.fits => match result {
                SendResult::Lost { until, .. } => (known.state, known.due_at) = ("unknown", *until),
                SendResult::Refused { at, .. } => {
                    (known.state, known.due_at) = ("queued", *at);
                    known.attempts += 1;
                }
                SendResult::PutBack { at, .. } => (known.state, known.due_at) = ("queued", *at),
                _ => known.state = "dead",
            },
            _ if noted.fits => {
                return Err(format!("row {}: a late result changed it in state {}", row.id, known.state));
            }
            _ => {}
        }
        let lane = row.lane_id;
        self.leased(flight.node, lane, noted.goes_on)?;
        if rested {
            return Ok(());
        }
        if noted.goes_on {
            return self.reclaim(flight.node, vec![lane]).await;
        }
        self.nothing_due(lane).await
    }
}
