//! Carries rows to the Graph API. A file that a person once sent goes under an id that Meta still knows: the id it came with is
//! forgotten there after a week, so the kept file is uploaded, once.

use serde_json::Value;

use super::port::Carrier;
use crate::{
    media::Media,
    whatsapp::{
        client::{Answer, GraphClient, Refusal},
        files::MediaError,
        reply::FILE_KINDS,
    },
};
use switchboard_core::clock::Clock;
use switchboard_store::Outgoing;

/// The Graph API, with the files beside it.
pub struct Courier {
    graph: GraphClient,
    files: Media,
    clock: Clock,
}

impl Courier {
    /// Sends by this client; files are these.
    pub fn new(graph: GraphClient, files: Media, clock: Clock) -> Courier {
        Courier { graph, files, clock }
    }

    /// The row with an id that Meta knows; none where it has no file, or none that is kept.
    async fn with_file(&self, row: &Outgoing) -> Result<Option<Outgoing>, MediaError> {
        // Most rows have none, and need not be read.
        if !FILE_KINDS.iter().any(|kind| row.body.contains(kind)) {
            return Ok(None);
        }
        let Ok(mut body) = serde_json::from_str::<Value>(&row.body) else { return Ok(None) };
        let Some(kind) = FILE_KINDS.into_iter().find(|kind| body["type"] == *kind) else { return Ok(None) };
        let Some(id) = body[kind]["id"].as_str() else { return Ok(None) };
        let Some(known) = self.files.uploaded(id, &row.business, self.clock.now()).await? else { return Ok(None) };
        body[kind]["id"] = known.into();
        Ok(Some(Outgoing { body: body.to_string(), ..row.clone() }))
    }
}

impl Carrier for Courier {
    async fn send(&self, row: &Outgoing) -> Answer {
        match self.with_file(row).await {
            Ok(changed) => self.graph.send(changed.as_ref().unwrap_or(row)).await,
            Err(error) => {
                Answer::Refused { why: Refusal::Now, error: format!("its file could not be uploaded: {error}") }
            }
        }
    }
}
