//! The scripted language model of a conversation: lines `@ model …` give its answers, before the message that asks for them. It is a
//! server with the real wire format, so the real client, its checks and the agents' tools are tested.

use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::http::StatusCode;
use serde_json::Value;

use switchboard_core::clock::Clock;
use switchboard_edge::{
    emulator::{ModelServer, Says},
    model::{Budget, Caps, Gemini, LanguageModel},
};
use switchboard_store::Store;

/// A model server with scripted answers.
pub(super) struct ScriptedModel {
    server: ModelServer,
}

impl ScriptedModel {
    /// Starts the server; returns it and its client.
    pub(super) async fn start(clock: Clock, store: Store) -> anyhow::Result<(ScriptedModel, LanguageModel)> {
        let server = ModelServer::told().await?;
        let caps = Caps { all: u64::MAX, agent: u64::MAX, person: u64::MAX };
        let gemini = Gemini::new(&server.url, "conversation", "no key")?;
        let model = LanguageModel::new(Arc::new(gemini), Arc::new(Budget::new(caps, store)), clock);
        Ok((ScriptedModel { server }, model))
    }

    /// Queues the next answer: `fails`, `"words"`, a JSON object (structured words), or `tool {arguments}`.
    pub(super) fn tell(&self, line: &str) -> anyhow::Result<()> {
        let wrong = || format!("`@ model {line}`: it is fails, \"words\", {{…}}, or a tool and its arguments in JSON");
        self.server.tell(match line {
            "fails" => Says::failure(StatusCode::BAD_REQUEST),
            _ if line.starts_with('"') => Says::text(&serde_json::from_str::<String>(line).with_context(wrong)?),
            _ if line.starts_with('{') => {
                Says::text(&serde_json::from_str::<Value>(line).with_context(wrong)?.to_string())
            }
            _ => {
                let (tool, arguments) = line.split_once(' ').with_context(wrong)?;
                Says::call(tool, serde_json::from_str(arguments).with_context(wrong)?)
            }
        });
        Ok(())
    }

    /// Fails if the message asked the model more or fewer times than the script has answers.
    pub(super) fn check(&self, said: &str) -> anyhow::Result<()> {
        let (left, unanswered) = self.server.unmatched();
        ensure!(left == 0, "`{said}`: the model was not asked for {left} of its answers");
        ensure!(unanswered == 0, "`{said}`: the model was asked {unanswered} times more than `@ model` lines say");
        Ok(())
    }
}
