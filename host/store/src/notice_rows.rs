//! The values of notices that are brought, and of rows of the outbox that Meta refused since the window was closed.

use serde_json::json;

use crate::{
    ids::Ids,
    op::{Brought, Closed},
    script::{ReplyRow, TemplateRow},
    settlement::ReplyKind,
    values::Values,
};

/// Adds notices that are brought to the script's values; gives the lanes that they go to.
pub(crate) fn gather(brought: &[Brought], ids: &mut Ids, values: &mut Values) -> Vec<i64> {
    let (mut lanes, mut more) = (Vec::new(), None);
    for row in brought {
        match row {
            Brought::Queue { notice, lane, instead } => {
                let message = ids.next();
                more = instead.as_ref().map(|_| message).or(more);
                values.brought.push(json!([notice, message, lane, instead]));
                lanes.push(*lane);
            }
            Brought::Drop { notice } => values.brought.push(json!([notice, null, null, null, more])),
            Brought::Pointless { notice } => values.brought.push(json!([notice, null, null, null, 0])),
            Brought::Park { notice } => values.parked.push(*notice),
            Brought::Later { notice, at } => values.postponed.push(json!([notice, at])),
        }
    }
    lanes
}

/// Adds a row that Meta refused since the window was closed to the script's values.
pub(crate) fn close(closed: &Closed, ids: &mut Ids, now: i64, values: &mut Values) {
    values.closed.push(closed.outbox_id);
    let Some(template) = &closed.template else { return };
    let outbox_id = ids.next();
    let (person_id, business) = (template.person, template.business.clone());
    values.push(TemplateRow { person_id, business, sent_at: now, outbox_id });
    values.push(ReplyRow {
        outbox_id,
        lane_id: template.lane,
        message_id: template.message,
        agent: template.agent.clone(),
        body: template.body.clone(),
        run_at: now,
        created_at: now,
        url: None,
        kind: ReplyKind::Template.as_str(),
        recipient: None,
    });
}
