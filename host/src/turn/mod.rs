//! One message answered: the whole path, top to bottom. The file to read first.
//!
//! Read, decide, write. Deciding is pure ([`understand`], [`route`](switchboard_sandbox::route)); agents run with no transaction open
//! ([`chain`]); all that comes of it is one [`Settlement`], applied in one transaction. So a turn happens wholly or not at
//! all, and a crash anywhere is a message claimed again.

mod chain;
mod context;
mod conclude;
mod event;
mod journal;
mod kept;
mod outside;
mod say;
mod understand;

use crate::app::App;
pub use context::TurnError;
use context::{Heard, Setting};
use say::Say;
use switchboard_core::{contract::types::Content, phone::Phone, rate_limit::Verdict};
use switchboard_sandbox::route::{Reason, Route, command::Command};
use switchboard_store::{Claim, Done, Settlement};
use understand::Meaning;

/// Answers the head of a lane.
pub async fn answer(app: &App, claim: &Claim) -> Result<Settlement, TurnError> {
    let flags = app.flags.current();
    let person = &claim.person;
    let known_by = person.phone.iter().map(Phone::digits).chain(person.user_id.as_deref());
    let is_in = flags.standing(person.bucket, known_by).is_in();
    if !is_in || claim.message.is_of_another_service() {
        return outside::pass_on(app, claim, flags).await;
    }
    if !claim.message.is_to_be_answered() {
        return Ok(Settlement { done: Done::Stored, ..Settlement::of(claim, app.clock.now()) });
    }
    let mut setting = Setting::new(app, claim, flags);

    let mut meaning = understand::meaning(&claim.message, &setting.session);
    if meaning.is_unasked() && !claim.person.opted_out && !setting.window_is_open() {
        return setting.waits_for_the_person().await;
    }
    if !meaning.is_unasked() && meaning != Meaning::Command(Command::Stop) {
        match app.rate_limiter.check(claim.person.id, setting.now) {
            Verdict::Answer => {}
            Verdict::WarnOnce => {
                let route = Route::certain(&setting.session.agent, Reason::Flood);
                return Ok(setting.host_says(&route, Say::Slower, None));
            }
            Verdict::Drop => return Ok(Settlement::of(claim, app.clock.now())),
        }
    }
    if claim.person.taken_over && meaning.is_asked_of_agents() {
        return Ok(setting.silent());
    }
    match setting.listen().await {
        Heard::Words(words) => meaning = understand::said_aloud(&words, &claim.message, &setting.session),
        Heard::Nothing => {
            let route = Route::certain(&setting.session.agent, Reason::Voice);
            return Ok(setting.host_says(&route, Say::NotHeard, None));
        }
        Heard::NoVoice => {}
    }
    let (route, content) = match meaning {
        Meaning::Nothing => return Ok(Settlement::of(claim, app.clock.now())),
        Meaning::Command(Command::Stop) => return Ok(setting.stopped()),
        Meaning::Command(Command::Start) if !claim.person.opted_out => {
            setting.talk(claim.message.content.clone()).await
        }
        Meaning::Command(command) => {
            setting.starts_again = command == Command::Start;
            setting.menu(Reason::Exit)
        }
        Meaning::Notice { .. } if claim.person.opted_out => return Ok(Settlement::of(claim, app.clock.now())),
        Meaning::Said { .. } if claim.person.opted_out => return Ok(Settlement::of(claim, app.clock.now())),
        Meaning::Said { text } => return Ok(setting.people_say(&text)),
        Meaning::Notice { agent } => (Route::certain(&agent, Reason::Notice), claim.message.content.clone()),
        Meaning::Choice { agent, tap } => (Route::certain(&agent, Reason::Choice), Content::Tap(tap)),
        Meaning::Talk(content) => setting.talk(content).await,
    };
    let (route, content, note) = setting.only_agents_that_are_on(route, content);
    let Some(content) = setting.come_back(&route, content) else {
        return Ok(setting.offers_kept_flow(&route));
    };
    let Some(first) = setting.version(&route.agent) else {
        return Ok(setting.nobody_here(&route));
    };
    if first.name() != setting.session.agent && route.reason != Reason::Notice {
        setting.session.flow = None;
    }
    let chain = chain::run(&setting, first, &content).await;
    if chain.host_failed {
        return Err(TurnError::Sandbox(chain.error.unwrap_or_default()));
    }
    setting.conclude(route, &content, note, chain).await
}

/// The end of a message whose turn failed for the last time: dead, with an apology.
pub fn give_up(app: &App, claim: &Claim, reason: &str) -> Settlement {
    let setting = Setting::new(app, claim, app.flags.current());
    let route = Route::certain(&setting.session.agent, Reason::Fallback);
    let settlement = setting.host_says(&route, Say::Sorry, Some(reason.to_owned()));
    Settlement { done: Done::Dead(reason.to_owned()), ..settlement }
}
