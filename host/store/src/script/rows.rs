//! What every message writes: rows with a value for each named column, one statement for each kind of row.

use uuid::Uuid;

use super::writes::{
    ANSWERED, DELIVERY, EVENT, FILE, IDENTITY, JOURNAL, LANE, MESSAGE, NEW_SESSION, PERSON, RELEASE, REPLY, SESSION,
    TEMPLATE, TEST_EVENT,
};
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
