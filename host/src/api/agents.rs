//! `/api/agents`: lists loaded and refused agents, and uploads, promotes, rolls back and pins an agent's versions.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::{ApiError, ApiResult, EmptyBody, PathParam, json_if_any, json_of, read, time},
    auth::Operator,
    rollout::{Reason, decided, standing},
    state::Api,
};
use crate::{
    replay::{self, Kind, ReplayError},
    rollout::{self, ListedAgent, VersionOrder, VersionRole},
};
use switchboard_sandbox::{agent::Version, plugins::Candidate};
use switchboard_store::{KeptVersion, ReplayRun};

/// The body of `pin`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    sha256: String,
}

/// The body of `accept`: the version, and the kind of differences.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    sha256: String,
    kind: String,
}

/// The query of an upload.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadQuery {
    /// The text of its `.minisig` file.
    signature: Option<String>,
}

/// The longest signature that is taken, in bytes.
const SIGNATURE_MAX: usize = 4_096;

/// The body of `rollback`: the version to go back to, else the one that served before.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollback {
    to: Option<String>,
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> ApiResult {
    let refusal =
        |refused: switchboard_sandbox::plugins::Refused| json!({ "file": refused.file, "reason": refused.reason });
    let refusals = api.app.plugins.refusals();
    Ok(Json(json!({
        "agents": agents(&api),
        "refusals": refusals.into_iter().map(refusal).collect::<Value>(),
    })))
}

pub(super) async fn one(State(api): State<Arc<Api>>, PathParam(name): PathParam<String>) -> ApiResult {
    let found = agents(&api).into_iter().find(|agent| agent["name"] == *name);
    found.map(Json).ok_or_else(|| unknown_agent(&name))
}

pub(super) async fn upload(
    State(api): State<Arc<Api>>,
    PathParam(name): PathParam<String>,
    query: Result<Query<UploadQuery>, QueryRejection>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    let (store, plugins) = (&api.app.store, &api.app.plugins);
    let Query(UploadQuery { signature }) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let wasm = read(body, plugins.component_bytes_max()).await?;
    if let Some(signature) = signature {
        if signature.len() > SIGNATURE_MAX {
            return Err(ApiError::bad_request(format!(
                "a signature has at most {SIGNATURE_MAX} bytes: give the text of the .minisig file"
            )));
        }
        plugins.add_signature(&hex::encode(Sha256::digest(&wasm)), &signature);
    }
    let uploaded = rollout::upload(store, plugins, &name, wasm.into(), &by.actor, api.app.clock.now()).await?;
    Ok(Json(json!({
        "name": name,
        "sha256": uploaded.sha256,
        "bytes": uploaded.size,
        "file": uploaded.file,
        "rollout": standing(&uploaded.rollout),
    })))
}

pub(super) async fn history(State(api): State<Arc<Api>>, PathParam(name): PathParam<String>) -> ApiResult {
    let history = rollout::history(&api.app.store, &name).await?;
    if history.versions.is_empty() && !agents(&api).iter().any(|agent| agent["name"] == *name) {
        return Err(unknown_agent(&name));
    }
    Ok(Json(json!({
        "name": name,
        "versions": history.versions.iter().map(|version| kept_version(version, &history.replays)).collect::<Value>(),
        "decisions": history.decisions.iter().map(decided).collect::<Value>(),
    })))
}

pub(super) async fn order(
    State(api): State<Arc<Api>>,
    PathParam((name, order)): PathParam<(String, String)>,
    Extension(by): Extension<Operator>,
    body: Body,
) -> ApiResult {
    if order == "accept" {
        let Accept { sha256, kind } = json_of(body).await?;
        let wrong = || ApiError::unprocessable(format!("`{kind}` is no kind of difference"));
        let kind = Kind::named(&kind).ok_or_else(wrong)?;
        let (run, _) = replay::accept(&api.app.store, &name, &sha256, kind, &by.actor).await?;
        return Ok(Json(json!({ "name": name, "replay": run, "passes": run.passes() })));
    }
    let order = match order.as_str() {
        "pin" => VersionOrder::Pin(json_of::<Pin>(body).await?.sha256),
        "rollback" => VersionOrder::Rollback(json_if_any::<Rollback>(body).await?.to),
        "hold" => VersionOrder::Hold(json_if_any::<Reason>(body).await?.reason()),
        "promote" | "unpin" | "resume" => {
            let EmptyBody {} = json_if_any(body).await?;
            match order.as_str() {
                "promote" => VersionOrder::Promote,
                "resume" => VersionOrder::Resume,
                _ => VersionOrder::Unpin,
            }
        }
        other => {
            let there_are = "promote, rollback, hold, resume, pin, unpin and accept";
            return Err(ApiError::not_found(format!("`{other}` is not a command on an agent: there are {there_are}")));
        }
    };
    let moved = rollout::order_versions(&api.app.store, &name, &order, &by.actor, api.app.clock.now()).await?;
    Ok(Json(json!({ "name": name, "rollout": standing(&moved) })))
}

fn unknown_agent(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no agent `{name}`: GET /api/agents lists them"))
}

/// The loaded agents in the menu's order, then those of `plugins.toml` that are not loaded.
fn agents(api: &Api) -> Vec<Value> {
    rollout::listed(&api.app.plugins, &api.app.flags.current()).iter().map(listed).collect()
}

fn listed(agent: &ListedAgent) -> Value {
    let version = agent.version.as_deref();
    json!({
        "name": agent.name,
        "file": agent.file,
        "version": version.map(|version| &version.profile().version),
        "sha256": version.map(Version::sha256),
        "state": agent.state.as_str(),
        "flag": agent.is_on,
        "candidate": agent.candidate.as_ref().map_or(Value::Null, candidate),
        "refusal": agent.refusal,
    })
}

fn candidate(candidate: &Candidate) -> Value {
    json!({
        "version": candidate.version.profile().version,
        "sha256": candidate.version.sha256(),
        "percent": candidate.percent,
    })
}

fn kept_version((version, role): &(KeptVersion, Option<VersionRole>), replays: &[ReplayRun]) -> Value {
    let replay = replays.iter().find(|run| run.new_sha256 == version.sha256).map(|run| {
        let mut said = json!(run);
        said["passes"] = run.passes().into();
        said["at"] = time(run.at);
        said
    });
    json!({
        "replay": replay,
        "sha256": version.sha256,
        "seen_at": time(version.seen_at),
        "bytes": version.size,
        "served_at": version.served_at.map(time),
        "dropped_at": version.dropped.as_ref().map(|(at, _)| time(*at)),
        "dropped": version.dropped.as_ref().map(|(_, why)| why),
        "serves": *role == Some(VersionRole::Serves),
        "tried_on_percent": match role {
            Some(VersionRole::Candidate(percent)) => Some(percent),
            _ => None,
        },
    })
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> ApiError {
        match error {
            ReplayError::Store(error) => error.into(),
            ReplayError::Task(_) => ApiError::internal(error),
            error => ApiError::not_found(error),
        }
    }
}
