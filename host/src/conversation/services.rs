//! The scripted services of a conversation: lines `@ http …` give their answers, before the message in whose turn they are called. What
//! `plugins.toml` grants is checked as for a live turn.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, ensure};

use crate::services::Outbound;
use switchboard_core::{
    contract::{
        http::{Header, Response},
        types::Problem,
    },
    services::{Call, METHODS, ServiceFuture},
};

/// Services with scripted answers.
#[derive(Default)]
pub(super) struct ScriptedServices(Mutex<State>);

#[derive(Default)]
struct State {
    answers: VecDeque<Scripted>,
    /// Calls that no line answers.
    unanswered: Vec<String>,
}

/// A line: to what it is the answer, and the answer.
struct Scripted {
    method: String,
    url: String,
    answer: Result<Response, Problem>,
}

impl ScriptedServices {
    /// Queues an answer: `GET https://api.example.rw/v1/slots → 200 {…}`; `fails` in place of the status and the body.
    pub(super) fn tell(&self, line: &str) -> anyhow::Result<()> {
        let wrong = || {
            format!(
                "`@ http {line}`: it is a method and an address, `→`, and the status with a body, or fails: GET https://api.example.rw/v1/slots → 200 {{}}"
            )
        };
        let (call, answer) = line.split_once('→').or_else(|| line.split_once("->")).with_context(wrong)?;
        let (method, url) = call.trim().split_once(' ').with_context(wrong)?;
        ensure!(METHODS.contains(&method), wrong());
        let answer = match answer.trim() {
            "fails" => Err(Problem::Unavailable("the service does not answer".into())),
            answer => {
                let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
                let status = status.parse().ok().filter(|status| (100..600).contains(status)).with_context(wrong)?;
                let is_json = serde_json::from_str::<serde_json::Value>(body).is_ok();
                let kind = if is_json { "application/json" } else { "text/plain" };
                let headers = vec![Header { name: "content-type".into(), value: kind.into() }];
                Ok(Response { status, headers, body: body.to_owned(), extras: Vec::new() })
            }
        };
        let (method, url) = (method.to_owned(), url.trim().to_owned());
        self.state().answers.push_back(Scripted { method, url, answer });
        Ok(())
    }

    /// Fails if the message made more or other calls than the script has answers to.
    pub(super) fn check(&self, said: &str) -> anyhow::Result<()> {
        let (left, unanswered) = {
            let mut state = self.state();
            let left: Vec<String> =
                state.answers.drain(..).map(|line| format!("{} {}", line.method, line.url)).collect();
            (left, std::mem::take(&mut state.unanswered))
        };
        ensure!(left.is_empty(), "`{said}`: nobody called {}", left.join(", "));
        let called = unanswered.join(", ");
        ensure!(unanswered.is_empty(), "`{said}`: no line `@ http …` before it answers {called}");
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbound for ScriptedServices {
    fn send<'a>(&'a self, call: Call<'a>, _: &'a str, _: &'a str) -> ServiceFuture<'a> {
        Box::pin(async move {
            let mut state = self.state();
            let (method, url) = (&call.request.method, &call.request.url);
            let at = state.answers.iter().position(|line| line.method == *method && line.url == *url);
            match at.and_then(|at| state.answers.remove(at)) {
                Some(line) => line.answer,
                None => {
                    state.unanswered.push(format!("{method} {url}"));
                    Err(Problem::Unavailable("no line of the conversation answers this".into()))
                }
            }
        })
    }
}
