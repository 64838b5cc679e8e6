//! The account of a run: what became of each message that was posted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::PoisonError,
    time::Duration,
};

use serde_json::Value;
use switchboard_kit::shell::Shell;

use super::trial::Trial;

/// How long sending may take to be at full speed after the mend, in milliseconds.
const FULL_SPEED_MS: i64 = 12_000;

/// The account of a run: a row of the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) posted: usize,
    pub(super) stored: usize,
    pub(super) once: usize,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) reason: &'static str,
    pub(super) disordered: usize,
    pub(super) longest_ms: i64,
    pub(super) took: Duration,
    /// What is not as it should be.
    pub(super) wrong: Vec<String>,
}

impl Account {
    /// Whether all is as it should be.
    pub(super) fn is_well(&self) -> bool {
        self.wrong.is_empty() && self.posted > 0
    }
}

impl Trial {
    /// Waits until nothing waits, and makes the account.
    pub(super) async fn account(mut self) -> Account {
        self.hush().await;
        self.settled().await;
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = self.rows().await;
        let mut shell = Shell::open(&self.stage.url()).await;
        let stored: BTreeSet<String> =
            shell.texts("select wamid from message where space = 'message'").await.into_iter().collect();
        let known: BTreeSet<String> = shell.texts("select wamid from status").await.into_iter().collect();
        let sends = self.sends(&rows).await;

        let mut account = Account { name: self.name, posted: posted.len(), ..Account::default() };
        account.stored = posted.keys().filter(|id| stored.contains(*id)).count();
        let mut longest = ("", 0);
        let mut backlog = Vec::new();
        for (id, at) in &posted {
            let of: Vec<&Send> = sends.iter().filter(|send| send.message == *id && !send.is_failed).collect();
            match of.as_slice() {
                [] => {
                    account.lost += 1;
                    let row = rows.values().find(|(message, _)| message == id).map(|(_, state)| state.as_str());
                    self.wrong.push(format!("{id} is lost; its row is {}", row.unwrap_or("not there")));
                }
                [_] => account.once += 1,
                of => {
                    account.doubled += 1;
                    account.reason = self.may_double.unwrap_or("");
                    let wrong = of.windows(2).filter_map(|pair| self.excused(pair[0], pair[1], &known));
                    let wrong: Vec<String> = wrong.collect();
                    self.wrong.extend(wrong);
                }
            }
            if let Some(last) = of.last().filter(|last| last.at >= self.mended_at) {
                let waited = last.at - self.mended_at.max(*at);
                if *at < self.mended_at {
                    backlog.push(waited);
                }
                if waited > longest.1 {
                    longest = (id, waited);
                }
            }
        }
        account.longest_ms = longest.1;
        account.disordered = disordered(&sends);
        if account.disordered > 0 {
            self.wrong.push(format!("{} replies are out of order", account.disordered));
        }
        if account.stored != account.posted {
            self.wrong.push(format!("{} of {} messages are stored", account.stored, account.posted));
        }
        if self.mended_at > 0 && longest.1 > FULL_SPEED_MS + self.allowed_ms {
            let allowed = FULL_SPEED_MS + self.allowed_ms;
            self.wrong.push(format!("{} waited {} ms after the mend, more than {allowed}", longest.0, longest.1));
        }
        // Whatever a few rows must wait for, most of what waited goes as soon as all goes again.
        backlog.sort_unstable();
        let median = backlog.get(backlog.len() / 2).copied().unwrap_or(0);
        self.expect(median <= FULL_SPEED_MS || self.few_wait, || {
            format!("half of what waited went more than {median} ms after the mend")
        });
        let unordered = "select count(*) from message as a join message as b using (lane_id)
            where a.message_id < b.message_id and a.wamid > b.wamid and b.wamid like 'wamid.%'";
        let unordered: i64 = shell.value(unordered).await;
        self.expect(unordered == 0, || format!("{unordered} messages are stored out of order"));
        account.wrong = std::mem::take(&mut self.wrong);
        account
    }

    /// Why a message that was sent twice may not have been; nothing if it may.
    fn excused(&self, first: &Send, second: &Send, known: &BTreeSet<String>) -> Option<String> {
        let why = if self.may_double.is_none() {
            "nothing was lost"
        } else if first.outbox != second.outbox {
            "by two rows"
        } else if known.contains(&first.wamid) {
            "a status came for the first"
        } else if second.at - first.at < self.unknown_wait_ms {
            "before its wait was over"
        } else {
            return None;
        };
        Some(format!("{} was doubled after {} ms: {why}", first.message, second.at - first.at))
    }

    /// The rows of the outbox by id: the message that each answers, and its state and error.
    pub(super) async fn rows(&self) -> HashMap<i64, (String, String)> {
        let sql =
            "select o.outbox_id || ' ' || coalesce(m.wamid, '-') || ' ' || o.state || ' ' || coalesce(o.error, '')
            from outbox as o join message as m using (message_id) where o.url is null";
        let texts = Shell::open(&self.stage.url()).await.texts(sql).await;
        let row = |text: String| {
            let mut parts = text.splitn(3, ' ').map(str::to_owned);
            Some((parts.next()?.parse().ok()?, (parts.next()?, parts.next()?)))
        };
        texts.into_iter().filter_map(row).collect()
    }

    /// What the other side took, in order.
    pub(super) async fn sends(&self, rows: &HashMap<i64, (String, String)>) -> Vec<Send> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sends = self.stage.sends().await;
        let send = |send: &Value| {
            let outbox = send["reference"].as_str()?.rsplit('.').next()?.parse().ok()?;
            Some(Send {
                outbox,
                message: rows.get(&outbox)?.0.clone(),
                at: send["at"].as_i64()?,
                to: format!("{} {}", text(&send["business"]), text(&send["recipient"])),
                wamid: text(&send["wamid"]),
                is_failed: !send["failed"].is_null(),
            })
        };
        sends.iter().filter_map(send).collect()
    }
}

/// A reply that the other side took.
pub(super) struct Send {
    pub(super) outbox: i64,
    /// The wamid of the message that it answers.
    pub(super) message: String,
    pub(super) at: i64,
    pub(super) to: String,
    wamid: String,
    is_failed: bool,
}

/// Replies that came after one to a later message of their person.
fn disordered(sends: &[Send]) -> usize {
    let mut last: HashMap<&str, &str> = HashMap::new();
    let mut behind = 0;
    // What was stored by SQL stands anywhere.
    for send in sends.iter().filter(|send| send.message.starts_with("wamid.")) {
        let before = last.entry(&send.to).or_insert(&send.message);
        behind += usize::from(send.message.as_str() < *before);
        *before = (*before).max(&send.message);
    }
    behind
}
