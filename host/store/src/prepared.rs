//! A settlement's rows, as far as they need nothing of the writer: made by whoever asks, before the writer has it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    db::Arg,
    iso,
    script::Kind,
    stored,
    types::{Done, Settlement},
};
use switchboard_core::session::LIFE_MS;

/// What a settlement writes whatever else is in its batch. Whoever asks makes it: the writer is one, they are many.
pub(super) struct Prepared {
    pub(super) rows: Vec<(Kind, Vec<Arg>)>,
    /// A value of [`Once::Persons`](super::script::Once::Persons).
    pub(super) person: Option<Value>,
    /// The session that a newer one takes the place of.
    pub(super) ended: Option<Uuid>,
}

impl Prepared {
    pub(super) fn of(s: &Settlement) -> Prepared {
        let (state, error) = match &s.done {
            Done::Answered => ("answered", None),
            Done::Held => ("held", None),
            Done::Stored => ("stored", None),
            Done::Dead(reason) => ("dead", Some(reason)),
        };
        let phone = s.phone.as_ref().map(|phone| phone.e164());
        let person = || Arg::from(s.person_id);
        let mut rows = vec![(
            Kind::Answered,
            vec![s.message_id.into(), state.into(), error.map(String::as_str).into(), s.kind.as_str().into()],
        )];
        if let Some(event) = &s.event {
            let row = vec![
                event.correlation_id.as_str().into(),
                phone.as_deref().into(),
                person(),
                event.agent.as_str().into(),
                event.intent.as_str().into(),
                event.flow.as_deref().into(),
                event.payload.as_str().into(),
                event.response.as_str().into(),
                event.tool_calls.as_str().into(),
                event.duration_ms.into(),
                iso(s.now).into(),
            ];
            rows.push((Kind::Event, row));
        }
        if let Some(journal) = &s.journal {
            rows.push((
                Kind::Journal,
                vec![s.message_id.into(), s.lane.epoch.into(), s.now.into(), journal.clone().into()],
            ));
        }
        let mut ended = None;
        if let Some(session) = &s.session {
            let flow = session.flow.as_ref();
            let offered = session.offered.as_ref().map(stored::write);
            let kept = session.kept.as_ref().map(stored::write);
            let mut row = vec![
                session.id.into(),
                session.agent.as_str().into(),
                flow.map(|flow| flow.flow.as_str()).into(),
                flow.map(|flow| flow.step.as_str()).into(),
                flow.map_or("{}", |flow| flow.data.as_str()).into(),
                stored::write(&session.history).into(),
                offered.into(),
                iso(session.last_message_at).into(),
                iso(s.now).into(),
                iso(session.last_message_at + LIFE_MS).into(),
                session.version.as_deref().into(),
                kept.into(),
            ];
            if s.session_before == Some(session.id) {
                rows.push((Kind::Session, row));
            } else {
                ended = s.session_before;
                row.extend([
                    phone.as_deref().into(),
                    person(),
                    s.business.as_str().into(),
                    iso(session.created_at).into(),
                ]);
                rows.push((Kind::NewSession, row));
            }
        }
        rows.push((Kind::Release, vec![s.lane.id.into(), s.lane.epoch.into()]));
        Prepared { rows, person: learnt(s), ended }
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
