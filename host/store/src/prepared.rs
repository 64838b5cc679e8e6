//! The rows of a settlement that can be built on the caller's task, off the writer's thread.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    script::{AnsweredRow, EventRow, JournalRow, NewSessionRow, ReleaseRow, SessionRow, TestEventRow},
    settlement::{Done, Event, Settlement},
    state::MessageState,
    stored,
    time::iso,
    unanswered::Unanswered,
};
use switchboard_core::{
    session::{SESSION_LIFE_MS, Session},
    test_number,
};

/// What a settlement writes whatever else is in its batch.
pub(crate) struct Prepared {
    /// The message, and those that were answered with it.
    pub(crate) answered: Vec<AnsweredRow>,
    pub(crate) release: ReleaseRow,
    pub(crate) session: Option<SessionRow>,
    pub(crate) new_session: Option<NewSessionRow>,
    pub(crate) event: Option<EventRow>,
    /// The event of a turn on a test number, in the other's place.
    pub(crate) test_event: Option<TestEventRow>,
    pub(crate) journal: Option<JournalRow>,
    /// What was learnt of the person: see [`PERSONS`](crate::script::PERSONS).
    pub(crate) person: Option<Value>,
    /// The session that a newer one takes the place of.
    pub(crate) ended: Option<Uuid>,
}

impl Prepared {
    pub(crate) fn of(s: &Settlement) -> Prepared {
        let (state, error) = match &s.done {
            Done::Answered => (MessageState::Answered, None),
            Done::Held => (MessageState::Held, None),
            Done::Stored => (MessageState::Stored, None),
            Done::Dead(reason) => (MessageState::Dead, Some(reason.clone())),
        };
        let session = s.session.as_ref().map(|session| session_row(s, session));
        let goes_on = session.as_ref().is_some_and(|session| s.session_before == Some(session.id));
        let (session, new) = if goes_on { (session, None) } else { (None, session) };
        let is_test = test_number::is_test(&s.business);
        Prepared {
            answered: [s.message_id]
                .iter()
                .chain(&s.with)
                .map(|message_id| AnsweredRow {
                    message_id: *message_id,
                    state,
                    error: error.clone(),
                    kind: s.kind.map(|kind| kind.as_str().to_owned()),
                    why: s.why.map(Unanswered::as_str),
                })
                .collect(),
            release: ReleaseRow {
                lane_id: s.lane.id,
                epoch: s.lane.epoch,
                wrote_at: s.wrote_at.unwrap_or_default(),
                sends: i64::from(!s.replies.is_empty()),
                address: s.wrote_at.and(s.address.as_ref()).map(|address| address.as_str().to_owned()),
            },
            ended: new.as_ref().and(s.session_before),
            session,
            new_session: new.zip(s.session.as_ref()).map(|(row, session)| new_session_row(s, session, row)),
            event: s.event.as_ref().filter(|_| !is_test).map(|event| event_row(s, event)),
            test_event: s.event.as_ref().filter(|_| is_test).map(|event| test_event_row(s, event)),
            journal: s.journal.as_ref().map(|journal| JournalRow {
                message_id: s.message_id,
                epoch: s.lane.epoch,
                created_at: s.now,
                body: journal.clone(),
            }),
            person: learnt(s),
        }
    }
}

fn event_row(s: &Settlement, event: &Event) -> EventRow {
    EventRow {
        correlation_id: event.correlation_id.clone(),
        user_phone: s.phone.as_ref().map(|phone| phone.e164()),
        user_id: s.person_id,
        agent_type: event.agent.clone(),
        intent_type: event.intent.clone(),
        flow_name: event.flow.clone(),
        payload: event.payload.clone(),
        response_text: event.response.clone(),
        tool_calls: event.tool_calls.clone(),
        duration_ms: event.duration_ms,
        waited_ms: event.waited_ms,
        created_at: iso(s.now),
    }
}

fn test_event_row(s: &Settlement, event: &Event) -> TestEventRow {
    TestEventRow {
        message_id: s.message_id,
        epoch: s.lane.epoch,
        person_id: s.person_id,
        agent: event.agent.clone(),
        reason: event.intent.clone(),
        payload: event.payload.clone(),
        duration_ms: event.duration_ms,
        waited_ms: event.waited_ms,
        created_at: s.now,
    }
}

fn session_row(s: &Settlement, session: &Session) -> SessionRow {
    let flow = session.flow.as_ref();
    SessionRow {
        id: session.id,
        current_agent: session.agent.clone(),
        active_flow: flow.map(|flow| flow.flow.clone()),
        flow_step: flow.map(|flow| flow.step.clone()),
        collected_data: flow.map_or_else(|| "{}".to_owned(), |flow| flow.data.clone()),
        conversation_history: stored::write(&session.history),
        offered: session.offered.as_ref().map(stored::write),
        last_message_at: iso(session.last_message_at),
        updated_at: iso(s.now),
        expires_at: iso(session.last_message_at + SESSION_LIFE_MS),
        agent_version: session.version.clone(),
        kept_flow: session.kept.as_ref().map(stored::write),
        open_things: (!session.open.is_empty()).then(|| stored::write(&session.open)),
    }
}

fn new_session_row(s: &Settlement, session: &Session, row: SessionRow) -> NewSessionRow {
    NewSessionRow {
        id: row.id,
        current_agent: row.current_agent,
        active_flow: row.active_flow,
        flow_step: row.flow_step,
        collected_data: row.collected_data,
        conversation_history: row.conversation_history,
        offered: row.offered,
        last_message_at: row.last_message_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        agent_version: row.agent_version,
        kept_flow: row.kept_flow,
        open_things: row.open_things,
        user_phone: s.phone.as_ref().map(|phone| phone.e164()),
        user_id: s.person_id,
        business_number: s.business.clone(),
        created_at: iso(session.created_at),
    }
}

/// What a turn learnt of its person.
fn learnt(s: &Settlement) -> Option<Value> {
    let place = s.person.place.as_ref();
    if s.person.language.is_none() && s.person.opted_out.is_none() && place.is_none() {
        return None;
    }
    let point = place.and_then(|place| place.point);
    let (lat, lng) = (point.map(|point| point.latitude), point.map(|point| point.longitude));
    let name = place.and_then(|place| place.name.as_deref());
    let opted_out = s.person.opted_out.map(i64::from);
    Some(json!([s.person_id, s.person.language, lat, lng, name, opted_out, s.now]))
}
