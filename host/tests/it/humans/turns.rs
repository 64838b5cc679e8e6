//! Turns of humans, and what holds at the end.

use uuid::Uuid;

use super::{Account, Number, World};
use crate::sends::text;
use switchboard_core::{
    contract::{
        records,
        types::{Content, Notice},
    },
    effect::{Effect, Write},
};
use switchboard_store::{Outgoing, Reply, ReplyKind, SettleError, Settlement, To};

impl World<'_> {
    /// An operator says something to somebody.
    pub(super) async fn say(&mut self) -> Result<(), String> {
        let all: Vec<(usize, Uuid)> = self.persons.values().map(|known| (known.human, known.id)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let (human, id) = all[self.below(all.len() as u64)];
        let (node, store) = self.store();
        store.say(id, &self.business, &human.to_string(), self.now).await.map_err(text)?;
        let claims = store.bring_due(self.now).await.map_err(text)?;
        self.claims.extend(claims.into_iter().map(|claim| (node, claim)));
        Ok(())
    }

    pub(super) async fn poll(&mut self) -> Result<(), String> {
        let (node, store) = self.store();
        self.now += 16_000;
        let claims = store.claim_due(self.now, 99).await.map_err(text)?;
        self.claims.extend(claims.into_iter().map(|claim| (node, claim)));
        Ok(())
    }

    /// A turn ends: the agent keeps something of the person, and answers. What goes out must go to that human.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        if self.claims.is_empty() {
            return Ok(());
        }
        let at = self.below(self.claims.len() as u64);
        let (node, claim) = self.claims.swap_remove(at);
        if claim.message.business != self.business {
            // What was left of another world.
            return self.stores[node].settle(Settlement::of(&claim, self.now)).await.map(drop).or(Ok(()));
        }
        let human: usize = match &claim.message.content {
            Content::Text(human) => human.parse().map_err(text)?,
            Content::Notice(Notice { data, .. }) => {
                let data: serde_json::Value = serde_json::from_str(data).map_err(text)?;
                match data["text"].as_str().and_then(|human| human.parse().ok()) {
                    Some(human) => human,
                    // How many more there were.
                    None => {
                        return self.stores[node].settle(Settlement::of(&claim, self.now)).await.map(drop).or(Ok(()));
                    }
                }
            }
            other => return Err(format!("{other:?}")),
        };
        let owner = self.persons.values().find(|known| known.id == claim.person.id).map(|known| known.human);
        let kept = Write::RecordPut {
            owner: records::Owner::Person,
            collection: "c".into(),
            key: format!("k{}", self.n),
            value: human.to_string(),
            expected: None,
        };
        let settlement = Settlement {
            replies: vec![Reply { agent: "jobs".into(), body: "{}".into(), url: None, kind: ReplyKind::Answer }],
            effects: vec![Effect { agent: "jobs".into(), write: kept }],
            ..Settlement::of(&claim, self.now)
        };
        let settled = match self.stores[node].settle(settlement).await {
            Ok(settled) => settled,
            Err(SettleError::LostLease) => return Ok(()),
            Err(error) => return Err(format!("it failed: {error}")),
        };
        if owner != Some(human) {
            return Err(format!("the turn of human {human} is one of {owner:?}"));
        }
        self.claims.extend(settled.next.map(|claim| (node, claim)));
        let mut rows = settled.queued;
        // Sometimes it goes later, after what has happened meanwhile.
        if self.below(3) == 0 {
            return Ok(());
        }
        for row in rows.drain(..) {
            self.begin(node, row).await?;
        }
        Ok(())
    }

    async fn begin(&mut self, node: usize, row: Outgoing) -> Result<(), String> {
        let store = &self.stores[node];
        let begun = store.outbox_begin(vec![(row.id, row.version, false)], self.now).await.map_err(text)?;
        if begun.barred.contains(&row.id) {
            let why =
                self.shell.texts(&format!("select error from outbox where outbox_id = {}", row.id)).await.remove(0);
            let who = self.person_of_lane(row.lane_id).await?;
            let of = self.persons[&who].human;
            let reachable = self.accounts.iter().any(|account| account.who == who);
            return match why.as_str() {
                "window" => Ok(()),
                why if reachable => Err(format!("what goes to human {of} is barred: {why}")),
                _ => Ok(()),
            };
        }
        if begun.sending.contains(&row.id) {
            let who = self.person_of_lane(row.lane_id).await?;
            let of = self.persons[&who].human;
            let to = row.to.as_ref().ok_or("no address")?;
            let (number, id) = (self.number_of(to.phone()), to.user_id());
            let known = |account: &&Account| {
                number.map_or(account.user_id.as_deref() == id, |number| account.number == Some(number))
            };
            let holder = self.accounts.iter().find(known).map(|account| self.persons[&account.who].human);
            if holder != Some(of) {
                return Err(format!("what is of human {of} goes to {holder:?}"));
            }
            self.shell.run(&format!("update outbox set state = 'sent' where outbox_id = {}", row.id)).await;
        }
        Ok(())
    }

    async fn person_of_lane(&mut self, lane: i64) -> Result<usize, String> {
        let sql = format!("select cast(person_id as text) from lane where lane_id = {lane}");
        let id: Uuid = self.shell.texts(&sql).await.pop().ok_or("no lane")?.parse().map_err(text)?;
        self.persons.iter().find(|(_, known)| known.id == id).map(|(who, _)| *who).ok_or(format!("{id} is nobody"))
    }

    /// Every message and record is of one human, and every identity is whose the model says.
    pub(super) async fn same_persons(&mut self) -> Result<(), String> {
        let business = &self.business;
        let sql = format!(
            "select distinct cast(l.person_id as text) || ' ' || m.content from message as m join lane as l using (lane_id)
             where m.business = '{business}' and m.content like '{{\"Text\"%'
             union select r.person_id || ' {{\"Text\":\"' || r.value || '\"}}' from record as r
             where r.person_id in (select cast(person_id as text) from lane where business = '{business}')"
        );
        for line in self.shell.texts(&sql).await {
            let (id, content) = line.split_once(' ').ok_or("a line")?;
            let human: usize =
                content.trim_start_matches("{\"Text\":\"").trim_end_matches("\"}").parse().map_err(text)?;
            let id: Uuid = id.parse().map_err(text)?;
            let known = self.persons.values().find(|known| known.id == id).map(|known| known.human);
            if known != Some(human) {
                return Err(format!("something of human {human} is of {known:?}"));
            }
        }
        let sql = format!(
            "select cast(i.person_id as text) || ' ' || i.value from identity as i where i.kind = 'phone'
             and i.person_id in (select person_id from lane where business = '{business}')"
        );
        let mut numbers: Vec<(Uuid, Option<Number>)> = Vec::new();
        for line in self.shell.texts(&sql).await {
            let (id, value) = line.split_once(' ').ok_or("a line")?;
            numbers.push((id.parse().map_err(text)?, value[value.len() - 1..].parse().ok()));
        }
        numbers.sort_unstable();
        let accounts = self.accounts.iter().filter(|account| account.number.is_some());
        let mut known: Vec<(Uuid, Option<Number>)> =
            accounts.map(|account| (self.persons[&account.who].id, account.number)).collect();
        known.sort_unstable();
        if numbers != known {
            return Err(format!("the numbers are {numbers:?}, and should be {known:?}"));
        }
        Ok(())
    }

    /// All that waits comes to its end.
    pub(super) async fn end(&mut self) -> Result<(), String> {
        for _ in 0..30 {
            self.poll().await?;
            while !self.claims.is_empty() {
                self.settle().await?;
            }
            let (node, store) = self.store();
            let sql = format!(
                "select cast(lane_id as text) from lane where business = '{}' and lane_id in (select lane_id from outbox where state = 'queued')",
                self.business
            );
            let lanes: Vec<i64> = self.shell.texts(&sql).await.iter().filter_map(|lane| lane.parse().ok()).collect();
            self.shell
                .run(&format!("update lane set send_owner = null, send_until = 0 where business = '{}'", self.business))
                .await;
            store.claim_sends(lanes.clone(), self.now).await.map_err(text)?;
            for row in store.outbox_heads(To::Person, &lanes).await.map_err(text)? {
                self.begin(node, row).await?;
            }
        }
        let sql = format!("select wamid from message where state = 'queued' and business = '{}'", self.business);
        let left = self.shell.texts(&sql).await;
        if !left.is_empty() {
            return Err(format!("messages wait for ever: {left:?}"));
        }
        self.same_persons().await
    }
}
