//! Whose an identity is, and when it ends (ADR 40).

use serde_json::json;
use uuid::Uuid;

use super::{Author, Held, Name, PARENT, PHONE, People, USER_ID, names};
use switchboard_core::inbox::{IdentityChange, Inbound, Sender};

/// Meta announced it: `former_identity.reason`.
const CHANGED: &str = "changed";
/// It came with another user id, or its account came with another number.
const MOVED: &str = "moved";
/// A notice comes this much later than it was sent, at the most: Meta delivers again for seven days. Carriers keep a number back for
/// longer before somebody else gets it (45 days in the USA, 47 CFR 52.15).
const LATE_MAX_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Meta writes the number in another form.
const FORM: &str = "form";

/// What a sender is known by, apart.
struct Names {
    phone: Option<Name>,
    user: Option<Name>,
    parent: Option<Name>,
}

impl Names {
    fn of(sender: &Sender) -> Names {
        let mut all = Names { phone: None, user: None, parent: None };
        for name in names(sender) {
            match name.0 {
                PHONE => all.phone = Some(name),
                USER_ID => all.user = Some(name),
                _ => all.parent = Some(name),
            }
        }
        all
    }

    fn user_id(&self) -> Option<String> {
        self.user.as_ref().map(|(_, id)| id.clone())
    }

    fn number(&self) -> Option<String> {
        self.phone.as_ref().map(|(_, key)| key.clone())
    }
}

impl People {
    /// The person who sent something at this time (Meta's), made if need be; none if there is nothing to know them by. `tells`: it is
    /// the person's own message, so that it says whose its number is now.
    pub(crate) fn author(&mut self, sender: &Sender, at: i64, tells: bool, now: i64) -> Option<Author> {
        let first = names(sender).into_iter().next()?.1;
        let names = Names::of(sender);
        let at = at.min(now);
        let known = self.whose(&names);
        let person = known.unwrap_or_else(|| self.make(sender, &first, now));
        self.learn(person, sender, &first);
        let has_number = self.number(person, sender, &names, at, tells);
        if let Some(user) = &names.user {
            match self.identities.get(user).cloned() {
                None => self.begin(user, (user.1.clone(), person), names.number().filter(|_| has_number), at),
                Some(held) if has_number && held.pair != names.number() => self.pair(user, names.number(), at),
                Some(_) => {}
            }
        }
        if let Some(parent) = names.parent.as_ref().filter(|parent| !self.identities.contains_key(*parent)) {
            self.begin(parent, (parent.1.clone(), person), None, at);
        }
        if known.is_none() {
            // The row that is made says it.
            if let Some(row) = self.made.persons.last_mut().filter(|_| has_number) {
                row.phone = sender.phone.as_ref().map(|phone| phone.digits().to_owned());
            }
            self.made.touched.remove(&person);
        }
        let mut addresses = [&names.phone, &names.user].into_iter().flatten();
        let address = addresses.find_map(|name| self.identities.get(name).filter(|held| held.person == person));
        Some(Author { person, address: address.map(|held| held.value.clone()) })
    }

    /// A contact card with which the sender of a message answers our request for their number: whether it was asked for is seen where it
    /// is stored.
    pub(crate) fn card(&mut self, message: &Inbound, person: Uuid) {
        let Some(phone) = &message.sender.card else { return };
        let Some(user_id) = message.sender.user_id.as_ref().filter(|_| message.sender.phone.is_none()) else { return };
        let (digits, key) = (phone.digits(), phone.key());
        self.made.cards.push(json!([person, message.business, digits, key, user_id, message.sent_at, message.quotes]));
        self.made.touched.insert(person);
    }

    /// Whose these are; none of anybody known. A user id decides; a number that is known with another user id says nothing.
    fn whose(&self, names: &Names) -> Option<Uuid> {
        let held = |name: &Option<Name>| name.as_ref().and_then(|name| self.identities.get(name));
        let account = held(&names.user).or_else(|| held(&names.parent));
        let number = held(&names.phone);
        if let (false, Some(number)) = (self.holds("the user id decides"), number) {
            return Some(number.person);
        }
        if let Some(account) = account {
            return Some(account.person);
        }
        let number = number?;
        let of_another = matches!((&names.user, &number.pair), (Some((_, user)), Some(pair)) if user != pair);
        (!of_another || !self.holds("another user id is another person")).then_some(number.person)
    }

    /// Gives the person the number that they write from, and takes it from its former owner; whether it is theirs now.
    fn number(&mut self, person: Uuid, sender: &Sender, names: &Names, at: i64, tells: bool) -> bool {
        let (Some(name), Some(phone)) = (&names.phone, &sender.phone) else { return false };
        let user = names.user.as_ref().and_then(|user| self.identities.get(user)).cloned();
        let held = self.identities.get(name).cloned();
        let is_late = !tells || user.as_ref().is_some_and(|user| self.is_older(at, user.paired_at));
        match &held {
            Some(held) if held.person == person => {
                if held.value != phone.digits() && tells && at >= held.since {
                    let (pair, since) = (held.pair.clone(), held.since);
                    self.end(name, person, at, FORM);
                    self.begin(name, (phone.digits().to_owned(), person), pair, since);
                }
                if names.user.is_none() || held.pair == names.user_id() {
                    return true;
                }
                if is_late && user.is_some() {
                    return false;
                }
                self.pair(name, names.user_id(), at);
                self.leave(person, user.and_then(|user| user.pair), name, at);
                return true;
            }
            // What was sent before somebody got the number says nothing of it, nor what is not of the person themselves.
            Some(held) if !tells || self.is_older(at, held.since) => return false,
            _ if is_late && user.is_some() => return false,
            Some(_) if !self.holds("a number moves") => return false,
            Some(held) => self.end(name, held.person, at, MOVED),
            None => {}
        }
        self.leave(person, user.and_then(|user| user.pair), name, at);
        self.begin(name, (phone.digits().to_owned(), person), names.user_id(), at);
        true
    }

    /// A WhatsApp account has one number: the one that it had ends.
    fn leave(&mut self, person: Uuid, had: Option<String>, has: &Name, at: i64) {
        if let Some(had) = had.filter(|had| *had != has.1)
            && self.holds("an account has one number")
        {
            self.end(&(PHONE, had), person, at, MOVED);
        }
    }

    /// Meta announced that a person's number or user id became another.
    pub(crate) fn change(&mut self, change: &IdentityChange, now: i64) {
        let at = change.at.min(now);
        let (before, after) = (Names::of(&change.before), Names::of(&change.after));
        let Some(person) = self.who_changed(&before, at) else { return };
        let (before, after) = if self.is_stale([&before, &after], at) {
            // The user ids are still worth something.
            (Names { phone: None, ..before }, Names { phone: None, ..after })
        } else {
            (before, after)
        };
        let number_changed = after.phone.is_some() && before.phone != after.phone;
        // What the account was known by, where the notice does not say it.
        let pair_of = |name: &Option<Name>| name.as_ref().and_then(|name| self.identities.get(name)?.pair.clone());
        let paired = pair_of(&before.user).map(|key| (PHONE, key));
        let old_number = before.phone.clone().or_else(|| paired.clone());
        let old_user = before.user.clone().or_else(|| pair_of(&before.phone).map(|id| (USER_ID, id)));
        // What was said of the account's number later than this still counts.
        let said =
            old_user.as_ref().and_then(|user| self.identities.get(user)).map_or(at, |user| user.paired_at.max(at));
        let ends = [
            (&old_number, &after.phone),
            (&paired, &after.phone),
            (&old_user, &after.user),
            (&before.parent, &after.parent),
        ];
        for (old, new) in ends {
            if let (Some(old), Some(new)) = (old, new)
                && old != new
                && self.holds("a notice ends what was")
            {
                self.end(old, person, at, CHANGED);
            }
        }
        // Meta makes a new user id for a new number: if the notice does not say it, the next message may.
        let user = after.user.clone().or_else(|| old_user.clone().filter(|_| !number_changed));
        let number = after.phone.clone();
        if let (Some(name), Some(phone)) = (&after.phone, &change.after.phone) {
            let pair = user.as_ref().map(|(_, id)| id.clone());
            self.gain(person, (name, phone.digits()), pair, at, false);
        }
        if let Some(name) = &after.user {
            self.gain_account(person, name, number, [old_number, paired], (at, said));
        } else if let (true, Some(kept)) = (number_changed, old_user.filter(|old| self.may_be_of(old, person))) {
            self.pair_of(person, &kept, None, at);
        }
        if let Some(name) = &after.parent {
            self.gain(person, (name, &name.1), None, at, true);
        }
    }

    /// A person gets a user id by Meta's word. The number that came with it, or else the one that the account had, stays theirs.
    fn gain_account(
        &mut self,
        person: Uuid,
        user: &Name,
        named: Option<Name>,
        had: [Option<Name>; 2],
        (at, said): (i64, i64),
    ) {
        let known = self.identities.get(user).and_then(|held| held.pair.clone()).map(|key| (PHONE, key));
        let had: Vec<Name> = had.into_iter().flatten().filter(|had| self.may_be_of(had, person)).collect();
        let number = named.clone().or_else(|| known.clone()).or_else(|| had.first().cloned());
        let pair = number.as_ref().map(|(_, key)| key.clone());
        let is_known = self.identities.contains_key(user);
        self.gain(person, (user, &user.1), pair.clone(), at, true);
        if !is_known || (known.is_none() && pair.is_some()) {
            self.pair(user, pair, said);
        }
        if named.is_some() {
            return;
        }
        for old in had.iter().filter(|old| known.as_ref().is_some_and(|known| known != *old)) {
            self.end(old, person, at, CHANGED);
        }
        if let (None, Some(number)) = (known, number) {
            self.pair_of(person, &number, Some(user.1.clone()), at);
        }
    }

    /// Whose change it is. A number alone names its owner at that time.
    fn who_changed(&self, before: &Names, at: i64) -> Option<Uuid> {
        let held = |name: &Option<Name>| name.as_ref().and_then(|name| self.identities.get(name));
        if let Some(account) = held(&before.user).or_else(|| held(&before.parent)) {
            return Some(account.person);
        }
        let number = held(&before.phone)?;
        let of_another = matches!((&before.user, &number.pair), (Some((_, user)), Some(pair)) if user != pair);
        let is_later = number.since > at && self.holds("a late notice is of who was before");
        (!of_another && !is_later).then_some(number.person)
    }

    /// A person gets an identity by Meta's word. `names_account`: it is a user id, which is nobody else's ever; anyone who has it is the same.
    fn gain(&mut self, person: Uuid, (name, value): (&Name, &str), pair: Option<String>, at: i64, names_account: bool) {
        match self.identities.get(name).cloned() {
            None => self.begin(name, (value.to_owned(), person), pair, at),
            Some(held) if held.person == person => {
                if held.pair != pair && name.0 != PARENT {
                    self.pair(name, pair, at);
                }
            }
            Some(held) if names_account => self.merge(person, held.person, "meta"),
            // Who began with the number soon after it was this person's is this person, come before the notice.
            Some(held) if held.since >= at => {
                let began = self.persons.get(&held.person).map_or(i64::MIN, |other| other.created_at);
                if began >= at && held.since - at <= LATE_MAX_MS && self.holds("only who is new is the same") {
                    self.merge(person, held.person, "meta");
                }
            }
            Some(held) => {
                self.end(name, held.person, at, CHANGED);
                self.begin(name, (value.to_owned(), person), pair, at);
            }
        }
    }

    /// One person goes into another: by Meta's word, or an operator's.
    pub(crate) fn merge(&mut self, stays: Uuid, goes: Uuid, who: &str) {
        if stays == goes {
            return;
        }
        self.made.merge(stays, goes, who);
        for held in self.identities.values_mut().filter(|held| held.person == goes) {
            held.person = stays;
        }
        let theirs: Vec<(String, i64)> = self
            .lanes
            .iter()
            .filter(|((person, _), _)| *person == goes)
            .map(|((_, business), lane)| (business.clone(), *lane))
            .collect();
        for (business, lane) in theirs {
            self.lanes.entry((stays, business)).or_insert(lane);
        }
    }

    /// Whether the account has come with another number since.
    fn is_stale(&self, sides: [&Names; 2], at: i64) -> bool {
        let users = sides.into_iter().filter_map(|names| self.identities.get(names.user.as_ref()?));
        users.map(|user| user.paired_at).max().is_some_and(|paired_at| self.is_older(at, paired_at))
    }

    /// Whether what was said at a time is older than a fact.
    fn is_older(&self, at: i64, fact: i64) -> bool {
        at < fact && self.holds("what is older ends nothing")
    }

    /// Whether an identity is a person's, or is not remembered: what an account's other name says was not looked up.
    fn may_be_of(&self, name: &Name, person: Uuid) -> bool {
        self.identities.get(name).map_or(!self.holds_all_identities, |held| held.person == person)
    }

    /// Notes the other name of an account for an identity that is a person's, if it is stored as theirs.
    fn pair_of(&mut self, person: Uuid, name: &Name, pair: Option<String>, at: i64) {
        match self.identities.contains_key(name) {
            true => self.pair(name, pair, at),
            false => self.made.pairs.push(json!([name.0, name.1, person, pair, at])),
        }
    }

    fn begin(&mut self, name: &Name, (value, person): (String, Uuid), pair: Option<String>, at: i64) {
        let paired_at = if pair.is_some() { at } else { 0 };
        let held = Held { person, value, pair, paired_at, since: at, row: person };
        self.made.begin(name, held.clone());
        self.made.touched.insert(person);
        self.identities.insert(name.clone(), held);
    }

    /// Ends an identity of a person's, if it is theirs. What is not remembered may be stored.
    fn end(&mut self, name: &Name, person: Uuid, at: i64, why: &'static str) {
        let row = match self.identities.get(name) {
            Some(held) if held.person == person => held.row,
            None if !self.holds_all_identities => person,
            _ => return,
        };
        self.identities.remove(name);
        self.made.end(name, row, at, why);
        self.made.touched.insert(person);
    }

    /// Notes which names are of one account.
    fn pair(&mut self, name: &Name, pair: Option<String>, at: i64) {
        if let Some(held) = self.identities.get_mut(name) {
            (held.pair, held.paired_at) = (pair, at);
            let held = held.clone();
            self.made.pair(name, &held);
        }
    }
}
