//! Statuses, leases, and what holds at the end.

use std::collections::BTreeSet;

use super::text;
use super::world::{LEASE_MS, UNKNOWN_WAIT_MS, World};
use switchboard_core::{
    failure::Failure,
    inbox::{Item, StatusUpdate},
};
use switchboard_store::To;

impl World<'_> {
    /// A lane that was let go has nothing that could go now.
    pub(super) async fn nothing_due(&mut self, lane: i64) -> Result<(), String> {
        let first =
            self.rows.iter().find(|(_, row)| row.lane == lane && matches!(row.state, "queued" | "sending" | "unknown"));
        let Some((id, first)) = first else { return Ok(()) };
        if first.state == "queued" && first.due_at <= self.now && !self.rests {
            let sql = format!(
                "select coalesce(send_owner, '') from lane where lane_id = {lane} and send_until >= {}",
                self.now
            );
            let owner = self.hosts.shell.texts(&sql).await;
            if owner.first().is_none_or(String::is_empty) {
                let rows = format!(
                    "select outbox_id || ' ' || state || ' ' || run_at || ' ' || attempts || ' ' || coalesce(begun_at, 0) from outbox where lane_id = {lane} order by outbox_id"
                );
                let number = format!(
                    "select coalesce(rest_reason, '-') || ' ' || rests_until from business_number where business = '{}'",
                    self.business
                );
                let is = (self.hosts.shell.texts(&rows).await, self.hosts.shell.texts(&number).await, self.now);
                return Err(format!("lane {lane} was let go, though row {id} is due: {is:?}"));
            }
        }
        Ok(())
    }

    /// Asks for a lane's send lease.
    pub(super) async fn claim(&mut self, node: usize, lane: i64) -> Result<Vec<i64>, String> {
        let lanes = self.hosts.stores[node].claim_sends(vec![lane], self.now).await.map_err(text)?;
        self.leased(node, lane, !lanes.is_empty())?;
        Ok(lanes)
    }

    /// Notes that a host has a lane, or has not.
    pub(super) fn leased(&mut self, node: usize, lane: i64, has: bool) -> Result<(), String> {
        let owner = self.leases.get(&lane).copied();
        let is_others = owner.is_some_and(|(owner, until)| owner != node && until >= self.now);
        match has {
            true if is_others => return Err(format!("lane {lane} was taken from the host that has it")),
            true => drop(self.leases.insert(lane, (node, self.now + LEASE_MS))),
            false if is_others => {}
            false => drop(self.leases.remove(&lane)),
        }
        Ok(())
    }

    pub(super) async fn reclaim(&mut self, node: usize, lanes: Vec<i64>) -> Result<(), String> {
        if lanes.is_empty() {
            return Ok(());
        }
        let rows = self.hosts.stores[node].outbox_heads(To::Person, &lanes).await.map_err(text)?;
        self.hands.extend(rows.into_iter().map(|row| (node, row)));
        Ok(())
    }

    /// A status comes, perhaps for the second time.
    pub(super) async fn status(&mut self) -> Result<(), String> {
        let again = self.below(4) == 0 && !self.told.is_empty();
        if !again && self.statuses.is_empty() {
            return Ok(());
        }
        let (id, status) = if again {
            let at = self.any(self.told.len());
            self.told[at].clone()
        } else {
            let at = self.any(self.statuses.len());
            self.statuses.swap_remove(at)
        };
        self.tell(id, status, again).await
    }

    async fn tell(&mut self, id: i64, status: StatusUpdate, again: bool) -> Result<(), String> {
        let sql = format!("select coalesce(wamid, '') from outbox where outbox_id = {id}");
        let wamid = self.hosts.shell.texts(&sql).await.pop().unwrap_or_default();
        let delivery = self.delivery(vec![Item::Status(status.clone())]);
        let node = self.node();
        let ingested = self.hosts.stores[node].ingest(delivery).await.map_err(text)?;
        let known = self.rows.get_mut(&id).ok_or("a row from nowhere")?;
        let is_its = wamid.is_empty() || wamid == status.wamid;
        let is_void = self.told.iter().any(|(_, told)| told.wamid == status.wamid && told.status == "failed");
        if !again && is_its && !is_void {
            match status.failure {
                None => {
                    known.state = "sent";
                    known.is_known_taken = true;
                }
                Some(Failure::Rate) if matches!(known.state, "sending" | "unknown" | "sent") => {
                    let backoff = 4_000 * (known.attempts + 1);
                    (known.state, known.due_at, known.is_known_taken) = ("queued", self.now + backoff, false);
                    known.attempts += 1;
                }
                Some(Failure::Rate) => {}
                Some(_) if matches!(known.state, "queued" | "sending" | "unknown" | "sent") => known.state = "dead",
                Some(_) => {}
            }
        }
        if !again {
            self.told.push((id, status));
        }
        self.same_state(id).await?;
        if !ingested.waiting.is_empty() {
            for lane in ingested.waiting {
                let lanes = self.claim(node, lane).await?;
                self.reclaim(node, lanes).await?;
            }
        }
        Ok(())
    }

    /// The database says of a row what the model says.
    async fn same_state(&mut self, id: i64) -> Result<(), String> {
        let sql = format!("select state from outbox where outbox_id = {id}");
        let state = self.hosts.shell.texts(&sql).await.pop().unwrap_or_default();
        let known = &self.rows[&id];
        if state != known.state {
            return Err(format!("row {id} is {state}, and should be {}", known.state));
        }
        Ok(())
    }

    /// A status of somebody else's send, which must change nothing.
    pub(super) async fn foreign(&mut self) -> Result<(), String> {
        let ids: Vec<i64> = self.rows.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let id = ids[self.any(ids.len())];
        self.n += 1;
        let reference: Option<String> = self.hands.first().map(|(_, row)| row.reference.clone());
        let ours = reference.and_then(|reference| reference.rsplit_once('.').map(|(ours, _)| format!("{ours}.{id}")));
        let phone = self.persons[&self.rows[&id].lane].clone();
        let (business, recipient, reference) = match self.below(4) {
            0 => (self.business.clone(), phone, Some(id.to_string())),
            1 => (self.business.clone(), phone, Some(format!("sb1.ffffffffffff.{id}"))),
            2 => (self.business.clone(), "250999999999".to_owned(), ours),
            _ => ("another".to_owned(), phone, ours),
        };
        let status = StatusUpdate {
            business,
            wamid: format!("foreign.{}.{}", self.business, self.n),
            status: if self.below(2) == 0 { "failed" } else { "delivered" }.into(),
            recipient: Some(recipient),
            reference,
            at: self.now,
            error: None,
            failure: None,
            billable: None,
            category: None,
        };
        let delivery = self.delivery(vec![Item::Status(status)]);
        let node = self.node();
        self.hosts.stores[node].ingest(delivery).await.map_err(text)?;
        self.same_state(id).await.map_err(|found| format!("after a foreign status: {found}"))
    }

    /// Nobody writes any more and Meta is well: everything comes to its end.
    pub(super) async fn end(&mut self) -> Result<(), String> {
        for round in 0..400 {
            self.now += 11_000;
            if round % 3 == 0 {
                self.now += UNKNOWN_WAIT_MS;
            }
            self.poll_turns().await?;
            while !self.claims.is_empty() {
                self.settle().await?;
            }
            while let Some((id, status)) = self.statuses.pop() {
                self.tell(id, status, false).await?;
            }
            self.expire().await?;
            self.poll().await?;
            for _ in 0..self.hands.len() * 2 {
                self.begin().await?;
            }
            while !self.flights.is_empty() {
                self.end_of_flight().await?;
            }
            let waits = self.rows.values().any(|row| matches!(row.state, "queued" | "sending" | "unknown"));
            let queued = format!("select wamid from message where state = 'queued' and business = '{}'", self.business);
            if !waits && self.claims.is_empty() && self.hosts.shell.texts(&queued).await.is_empty() {
                return self.books();
            }
        }
        let left: Vec<String> = self
            .rows
            .iter()
            .filter(|(_, row)| matches!(row.state, "queued" | "sending" | "unknown"))
            .map(|(id, row)| format!("{id} {row:?}"))
            .collect();
        Err(format!("rows came to no end: {left:?}"))
    }

    fn books(&self) -> Result<(), String> {
        let ends: BTreeSet<&str> = self.rows.values().map(|row| row.state).collect();
        match ends.iter().all(|end| matches!(*end, "sent" | "barred" | "dead" | "discarded")) {
            true => Ok(()),
            false => Err(format!("ends: {ends:?}")),
        }
    }
}
