//! What waits for the person's yes or no: the choices that came with a notice stay pending whatever else is talked about, until one is
//! taken, they run out, or the same thing is asked anew.

use serde_json::json;
use switchboard_core::{
    contract::types::{Content, Extra, Reply, Tap},
    session::{Offered, PENDING_MAX, PENDING_MS, Pending, Session},
    text::fold,
};
use switchboard_edge::whatsapp::{reply, wire};
use switchboard_understand::{Analysis, acts::Act};

use super::{
    chosen::{self, pair},
    context::{TurnContext, TurnError},
    understand::Meaning,
};

/// The longest text of what was asked, in characters.
const ABOUT_MAX: usize = 200;

/// What a text says to something that waits.
pub(super) enum Answer {
    /// Nothing.
    None,
    /// One of the choices.
    Choice(Meaning),
    /// It is put off.
    Later,
    /// It declines what has no choice for that.
    Dismissed,
    /// Yes or no, and several things wait: these choices say which.
    Which(Vec<(String, String, String)>),
}

/// Adds what a notice asked.
pub(super) fn note(session: &mut Session, message: i64, content: &Content, replies: &[(&str, &Reply)], now: i64) {
    let Some(Offered { agent, choices, .. }) = reply::offered(replies) else { return };
    let choices: Vec<_> = choices.into_iter().filter(|choice| !chosen::leads_away(choice)).collect();
    if pair(&choices).0.is_none() {
        return;
    }
    let asks = |(_, reply): &&(&str, &Reply)| matches!(reply, Reply::Buttons(_) | Reply::Rows(_));
    let about = replies.iter().rev().find(asks).map_or(String::new(), |(_, reply)| match reply {
        Reply::Buttons(buttons) => buttons.body.clone(),
        Reply::Rows(rows) => rows.body.clone(),
        _ => String::new(),
    });
    let (listing, match_) = match content {
        Content::Notice(notice) => (notice.listing.clone(), notice.match_.clone()),
        _ => (None, None),
    };
    let about = about.chars().take(ABOUT_MAX).collect();
    let made = Pending { message, agent, about, choices, listing, match_, since: now };
    // The same thing asked anew is one thing.
    session.open.pending.retain(|before| before.agent != made.agent || before.choices != made.choices);
    session.open.pending.push(made);
    let old = session.open.pending.len().saturating_sub(PENDING_MAX);
    session.open.pending.drain(..old);
}

/// Removes what has waited too long.
pub(super) fn expire(pending: &mut Vec<Pending>, now: i64) {
    pending.retain(|pending| now - pending.since < PENDING_MS);
}

/// What a text says to what waits. `quoted` is the message whose answer, or which itself, the text quotes.
pub(super) fn answer(said: &Analysis<'_>, quoted: Option<i64>, session: &Session) -> Answer {
    let waiting = &session.open.pending;
    if waiting.is_empty() {
        return Answer::None;
    }
    let act = said.said.whole;
    let folded = fold(said.text());
    if let Some(quoted) = quoted.and_then(|id| waiting.iter().find(|pending| pending.message == id)) {
        return of_one(quoted, act, &folded);
    }
    let newer = |pending: &&Pending| pending.since >= session.last_message_at;
    let fresh: Vec<&Pending> = waiting.iter().filter(newer).collect();
    let titled = |pending: &&Pending| titled(pending, &folded).is_some();
    let offers = |session: &Session| session.offered.as_ref().is_some_and(|offered| pair(&offered.choices).0.is_some());
    let asks =
        session.flow.is_some() && session.open.question.as_ref().is_some_and(|question| question.offered.is_some());
    match act {
        Some(Act::Yes | Act::No | Act::Later) => {}
        _ => {
            let mut named = waiting.iter().rev().filter(titled);
            return match (named.next(), session.offered.as_ref()) {
                (Some(newest), _) if !folded.is_empty() && session.flow.is_none() => of_one(newest, act, &folded),
                _ => Answer::None,
            };
        }
    }
    let is_flows = session.flow.is_some() && fresh.is_empty();
    let was_asked_since = session.flow.is_none() && fresh.is_empty() && offers(session) && !is_offered(session);
    if is_flows || was_asked_since {
        return Answer::None;
    }
    let several = if fresh.is_empty() { waiting.iter().collect() } else { fresh };
    match several.as_slice() {
        [one] if !asks => of_one(one, act, &folded),
        [] => Answer::None,
        _ if act == Some(Act::Later) => Answer::Later,
        several => Answer::Which(which(several, act, session, asks)),
    }
}

/// Whether the choices offered last are those of something that waits.
fn is_offered(session: &Session) -> bool {
    let offered = session.offered.as_ref().and_then(|offered| offered.choices.first());
    offered.is_some_and(|first| session.open.pending.iter().any(|pending| pending.choices.contains(first)))
}

/// The choice whose title was said.
fn titled<'p>(pending: &'p Pending, folded: &[String]) -> Option<&'p (String, String)> {
    pending.choices.iter().find(|(_, title)| !folded.is_empty() && fold(title) == folded)
}

fn of_one(pending: &Pending, act: Option<Act>, folded: &[String]) -> Answer {
    let (yes, no) = pair(&pending.choices);
    let taken = titled(pending, folded).or(match act {
        Some(Act::Yes) => yes,
        Some(Act::No) => no,
        Some(Act::Later) => return Answer::Later,
        _ => return Answer::None,
    });
    taken.and_then(choice).map_or(Answer::Dismissed, Answer::Choice)
}

/// The choice of a wire id.
pub(super) fn choice((wire, title): &(String, String)) -> Option<Meaning> {
    let (agent, id) = wire::parse(wire)?;
    Some(Meaning::Choice { agent: agent.to_owned(), tap: Tap { id: id.to_owned(), title: title.clone() } })
}

/// The choices that an answer may mean: wire id, what it is about, and the choice's title.
fn which(several: &[&Pending], act: Option<Act>, session: &Session, asks: bool) -> Vec<(String, String, String)> {
    let side = |choices: &[(String, String)]| {
        let (yes, no) = pair(choices);
        if act == Some(Act::No) { no.cloned() } else { yes.cloned() }
    };
    let mut rows: Vec<_> = several
        .iter()
        .rev()
        .filter_map(|pending| {
            let (wire, title) = side(&pending.choices)?;
            Some((wire, pending.about.clone(), title))
        })
        .collect();
    if let (true, Some(question)) = (asks, &session.open.question)
        && let Some((wire, title)) = question.offered.as_ref().and_then(|offered| offered.choices.first().cloned())
    {
        rows.push((wire, reply::plain_text(&question.reply), title));
    }
    rows
}

impl TurnContext<'_> {
    /// Finds the message that this one quotes or reacts to, by our id.
    pub(super) async fn read_quote(&mut self) -> Result<(), TurnError> {
        if let Some(wamid) = &self.claim.message.quotes {
            self.quoted = self.app.store.quoted(&self.claim.message.business, wamid).await?;
        }
        Ok(())
    }

    /// A choice that was taken waits no longer.
    pub(super) fn take_pending(&mut self, agent: &str, tap: &Tap) {
        let wire = format!("{agent}/{}", tap.id);
        self.session.open.pending.retain(|pending| pending.choices.iter().all(|(id, _)| *id != wire));
    }

    /// What waits, as an agent sees it: all of it for the menu's agent, else its own.
    pub(super) fn pending_for(&self, agent: &str) -> Option<Extra> {
        let is_for = |pending: &&Pending| agent == switchboard_sandbox::route::FALLBACK || pending.agent == agent;
        let shown: Vec<_> = self.session.open.pending.iter().rev().filter(is_for).map(shown).collect();
        let value = serde_json::to_string(&shown).ok()?;
        (!shown.is_empty()).then(|| Extra { name: "pending".into(), value })
    }

    /// The newest thing that waits.
    pub(super) fn newest_pending(&self) -> Option<&Pending> {
        self.session.open.pending.last()
    }
}

/// Something that waits, as JSON.
pub(super) fn shown(pending: &Pending) -> serde_json::Value {
    let ids: Vec<&str> = pending.choices.iter().filter_map(|(wire, _)| Some(wire::parse(wire)?.1)).collect();
    json!({
        "message": pending.message.to_string(), "agent": pending.agent, "about": pending.about, "choices": ids,
        "listing": pending.listing, "match": pending.match_, "since": pending.since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(message: i64, id: &str, since: i64) -> Pending {
        let choices =
            vec![(format!("m/share:{id}"), "Share".to_owned()), (format!("m/decline:{id}"), "Decline".into())];
        let about = format!("May I give them your number? {id}");
        Pending { message, agent: "m".into(), about, choices, listing: None, match_: Some(id.into()), since }
    }

    fn session(pending: Vec<Pending>) -> Session {
        let mut session = Session { last_message_at: 100, ..Session::default() };
        session.open.pending = pending;
        session
    }

    fn taken(text: &str, quoted: Option<i64>, session: &Session) -> String {
        match answer(&Analysis::of(text), quoted, session) {
            Answer::None => "none".into(),
            Answer::Choice(Meaning::Choice { tap, .. }) => tap.id,
            Answer::Choice(_) => "?".into(),
            Answer::Later => "later".into(),
            Answer::Dismissed => "dismissed".into(),
            Answer::Which(rows) => format!("which of {}", rows.len()),
        }
    }

    #[test]
    fn yes_and_no_answer_what_waits() {
        let one = session(vec![waits(1, "a", 50)]);
        for (text, wanted) in [
            ("yes", "share:a"),
            ("👍", "share:a"),
            ("oui", "share:a"),
            ("yego", "share:a"),
            ("ndiyo", "share:a"),
            ("share", "share:a"),
            ("no", "decline:a"),
            ("oya", "decline:a"),
            ("decline", "decline:a"),
            ("a red sofa", "none"),
        ] {
            assert_eq!(taken(text, None, &one), wanted, "{text}");
        }
        let two = session(vec![waits(1, "a", 50), waits(2, "b", 60)]);
        assert_eq!(taken("yes", None, &two), "which of 2");
        assert_eq!(taken("yes", Some(1), &two), "share:a");
        assert_eq!(taken("no", Some(2), &two), "decline:b");
        let newer = session(vec![waits(1, "a", 50), waits(2, "b", 160)]);
        assert_eq!(taken("yes", None, &newer), "share:b");
    }

    #[test]
    fn a_question_asked_since_goes_first() {
        let mut asked = session(vec![waits(1, "a", 50)]);
        let choices = vec![("j/yes:1".to_owned(), "Apply".to_owned()), ("j/no:1".into(), "Not now".into())];
        asked.offered = Some(Offered { agent: "j".into(), numbered: true, choices });
        assert_eq!(taken("yes", None, &asked), "none");
        assert_eq!(taken("yes", Some(1), &asked), "share:a");
        let mut old = vec![waits(1, "a", 0)];
        expire(&mut old, PENDING_MS);
        assert!(old.is_empty());
    }
}
