//! The carrier to the Graph API. Meta forgets a received file's id after a week, so a file that is sent on is
//! uploaded once, and sent under the new id.

use serde_json::Value;

use super::port::Carrier;
use crate::{
    media::Media,
    whatsapp::{
        client::{GraphClient, SendOutcome},
        files::MediaError,
        reply::FILE_KINDS,
    },
};
use switchboard_core::failure::Failure;
use switchboard_store::Outgoing;

/// Sends rows to the Graph API, and uploads their files first.
pub struct Courier {
    graph: GraphClient,
    files: Media,
}

impl Courier {
    /// A courier with this client and this store of files.
    pub fn new(graph: GraphClient, files: Media) -> Courier {
        Courier { graph, files }
    }

    /// Returns the row with the uploaded file's id; none if it has no file, or the file is unavailable.
    async fn with_file(&self, row: &Outgoing) -> Result<Option<Outgoing>, MediaError> {
        // Most rows have no file, so the body is not parsed.
        if !FILE_KINDS.iter().any(|kind| row.body.contains(kind)) {
            return Ok(None);
        }
        let Ok(mut body) = serde_json::from_str::<Value>(&row.body) else { return Ok(None) };
        let Some(kind) = FILE_KINDS.into_iter().find(|kind| body["type"] == *kind) else { return Ok(None) };
        let Some(id) = body[kind]["id"].as_str() else { return Ok(None) };
        let Some(known) = self.files.sendable(id, &row.business).await? else { return Ok(None) };
        body[kind]["id"] = known.id.into();
        if let (Some(name), "document") = (known.name, kind) {
            body[kind]["filename"] = name.into();
        }
        Ok(Some(Outgoing { body: body.to_string(), ..row.clone() }))
    }
}

impl Carrier for Courier {
    async fn send(&self, row: &Outgoing) -> SendOutcome {
        match self.with_file(row).await {
            Ok(changed) => self.graph.send(changed.as_ref().unwrap_or(row)).await,
            Err(MediaError::Upload { why, retry_after, error }) => {
                let error = format!("its file could not be uploaded: {error}");
                SendOutcome::Refused { why, retry_after, error }
            }
            Err(error) => SendOutcome::refused(Failure::Row, format!("its file could not be uploaded: {error}")),
        }
    }
}
