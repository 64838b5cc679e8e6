//! Files in a turn: the agent reads how far the host is with what the person sent, and sends on only what it may.

use std::time::Duration;

use super::{
    chain::Chain,
    context::{TurnContext, TurnError},
};
use switchboard_core::contract::types::{Content, Extra, Reply};

/// How long a turn waits for the file that it is about.
const WAIT: Duration = Duration::from_secs(3);

impl TurnContext<'_> {
    /// The content with the state of its file among the extras: `kept`, `pending` or `refused`.
    pub(super) async fn with_file_state(&self, content: Content) -> Content {
        let (Some(files), Content::Media(mut media)) = (&self.app.files, content.clone()) else { return content };
        let state = files.state(&media.handle, WAIT).await;
        media.extras.push(Extra { name: "state".into(), value: state.as_str().into() });
        Content::Media(media)
    }

    /// Checks that the files of all replies are this person's, or in a listing of their agent's domain.
    pub(super) async fn may_send_files(&self, chain: &Chain) -> Result<Option<String>, TurnError> {
        for (agent, reply) in chain.replies() {
            if let Reply::Media(media) = reply
                && self.app.store.file_state(agent, self.claim.person.id, &media.handle).await?.is_none()
            {
                let wrong = "its file is neither this person's nor in a listing of the agent";
                return Ok(Some(format!("a reply of `{agent}` cannot be sent: {wrong}")));
            }
        }
        Ok(None)
    }
}
