//! What every message writes: rows with a value for each named column, one statement for each kind of row.

use uuid::Uuid;

use crate::{state::MessageState, value::Arg};

/// How the values of a column are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Int,
    Text,
    Bytes,
}

/// A column of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnType,
}

/// A value of a column.
trait ColumnValue: Into<Arg> {
    const TYPE: ColumnType;
}

macro_rules! column_types {
    ($($type:ty => $kind:ident),* $(,)?) => {$(
        impl ColumnValue for $type {
            const TYPE: ColumnType = ColumnType::$kind;
        }
    )*};
}

column_types! {
    i64 => Int,
    Option<i64> => Int,
    String => Text,
    Option<String> => Text,
    &'static str => Text,
    Option<&'static str> => Text,
    MessageState => Text,
    Uuid => Text,
    Vec<u8> => Bytes,
}

/// A row of some kind.
pub(crate) trait Row {
    const KIND: RowKind;

    /// Adds its values, in the order of [`RowKind::columns`].
    fn bind(self, to: &mut Vec<Arg>);
}

macro_rules! rows {
    ($($(#[$doc:meta])* $kind:ident = $row:ident, $sql:ident { $($column:ident: $type:ty),* $(,)? })*) => {
        /// What a row is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum RowKind {
            $($(#[$doc])* $kind),*
        }

        impl RowKind {
            pub(crate) const ALL: &[RowKind] = &[$(RowKind::$kind),*];

            /// How many kinds there are.
            pub(crate) const COUNT: usize = RowKind::ALL.len();

            /// The columns of its rows, in the order in which their values are bound.
            pub(crate) fn columns(self) -> &'static [Column] {
                match self {
                    $(RowKind::$kind => const {
                        &[$(Column { name: stringify!($column), kind: <$type as ColumnValue>::TYPE }),*]
                    }),*
                }
            }

            /// The statement for its rows.
            pub(crate) fn sql(self) -> &'static str {
                match self {
                    $(RowKind::$kind => $sql),*
                }
            }
        }

        $($(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $row {
            $(pub(crate) $column: $type),*
        }

        impl Row for $row {
            const KIND: RowKind = RowKind::$kind;

            fn bind(self, to: &mut Vec<Arg>) {
                to.extend([$(self.$column.into()),*]);
            }
        })*
    };
}

rows! {
    /// A new person.
    Person = PersonRow, PERSON {
        person_id: Uuid,
        bucket: i64,
        phone: Option<String>,
        user_id: Option<String>,
        name: Option<String>,
        created_at: i64,
        // Hashes by which the table `opt_out` may know them.
        by_phone: Option<String>,
        by_user_id: Option<String>,
    }
    /// What a person is known by.
    Identity = IdentityRow, IDENTITY {
        kind: &'static str,
        value: String,
        person_id: Uuid,
        // The key of the other name of the same account.
        pair: Option<String>,
        paired_at: i64,
        since: i64,
    }
    /// A new lane.
    Lane = LaneRow, LANE {
        lane_id: i64,
        person_id: Uuid,
        business: String,
    }
    /// A delivery as it came.
    Delivery = DeliveryRow, DELIVERY {
        delivery_id: i64,
        received_at: i64,
        body: Vec<u8>,
        unreadable: Option<String>,
    }
    /// A message of a delivery.
    Message = MessageRow, MESSAGE {
        message_id: i64,
        delivery_id: i64,
        lane_id: Option<i64>,
        business: String,
        wamid: String,
        space: &'static str,
        kind: &'static str,
        state: MessageState,
        content: String,
        quotes: Option<String>,
        // The address that wrote.
        sender: Option<String>,
        sent_at: i64,
        received_at: i64,
        ready_at: i64,
        joins: i64,
        extras: Option<String>,
    }
    /// A file that a message of this batch brought.
    File = FileRow, FILE {
        file_id: String,
        business: String,
        wamid: String,
        media_id: String,
        kind: String,
        name: Option<String>,
        mime_type: String,
        due_at: i64,
        until_at: i64,
        created_at: i64,
    }
    /// A message that its turn is done with.
    Answered = AnsweredRow, ANSWERED {
        message_id: i64,
        state: MessageState,
        error: Option<String>,
        kind: Option<String>,
        why: Option<&'static str>,
    }
    /// A session that begins.
    NewSession = NewSessionRow, NEW_SESSION {
        id: Uuid,
        current_agent: String,
        active_flow: Option<String>,
        flow_step: Option<String>,
        collected_data: String,
        conversation_history: String,
        offered: Option<String>,
        last_message_at: String,
        updated_at: String,
        expires_at: String,
        agent_version: Option<String>,
        kept_flow: Option<String>,
        open_things: Option<String>,
        user_phone: Option<String>,
        user_id: Uuid,
        business_number: String,
        created_at: String,
    }
    /// A session that goes on.
    Session = SessionRow, SESSION {
        id: Uuid,
        current_agent: String,
        active_flow: Option<String>,
        flow_step: Option<String>,
        collected_data: String,
        conversation_history: String,
        offered: Option<String>,
        last_message_at: String,
        updated_at: String,
        expires_at: String,
        agent_version: Option<String>,
        kept_flow: Option<String>,
        open_things: Option<String>,
    }
    /// What a turn was, for the reports.
    Event = EventRow, EVENT {
        correlation_id: String,
        user_phone: Option<String>,
        user_id: Uuid,
        agent_type: String,
        intent_type: String,
        flow_name: Option<String>,
        payload: String,
        response_text: String,
        tool_calls: String,
        duration_ms: i64,
        waited_ms: Option<i64>,
        created_at: String,
    }
    /// What a turn on a test number was: in no report.
    TestEvent = TestEventRow, TEST_EVENT {
        message_id: i64,
        epoch: i64,
        person_id: Uuid,
        agent: String,
        reason: String,
        payload: String,
        duration_ms: i64,
        waited_ms: Option<i64>,
        created_at: i64,
    }
    /// The journal of a turn.
    Journal = JournalRow, JOURNAL {
        message_id: i64,
        epoch: i64,
        created_at: i64,
        body: Vec<u8>,
    }
    /// A reply to send.
    Reply = ReplyRow, REPLY {
        outbox_id: i64,
        lane_id: i64,
        message_id: i64,
        agent: String,
        body: String,
        run_at: i64,
        created_at: i64,
        url: Option<String>,
        kind: &'static str,
        // The address; null: the person's current one.
        recipient: Option<String>,
    }
    /// A template that asks its person to write.
    Template = TemplateRow, TEMPLATE {
        person_id: Uuid,
        business: String,
        sent_at: i64,
        outbox_id: i64,
    }
    /// A lane whose turn is over, and the epoch that it was claimed under.
    Release = ReleaseRow, RELEASE {
        lane_id: i64,
        epoch: i64,
        // When the person wrote what was answered, by Meta's time; 0 if it is not theirs.
        wrote_at: i64,
        // 1 if there is something to send.
        sends: i64,
        // Where the person wrote from; null if it is not theirs.
        address: Option<String>,
    }
}

/// Who said stop before they were forgotten stays opted out.
const PERSON: &str = "
insert into person (person_id, bucket, phone, user_id, name, created_at, opted_out_at)
select {person_id}::uuid, {bucket}, {phone}, {user_id}, {name}, {created_at},
    (select max(at) from opt_out where hash in ({by_phone}, {by_user_id})) from {rows};
";

/// One that another host gave away since it was looked up fails the batch, which is made again.
const IDENTITY: &str = "
insert into identity (kind, value, person_id, since, pair, paired_at)
select {kind}, {value}, {person_id}::uuid, {since}, {pair}, {paired_at} from {rows};
";

/// Of somebody who was merged since they were looked up, the lane is that of the person they are now.
const LANE: &str = "
insert into lane (lane_id, person_id, business)
select {lane_id}, coalesce((select m.person_id from person_merge as m where m.merged_person_id = {person_id}::uuid limit 1), {person_id}::uuid), {business}
from {rows};
";

const DELIVERY: &str = "
insert into delivery (delivery_id, received_at, body, unreadable, host) select {delivery_id}, {received_at}, {body}, {unreadable}, {node} from {rows};
";

/// A placeholder gives way to its content, and only to that; everything else that comes again changes nothing. A lane that was merged since
/// it was looked up has another in its place.
const MESSAGE: &str = "
insert into message (message_id, delivery_id, lane_id, business, wamid, space, kind, state, content, quotes, sender, sent_at, received_at, ready_at, joins, extras)
select {message_id}, {delivery_id}, (select coalesce(l.moved_to, l.lane_id) from lane as l where l.lane_id = {lane_id}), {business}, {wamid}, {space}, {kind},
    {state}, {content}, {quotes}, {sender}, {sent_at}, {received_at}, {ready_at}, {joins}, {extras}
from {rows} where true
on conflict (business, wamid, space) do update
set kind = excluded.kind, content = excluded.content, state = excluded.state, ready_at = excluded.ready_at, joins = excluded.joins, extras = excluded.extras,
    delivery_id = excluded.delivery_id
where message.kind = 'placeholder' and excluded.kind = 'message';
";

/// Only what is in the message as it is stored: one that comes again after it was forgotten brings no file.
const FILE: &str = "
insert into file (file_id, message_id, person_id, business, media_id, kind, name, mime_type, state, due_at, until_at, created_at)
select {file_id},
    (select m.message_id from message as m where m.business = {business} and m.wamid = {wamid} and m.space = 'message' limit 1),
    (select l.person_id from message as m join lane as l using (lane_id) where m.business = {business} and m.wamid = {wamid} and m.space = 'message' limit 1),
    {business}, {media_id}, {kind}, {name}, {mime_type}, 'pending', {due_at}, {until_at}, {created_at}
from {rows} where exists (select 1 from message as m join lane as l using (lane_id)
    where m.business = {business} and m.wamid = {wamid} and m.space = 'message' and m.content like '%' || {file_id} || '%' limit 1)
on conflict (file_id) do nothing;
";

/// A placeholder whose content came while it was answered stays queued. What cannot be read has no kind to compare.
const ANSWERED: &str = "
update message set state = {state}, error = coalesce({error}, message.error), why = {why}, host = {node} from {rows}
where message.message_id = {message_id} and message.kind = coalesce({kind}, message.kind);
";

const NEW_SESSION: &str = "
insert into unified_sessions (id, current_agent, active_flow, flow_step, collected_data, conversation_history, offered, last_message_at,
    updated_at, expires_at, agent_version, kept_flow, open_things, user_phone, user_id, business_number, created_at)
select {id}::uuid, {current_agent}, {active_flow}, {flow_step}, {collected_data}::jsonb, {conversation_history}::jsonb, {offered}::jsonb, {last_message_at}::timestamptz,
    {updated_at}::timestamptz, {expires_at}::timestamptz, {agent_version}, {kept_flow}::jsonb, {open_things}::jsonb, {user_phone}, {user_id}::uuid, {business_number}, {created_at}::timestamptz
from {rows};
";

/// No column of an index among them.
const SESSION: &str = "
update unified_sessions set current_agent = {current_agent}, active_flow = {active_flow}, flow_step = {flow_step}, collected_data = {collected_data}::jsonb,
    conversation_history = {conversation_history}::jsonb, offered = {offered}::jsonb, last_message_at = {last_message_at}::timestamptz,
    updated_at = {updated_at}::timestamptz, expires_at = {expires_at}::timestamptz, agent_version = {agent_version}, kept_flow = {kept_flow}::jsonb,
    open_things = {open_things}::jsonb
from {rows} where unified_sessions.id = {id}::uuid;
";

const EVENT: &str = "
insert into unified_agent_events (correlation_id, user_phone, user_id, agent_type, intent_type, flow_name, payload, response_text,
    tool_calls, duration_ms, waited_ms, created_at)
select {correlation_id}, {user_phone}, {user_id}::uuid, {agent_type}, {intent_type}, {flow_name}, {payload}::jsonb, {response_text}, {tool_calls}::jsonb, {duration_ms}, {waited_ms}, {created_at}::timestamptz
from {rows};
";

const TEST_EVENT: &str = "
insert into test_event (message_id, epoch, person_id, agent, reason, payload, duration_ms, waited_ms, created_at)
select {message_id}, {epoch}, {person_id}::uuid, {agent}, {reason}, {payload}::jsonb, {duration_ms}, {waited_ms}, {created_at} from {rows};
";

const JOURNAL: &str = "
insert into journal (message_id, epoch, created_at, body) select {message_id}, {epoch}, {created_at}, {body} from {rows};
";

const REPLY: &str = "
insert into outbox (outbox_id, lane_id, message_id, agent, body, run_at, created_at, url, kind, recipient, state)
select {outbox_id}, {lane_id}, {message_id}, {agent}, {body}, {run_at}, {created_at}, {url}, {kind}, {recipient}, 'queued' from {rows}
where {kind} <> 'template' or exists (select 1 from template_sent as t where t.outbox_id = {outbox_id});
";

/// Remembers a template, if none went to the person on that number within a day; only one that is remembered is sent. One that Meta
/// refused does not count after an hour. `Store::template_allowed` says the same of a person.
const TEMPLATE: &str = "
insert into template_sent (person_id, business, sent_at, outbox_id)
select {person_id}::uuid, {business}, {sent_at}, {outbox_id} from {rows} where true
on conflict (person_id, business) do update set sent_at = excluded.sent_at, outbox_id = excluded.outbox_id
where template_sent.sent_at <= excluded.sent_at - 3600000
  and (template_sent.sent_at <= excluded.sent_at - 86400000
       or exists (select 1 from outbox as o where o.outbox_id = template_sent.outbox_id and o.state in ('barred', 'dead', 'discarded')))
  and not exists (select 1 from outbox as o where o.outbox_id = template_sent.outbox_id and o.state not in ('barred', 'dead', 'discarded')
                  and o.begun_at > excluded.sent_at - 86400000);
";

/// The fence: a lane whose lease was lost gets a null epoch, which its column refuses, and with it the whole script. The lane is
/// kept while it has more that is due, else let go. Either way its epoch moves on: a settlement counts once, though the host that sent
/// it may not have heard that it was committed. A lane that is kept is claimed for its next message, for the first time. Where there is
/// something to send, this host's sender gets the lane unless another has it.
const RELEASE: &str = "
update lane set
    epoch = case when lane.epoch = {epoch} then lane.epoch + 1 end,
    wrote_at = greatest(lane.wrote_at, {wrote_at}),
    address = coalesce({address}, lane.address),
    send_owner = case when {sends} = 1 and (lane.send_owner is null or lane.send_until < {now}) then {node} else lane.send_owner end,
    send_until = case when {sends} = 1 and (lane.send_owner is null or lane.send_owner = {node} or lane.send_until < {now})
        then {now} + 30000 else lane.send_until end,
    (lease_owner, lease_until, claimed_in, claims) = (
        select case when more then {node} end, case when more then {now} + 15000 else 0 end, case when more then {batch} else lane.claimed_in end,
            case when more then 1 else 0 end
        from (select exists (select 1 from message as m where m.lane_id = {lane_id} and m.state = 'queued' and m.ready_at <= {now}
            and not exists (select 1 from message as e where e.lane_id = m.lane_id and e.state = 'queued' and e.message_id < m.message_id
                and e.kind <> 'placeholder' and e.ready_at > {now} limit 1 offset 0) limit 1 offset 0) as more) as due)
from {rows} where lane.lane_id = {lane_id};
";
