//! Humans who change numbers and user ids, share contact cards and are merged.

use uuid::Uuid;

use super::{Account, DAY, HUMANS, Known, NUMBERS, Number, World, delivery};
use crate::sends::text;
use switchboard_core::act::Actor;
use switchboard_core::{
    inbox::{IdentityChange, Item, Sender},
    phone::Phone,
};

impl World<'_> {
    /// The model's rules for a message, and whether the host went by them.
    pub(super) fn attribute(
        &mut self,
        h: usize,
        (number, user_id): (Option<Number>, Option<String>),
        at: i64,
        id: Uuid,
    ) -> Result<(), String> {
        let of_user = self.accounts.iter().position(|a| user_id.is_some() && a.user_id == user_id);
        let of_number = self.accounts.iter().position(|a| number.is_some() && a.number == number);
        let mine = of_user.or(of_number.filter(|at| user_id.is_none() || self.accounts[*at].user_id.is_none()));
        let mine = mine.unwrap_or_else(|| {
            let who = self.n;
            self.persons.insert(who, Known { human: h, id, began: self.now });
            self.accounts.push(Account { who, number: None, number_since: 0, number_said: i64::MIN, user_id: None });
            self.accounts.len() - 1
        });
        if number.is_some() && self.accounts[mine].number != number {
            let holder_is_newer = of_number.is_some_and(|other| at < self.accounts[other].number_since);
            if !holder_is_newer && at >= self.accounts[mine].number_said {
                if let Some(other) = of_number {
                    self.accounts[other].number = None;
                }
                let account = &mut self.accounts[mine];
                (account.number, account.number_since, account.number_said) = (number, at, at);
            }
        }
        self.accounts[mine].user_id = user_id.or(self.accounts[mine].user_id.take());
        let known = &self.persons[&self.accounts[mine].who];
        self.accounts.retain(|account| account.number.is_some() || account.user_id.is_some());
        if known.human != h {
            return Err(format!("the model takes human {h} for {}", known.human));
        }
        if known.id != id {
            return Err(format!("what human {h} wrote is said to be of {id}, and they are {}", known.id));
        }
        Ok(())
    }

    /// A human takes a number that nobody has, and that nobody had for a month. Meta says so, in one of its forms, or not.
    pub(super) async fn change_number(&mut self) -> Result<(), String> {
        let h = self.below(HUMANS as u64);
        let number = self.below(NUMBERS as u64);
        let taken = self.humans.iter().any(|human| human.number == number);
        if taken || self.left.get(&number).is_some_and(|left| self.now - left < 30 * DAY) {
            return Ok(());
        }
        let before = self.humans[h].clone();
        self.left.insert(before.number, self.now);
        self.humans[h].number = number;
        // Meta makes a new user id with a new number.
        let rotates = self.below(3) > 0;
        if rotates {
            self.n += 1;
            self.humans[h].user_id = format!("RW.{}{}", self.prefix, self.n);
        }
        let after = self.humans[h].clone();
        let (old_id, new_id) = (before.user_id.as_str(), after.user_id.as_str());
        let (from, to) = match self.below(4) {
            0 => return Ok(()),
            // Who has the number by then is known by it alone: it has to be them.
            1 => (self.sender(Some(before.number), None), self.sender(Some(number), None)),
            2 if before.has_user_id => {
                (self.sender(Some(before.number), Some(old_id)), self.sender(Some(number), None))
            }
            _ if before.has_user_id => {
                (self.sender(Some(before.number), Some(old_id)), self.sender(Some(number), Some(new_id)))
            }
            _ => (self.sender(Some(before.number), None), self.sender(Some(number), None)),
        };
        let has_id = from.user_id.is_some();
        let owner = self.accounts.iter().find(|account| account.number == Some(before.number));
        let is_another = |owner: &Account| self.persons[&owner.who].human != h;
        if owner.is_some_and(|owner| is_another(owner) && !(has_id && owner.user_id.is_some())) {
            return Ok(());
        }
        self.n += 1;
        let change = IdentityChange {
            business: self.business.clone(),
            wamid: format!("c{}", self.n),
            before: from,
            after: to,
            at: self.now,
        };
        if self.below(2) == 0 {
            self.late.push(change);
            return Ok(());
        }
        self.announce(change).await
    }

    /// Meta gives somebody another user id.
    pub(super) async fn change_user_id(&mut self) -> Result<(), String> {
        let h = self.below(HUMANS as u64);
        if !self.humans[h].has_user_id {
            return Ok(());
        }
        self.n += 1;
        let old = std::mem::replace(&mut self.humans[h].user_id, format!("RW.{}{}", self.prefix, self.n));
        let new = self.humans[h].user_id.clone();
        let number = Some(self.humans[h].number).filter(|_| self.below(2) == 0);
        let (before, after) = (self.sender(None, Some(&old)), self.sender(number, Some(&new)));
        let change = IdentityChange {
            business: self.business.clone(),
            wamid: format!("c{}", self.n),
            before,
            after,
            at: self.now,
        };
        if self.below(2) == 0 {
            self.late.push(change);
            return Ok(());
        }
        self.announce(change).await
    }

    /// What Meta said late comes; after a week it does not come any more.
    pub(super) async fn deliver_late(&mut self) -> Result<(), String> {
        let now = self.now;
        self.late.retain(|change| now - change.at < 7 * DAY);
        if self.late.is_empty() {
            return Ok(());
        }
        let at = self.below(self.late.len() as u64);
        let change = self.late.remove(at);
        self.announce(change.clone()).await?;
        // Now and then it comes twice.
        if self.below(3) == 0 { self.announce(change).await } else { Ok(()) }
    }

    async fn announce(&mut self, change: IdentityChange) -> Result<(), String> {
        let (_, store) = self.store();
        let side = |sender: &Sender| format!("{:?} {:?}", self.number_of(sender.phone.as_ref()), sender.user_id);
        self.log.push(format!(
            "{}: {} became {} at {}",
            self.now,
            side(&change.before),
            side(&change.after),
            change.at
        ));
        store.ingest(delivery(vec![Item::Identity(change.clone())], self.now)).await.map_err(text)?;
        self.changed(&change);
        self.same_persons().await
    }

    pub(super) fn number_of(&self, phone: Option<&Phone>) -> Option<Number> {
        let digits = phone?.digits();
        digits[digits.len() - 1..].parse().ok()
    }

    /// The model's rules for Meta's word.
    fn changed(&mut self, change: &IdentityChange) {
        let at = change.at;
        let (old, new) = (self.number_of(change.before.phone.as_ref()), self.number_of(change.after.phone.as_ref()));
        let (old_id, new_id) = (&change.before.user_id, &change.after.user_id);
        let by_id = self.accounts.iter().position(|a| old_id.is_some() && a.user_id == *old_id);
        let by_number = self.accounts.iter().position(|a| {
            old.is_some() && a.number == old && a.number_since <= at && (old_id.is_none() || a.user_id.is_none())
        });
        let Some(mut mine) = by_id.or(by_number) else { return };
        let who = self.accounts[mine].who;
        if let Some(id) = new_id {
            let same = self.accounts.iter().position(|a| a.user_id == *new_id).filter(|same| *same != mine);
            let said = self.accounts[mine].number_said.max(at);
            if same.is_none() {
                self.accounts[mine].number_said = said;
            }
            if let Some(same) = same.map(|same| self.accounts[same].clone()) {
                if same.who != who {
                    self.are_one(who, same.who);
                }
                // The account came with its new name before the notice.
                if same.number.is_some() {
                    let account = &mut self.accounts[mine];
                    (account.number, account.number_since, account.number_said) =
                        (same.number, same.number_since, same.number_said);
                } else if self.accounts[mine].number.is_some() {
                    self.accounts[mine].number_said = said;
                } else {
                    self.accounts[mine].number_said = same.number_said;
                }
                let gone = self.accounts.iter().position(|a| a.user_id == *new_id).expect("it is there");
                self.accounts.remove(gone);
                if gone < mine {
                    mine -= 1;
                }
            }
            self.accounts[mine].user_id = Some(id.clone());
        }
        let is_stale = at < self.accounts[mine].number_said;
        let Some(number) = new.filter(|_| !is_stale && new != self.accounts[mine].number) else { return self.tidy() };
        for account in
            self.accounts.iter_mut().filter(|a| a.who == who && old.is_some() && old != new && a.number == old)
        {
            account.number = None;
        }
        let holder = self.accounts.iter().position(|a| a.number == Some(number));
        match holder.map(|holder| self.accounts[holder].clone()) {
            Some(other) if other.who != who && other.number_since >= at => {
                let is_new = self.persons[&other.who].began >= at && other.number_since - at <= 7 * DAY;
                self.accounts[mine].number = None;
                self.accounts[mine].number_said = at;
                if is_new {
                    self.are_one(who, other.who);
                }
            }
            other => {
                if let Some(holder) = holder {
                    self.accounts[holder].number = None;
                }
                let since = other.filter(|other| other.who == who).map_or(at, |other| other.number_since);
                let account = &mut self.accounts[mine];
                (account.number, account.number_since, account.number_said) = (Some(number), since, at);
                if new_id.is_none() && old != new {
                    // Whatever user id comes with the number is theirs.
                    let kept = account.user_id.take();
                    let account = Account { number: None, number_said: at, user_id: kept, ..account.clone() };
                    self.accounts.push(account);
                }
            }
        }
        self.tidy();
    }

    fn tidy(&mut self) {
        self.accounts.retain(|account| account.number.is_some() || account.user_id.is_some());
    }

    fn are_one(&mut self, stays: usize, goes: usize) {
        let began = self.persons.remove(&goes).map_or(i64::MAX, |gone| gone.began);
        self.persons.entry(stays).and_modify(|known| known.began = known.began.min(began));
        self.accounts.iter_mut().filter(|account| account.who == goes).for_each(|account| account.who = stays);
    }

    /// Somebody answers a request for their number, or sends a card that nobody asked for, or another's.
    pub(super) async fn card(&mut self) -> Result<(), String> {
        let h = self.below(HUMANS as u64);
        let human = self.humans[h].clone();
        let Some(mine) =
            self.accounts.iter().position(|a| human.has_user_id && a.user_id.as_ref() == Some(&human.user_id))
        else {
            return Ok(());
        };
        let who = self.accounts[mine].who;
        let is_asked = self.below(2) == 0;
        let asked = format!(
            "update outbox set state = 'sent', created_at = {}, body = '{}' where lane_id in (select lane_id from lane where cast(person_id as text) = '{}')",
            self.now,
            if is_asked { r#"{"interactive":{"type":"request_contact_info"}}"# } else { "{}" },
            self.persons[&who].id
        );
        self.shell.run(&asked).await;
        let has_row = !self
            .shell
            .texts(&format!(
                "select cast(outbox_id as text) from outbox join lane using (lane_id) where cast(person_id as text) = '{}'",
                self.persons[&who].id
            ))
            .await
            .is_empty();
        let is_free = self.accounts.iter().all(|a| a.number != Some(human.number));
        let has_none = self.accounts.iter().all(|a| a.who != who || a.number.is_none());
        self.heard(h, None, Some(human.user_id.clone()), Some(human.number), self.now).await?;
        let mine = self.accounts.iter_mut().find(|account| account.user_id.as_ref() == Some(&human.user_id));
        if let (true, Some(account)) = (is_asked && has_row && is_free && has_none, mine) {
            (account.number, account.number_since) = (Some(human.number), self.now);
        }
        self.same_persons().await
    }

    /// An operator finds that two persons are one human.
    pub(super) async fn merge(&mut self) -> Result<(), String> {
        let all: Vec<usize> = self.persons.keys().copied().collect();
        let pairs: Vec<(usize, usize)> = all
            .iter()
            .flat_map(|a| all.iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a != b && self.persons[a].human == self.persons[b].human)
            .collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let (stays, goes) = pairs[self.below(pairs.len() as u64)];
        let (_, store) = self.store();
        let (first, second) = (self.persons[&stays].id, self.persons[&goes].id);
        self.log.push(format!("{}: {second} goes into {first}", self.now));
        if !store.merge_persons(first, second, &Actor::at_terminal("op"), self.now).await.map_err(text)? {
            return Err("two persons cannot be merged".into());
        }
        self.are_one(stays, goes);
        for table in ["record", "notice", "identity", "unified_sessions"] {
            let column = if table == "unified_sessions" { "user_id" } else { "person_id" };
            let sql = format!("select 'x' from {table} where cast({column} as text) = '{second}'");
            if !self.shell.texts(&sql).await.is_empty() {
                return Err(format!("a merge leaves rows in {table}"));
            }
        }
        self.same_persons().await
    }
}
