//! The capability `schedule`: timers that become notices in the person's lane.

use super::{check, interface};
use crate::agent::state::State;
use switchboard_core::{
    contract::{
        bounds::TIMER_AHEAD_MS,
        types::{Notice, Problem, Template},
    },
    effect::Write,
    quota::TIMER_SOONEST_MS,
};

/// The most timers of one agent for one person.
const TIMERS_MAX: usize = 50;

impl interface::schedule::Host for State {
    async fn set(&mut self, key: String, at: u64, kind: String, data: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("schedule.set")?;
        let answer = self.may_set(&key, at, &kind).await.map(|()| {
            let notice = Notice { kind: kind.clone(), listing: None, match_: None, data: data.clone() };
            let at = self.not_before_a_minute(at);
            self.hold(Write::Timer { key: Some(key.clone()), at, notice, template: None, until: None });
        });
        self.answer(call, &(key, at, kind, data), answer)
    }

    async fn set_with(
        &mut self,
        key: String,
        at: u64,
        kind: String,
        data: String,
        template: Option<Template>,
        until: Option<u64>,
    ) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("schedule.set-with")?;
        let mut answer = self.may_set(&key, at, &kind).await;
        if until.is_some_and(|until| until <= at) {
            answer = answer.and(Err(Problem::Invalid("until: is not after the timer's time".into())));
        }
        let answer = answer.map(|()| {
            let notice = Notice { kind: kind.clone(), listing: None, match_: None, data: data.clone() };
            let at = self.not_before_a_minute(at);
            self.hold(Write::Timer { key: Some(key.clone()), at, notice, template: template.clone(), until });
        });
        self.answer(call, &(key, at, kind, data, template, until), answer)
    }

    async fn cancel(&mut self, key: String) -> wasmtime::Result<Result<(), Problem>> {
        let call = self.enter("schedule.cancel")?;
        let answer = self.granted().map(drop);
        let answer = answer.map(|()| self.hold(Write::TimerCancel { key: key.clone() }));
        self.answer(call, &[key], answer)
    }
}

impl State {
    /// When a timer fires: a minute ahead at the least.
    fn not_before_a_minute(&self, at: u64) -> u64 {
        at.max(self.now.saturating_add(TIMER_SOONEST_MS))
    }

    async fn may_set(&self, key: &str, at: u64, kind: &str) -> Result<(), Problem> {
        check::notice_kind(kind)?;
        if at > self.now.saturating_add(TIMER_AHEAD_MS) {
            return Err(Problem::Invalid("at: is more than a year ahead".into()));
        }
        let host = self.granted()?;
        let mut keys = host.reads.timers(&self.agent, host.person).await?;
        keys.extend(self.writes().filter_map(|write| match write {
            Write::Timer { key, .. } => key.clone(),
            _ => None,
        }));
        keys.sort_unstable();
        keys.dedup();
        match keys.iter().any(|known| known == key) || keys.len() < TIMERS_MAX {
            true => Ok(()),
            false => Err(Problem::Limit(format!("{TIMERS_MAX} timers a person"))),
        }
    }
}
