//! The trace of one message: what was received, which agent answered and why, what it asked the host, what was sent and what Meta said of
//! it, with times and hosts. `switchboard trace` and `/api/trace` show it.

mod end;
mod journals;
mod readings;
mod run;
mod step;
mod time;
mod timeline;

use serde::Serialize;

use end::end;
pub(crate) use journals::{call_line, cut, readings};
pub use readings::ReadingShown;
pub use run::{CallShown, Change, Run};
pub use step::Step;
use switchboard_core::contract::types::Content;
use switchboard_edge::whatsapp::render::render;
use switchboard_store::{
    RefusedDelivery, Store, StoreError, Traced, TracedMessage, TracedPerson, TracedSend, host_of_node,
};
pub(crate) use time::time;
pub use timeline::{Outcome, ReplyShown, RouteShown, Timeline};

/// The most messages of a person that are followed at once.
pub const LAST_MAX: i64 = 50;

/// What is said where nothing was found.
pub const NOTHING: &str = "no message is known by this: give a wamid, a person's number with its country code, or turn-<id>. Messages are kept \
                           for RAW_DAYS, at least eight days";

/// What was found of a wamid, a person or a turn.
#[derive(Debug, Serialize)]
pub struct Found {
    /// The messages, the latest first.
    pub messages: Vec<Trace>,
    /// The delivery with this wamid that was refused.
    pub refused: Option<RefusedDelivery>,
}

/// One message, followed.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// Its id; its turn is called `turn-<id>`.
    pub message: i64,
    /// Meta's id of it.
    pub wamid: Option<String>,
    /// The person's id.
    pub person: Option<uuid::Uuid>,
    /// The business number's id.
    pub business: String,
    /// What became of it, in a sentence.
    pub end: String,
    /// What happened, in its order.
    pub steps: Vec<Step>,
}

/// Follows what is meant by a wamid (of a message or of a reply), a number or id of a person, `turn-<id>`, or a message's id; of a person
/// the latest messages.
pub async fn find(store: &Store, meant: &str, last: i64) -> Result<Found, StoreError> {
    let meant = meant.trim();
    let last = last.clamp(1, LAST_MAX);
    let mut ids = store.messages_of_wamid(meant).await?;
    if ids.is_empty()
        && let Some(person) = store.person_of(meant).await?
    {
        ids = store.messages_of_person(person, last).await?;
    }
    if ids.is_empty()
        && let Ok(id) = meant.strip_prefix("turn-").unwrap_or(meant).parse()
    {
        ids.push(id);
    }
    let mut messages = Vec::new();
    for id in ids {
        if let Some(traced) = store.trace(id).await? {
            messages.push(Trace::of(traced));
        }
    }
    let refused = store.refused_delivery(meant).await?;
    Ok(Found { messages, refused })
}

impl Trace {
    fn of(traced: Traced) -> Trace {
        let end = end(&traced);
        let Traced { message, person, events, journals, sends } = traced;
        let mut steps = vec![received(&message)];
        steps.extend(person.as_ref().map(of_person).filter(|step| !step.details.is_empty()));
        steps.extend(journals::steps(&message, &events, &journals));
        if let (true, Some(error)) = (message.attempts > 0, &message.error) {
            steps.push(Step::new(None, None, format!("its turn failed {} times, last: {error}", message.attempts)));
        }
        steps.extend(sends.iter().flat_map(sent));
        Trace {
            message: message.id,
            wamid: message.wamid,
            person: person.map(|person| person.id),
            business: message.business,
            end,
            steps,
        }
    }
}

fn received(message: &TracedMessage) -> Step {
    let content = serde_json::from_str::<Content>(&message.content);
    let shown = content.map_or_else(|_| message.content.clone(), |content| content.shown());
    let host = message.received_by.as_deref();
    let what = match message.kind.as_str() {
        "notice" => {
            let agent = message.agent.as_deref().filter(|agent| !agent.is_empty()).unwrap_or("the host");
            format!("a notice of {agent} was queued")
        }
        kind => format!("received and stored: {kind}"),
    };
    let delivery = message.delivery.map(|delivery| format!("in delivery {delivery}"));
    let late = message.received_at - message.sent_at;
    let late = (late > 10_000).then(|| format!("{} s after it was sent, by Meta's time", late / 1000));
    Step::new(message.received_at, host, what).with(delivery.into_iter().chain(late).chain([format!("> {shown}")]))
}

/// What stands in the way of answers to this person.
fn of_person(person: &TracedPerson) -> Step {
    let at = |ms: i64| crate::trace::time(ms);
    let merged = person.merged.iter().map(|id| format!("{id} was merged into this person"));
    let opted_out = person.opted_out_at.map(|ms| format!("opted out since {}", at(ms)));
    let taken = person.taken_over_by.as_ref().map(|by| format!("taken over by {by}: agents are silent"));
    let forgotten = person.forgotten_at.map(|ms| format!("asked to be forgotten at {}", at(ms)));
    let details: Vec<String> = merged.chain(opted_out).chain(taken).chain(forgotten).collect();
    Step::new(None, None, format!("its person, {}", person.id)).with(details)
}

/// What became of a reply or a forward.
fn sent(send: &TracedSend) -> Vec<Step> {
    let to = if send.kind == "forward" { "the legacy service" } else { "the person" };
    let body = serde_json::from_str(&send.body).map(|body| render(&body).lines).unwrap_or_default();
    let shown = if send.kind == "forward" { Vec::new() } else { body };
    let queued =
        Step::new(send.created_at, None, format!("{} {} queued for {to}, by {}", send.kind, send.id, send.agent))
            .with(shown.into_iter().map(|line| format!("< {line}")));
    let mut steps = vec![queued];
    if let Some(begun) = send.begun_at {
        let tries =
            if send.attempts > 0 { format!(", after {} failed attempts", send.attempts) } else { String::new() };
        let wamid = send.wamid.as_ref().map(|wamid| format!("Meta's id {wamid}"));
        let what = if send.state == "barred" { "looked at, and barred" } else { "sent" };
        steps.push(Step::new(begun, send.host.as_deref(), format!("{what}{tries}")).with(wamid));
    }
    for status in &send.statuses {
        let error = status.error.iter().map(|error| format!("in Meta's words: {error}"));
        let billed = status.billable.map(|billed| if billed { "billed" } else { "not billed" }.to_owned());
        steps.push(Step::new(status.at, None, format!("Meta: {}", status.status)).with(error.chain(billed)));
    }
    let state = match send.state.as_str() {
        "sent" => None,
        "queued" => Some(match &send.rests {
            Some(reason) => format!("waits: its business number rests ({reason})"),
            None => format!("waits, due at {}", time(send.run_at)),
        }),
        "sending" => Some("is being sent".to_owned()),
        "unknown" => Some("its outcome is unknown: it waits for a status".to_owned()),
        state => Some(format!("{state}: {}", send.error.as_deref().unwrap_or("no reason is stored"))),
    };
    steps.extend(state.map(|state| Step::new(None, None, state)));
    steps
}

/// A trace as text: a line for each step, its details below it.
pub fn text(trace: &Trace) -> String {
    let mut lines = vec![format!("turn-{}  {}", trace.message, trace.end)];
    lines.extend(trace.wamid.iter().map(|wamid| format!("  wamid   {wamid}")));
    lines.extend(trace.person.iter().map(|person| format!("  person  {person}")));
    lines.push(format!("  number  {}", trace.business));
    for step in &trace.steps {
        let at = step.at.map_or_else(|| " ".repeat(24), time);
        let host = step.host.as_deref().map(|host| format!("  [{host}]")).unwrap_or_default();
        lines.push(format!("  {at}  {}{host}", step.what));
        lines.extend(step.details.iter().flat_map(|detail| detail.lines()).map(|line| format!("{:28}{line}", "")));
    }
    lines.join("\n") + "\n"
}

/// What is said of a refused delivery.
pub fn refused_text(refused: &RefusedDelivery) -> String {
    format!(
        "a delivery that named it was refused at {} by {}, {} times: its signature was wrong, so nothing of it was stored. If it was \
         Meta's, set WHATSAPP_APP_SECRET to the app's secret; Meta sends it again for seven days.",
        time(refused.at),
        host_of_node(&refused.host),
        refused.times
    )
}
