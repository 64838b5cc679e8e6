//! A file that a message brings, made into a row: in the commit of its message.

use crate::{people::People, script::FileRow, stored};
use switchboard_core::{
    contract::types::{Content, Media},
    inbox::Inbound,
};

/// How long a file is fetched again: Meta keeps it for about a week.
const FETCHED_MS: i64 = 6 * 24 * 60 * 60 * 1000;

/// A message's content as it is stored, and the row of its file. In the place of Meta's id the handle has one of ours.
pub(crate) fn content(people: &People, message: &Inbound, now: i64) -> (String, Option<FileRow>) {
    let Content::Media(media) = &message.content else { return (stored::write(&message.content), None) };
    let Some((kind, media_id)) = media.handle.split_once(':') else { return (stored::write(&message.content), None) };
    let file_id = people.file_id(&message.business, &message.wamid);
    let row = FileRow {
        business: message.business.clone(),
        wamid: message.wamid.clone(),
        media_id: media_id.to_owned(),
        kind: kind.to_owned(),
        name: media.file_name.clone(),
        mime_type: media.mime_type.clone(),
        due_at: now,
        until_at: now + FETCHED_MS,
        created_at: now,
        file_id,
    };
    let media = Media { handle: format!("{kind}:{}", row.file_id), ..media.clone() };
    (stored::write(&Content::Media(media)), Some(row))
}
