//! A turn: answers one message, from claim to settlement. The file to read first.
//!
//! Read, decide, write. Deciding is pure ([`understand`], [`route`](switchboard_sandbox::route)); agents run with no transaction open
//! ([`chain`]); the result is one [`Settlement`], committed in one transaction. So a turn is atomic, and after a
//! crash anywhere its message is claimed again.

mod answers;
mod aside;
mod chain;
mod chosen;
mod context;
mod session;
mod language;
mod country;
mod record;
mod conclude;
mod contacts;
mod next_session;
mod event;
mod files;
mod journal;
mod kept;
mod outside;
mod pending;
mod staff;
mod host_message;
mod understand;
mod window;

use std::sync::Arc;

use crate::{app::App, flags::Flags, memory::Reservation};
pub use answers::Answers;
pub use context::TurnError;
use context::{TurnContext, VoiceNote};
use host_message::HostMessage;
use switchboard_core::{
    contract::types::Content,
    inbox::Kind,
    phone::Phone,
    rate_limit::{Counted, Verdict},
    test_number,
};
use switchboard_sandbox::route::{Reason, Route, command::Command};
use switchboard_store::{Claim, Done, Settlement, Unanswered};
use understand::Meaning;

/// What came of a turn.
pub struct Answered {
    /// What is to be committed.
    pub settlement: Settlement,
    /// The memory of the turn, if an agent ran: given back when the settlement is stored.
    pub memory: Option<Reservation>,
}

/// Answers the claimed message at the head of a lane.
pub async fn answer(app: &App, claim: &Claim) -> Result<Answered, TurnError> {
    answer_keeping(app, claim, &Arc::default()).await
}

/// As [`answer`]; what the model says is kept in `answers`, and what they hold is not asked again.
pub async fn answer_keeping(app: &App, claim: &Claim, answers: &Arc<Answers>) -> Result<Answered, TurnError> {
    let mut memory = None;
    let settlement = settlement(app, claim, answers, &mut memory).await?;
    Ok(Answered { settlement, memory })
}

/// The settlement of a message; what it reserves is put into `memory`.
async fn settlement(
    app: &App,
    claim: &Claim,
    answers: &Arc<Answers>,
    memory: &mut Option<Reservation>,
) -> Result<Settlement, TurnError> {
    let flags = app.flags.current();
    if !is_served(claim, &flags) || claim.message.is_of_another_service() {
        return outside::forward_or_hold(app, claim, flags).await;
    }
    if claim.message.kind == Kind::Echo {
        return Ok(TurnContext::new(app, claim, flags).business_said());
    }
    if !claim.message.is_to_be_answered() {
        return Ok(Settlement { done: Done::Stored, ..unanswered(app, claim, Unanswered::Nothing) });
    }
    let context = wait_for_agents(app, claim, flags).await.keeping(answers);

    let mut meaning =
        understand::meaning(&claim.message, context.said.as_deref(), &context.session, |agent| context.is_agent(agent));
    if meaning.is_unsolicited() {
        if context.is_pointless() {
            return Ok(unanswered(app, claim, Unanswered::Pointless));
        }
        if !claim.person.opted_out && !context.window_is_open() {
            if meaning.is_of_the_moment() {
                return Ok(unanswered(app, claim, Unanswered::Pointless));
            }
            return match (context.template_of_timer().await?, &meaning) {
                (Some(template), Meaning::Notice { agent }) => context.says_by_template(agent, template).await,
                _ => context.defer_until_person_writes().await,
            };
        }
    } else if meaning != Meaning::Nothing
        && (context.is_overtaken() || context.is_taken_back(&meaning) || !context.window_is_open())
    {
        return context.stands_in_history(&meaning).await;
    }
    if !meaning.is_unsolicited() && meaning != Meaning::Command(Command::Stop) {
        let is_counted = claim.message.attempts() > 0 || answers.is_again();
        let message = Counted { id: claim.message.id, sent_at: claim.message.sent_at, is_counted };
        match app.rate_limiter.check(claim.person.id, message, context.now) {
            Verdict::Answer => {}
            Verdict::WarnOnce => {
                let route = Route::certain(&context.session.agent, Reason::Flood);
                return Ok(context.host_says(&route, HostMessage::RateLimited, None));
            }
            Verdict::Drop => return Ok(unanswered(app, claim, Unanswered::Flood)),
        }
    }
    if claim.person.taken_over && meaning.is_asked_of_agents() {
        return Ok(context.silent());
    }
    match context.transcribe().await {
        VoiceNote::Transcript(words) => {
            meaning = understand::meaning_of_voice_note(&words, &claim.message, &context.session, |agent| {
                context.is_agent(agent)
            })
        }
        VoiceNote::Unintelligible => {
            let route = Route::certain(&context.session.agent, Reason::Voice);
            return Ok(context.host_says(&route, HostMessage::VoiceNotUnderstood, None));
        }
        VoiceNote::None => {}
    }
    if meaning == Meaning::Nothing && claim.person.taken_over {
        return Ok(unanswered(app, claim, Unanswered::TakenOver));
    }
    match aside::hear(context, meaning).await? {
        aside::Layer::Settled(settlement) => Ok(*settlement),
        aside::Layer::Routed(heard, route, content) => run_agents(*heard, route, content, None, memory).await,
        aside::Layer::Goes(heard, meaning) => answer_by_meaning(*heard, meaning, memory).await,
    }
}

/// Answers by what the message means: the host itself, or the agent that it goes to.
async fn answer_by_meaning(
    mut context: TurnContext<'_>,
    meaning: Meaning,
    memory: &mut Option<Reservation>,
) -> Result<Settlement, TurnError> {
    let (app, claim) = (context.app, context.claim);
    let (route, content) = match meaning {
        Meaning::Nothing => return Ok(unanswered(app, claim, Unanswered::Nothing)),
        Meaning::NotPassedOn => return Ok(context.tells_that_it_is_not_passed_on()),
        Meaning::Command(Command::Stop) => return Ok(context.opt_out()),
        Meaning::Command(Command::Start) if !claim.person.opted_out => {
            context.talk(claim.message.content.clone()).await
        }
        Meaning::Command(Command::Forget) => context.asks_to_be_forgotten(),
        Meaning::Command(Command::AskStop | Command::Data) => context.menu(Reason::Exit),
        Meaning::Command(command) => {
            context.starts_again = command == Command::Start;
            context.menu(Reason::Exit)
        }
        Meaning::Notice { .. }
        | Meaning::OperatorMessage { .. }
        | Meaning::AsksRating { .. }
        | Meaning::HostNotice { .. }
            if claim.person.opted_out =>
        {
            return Ok(unanswered(app, claim, Unanswered::OptedOut));
        }
        Meaning::OperatorMessage { text, by } => return Ok(context.operator_says(&text, by.as_deref())),
        Meaning::AsksRating { rating } => return Ok(context.asks_rating(rating)),
        Meaning::HostNotice { message, count } => {
            let text = message.text(&context.language).replace("{count}", &count.to_string());
            return Ok(context.operator_says(&text, None));
        }
        Meaning::Notice { agent } => (Route::certain(&agent, Reason::Notice), claim.message.content.clone()),
        Meaning::Choice { agent, tap } => (Route::certain(&agent, Reason::Choice), Content::Tap(tap)),
        Meaning::Talk(content) => context.talk(content).await,
    };
    let (route, content, note) = context.redirect_if_off(route, content);
    let Some(content) = context.resume_kept_flow(&route, content) else {
        return Ok(context.offer_kept_flow(&route));
    };
    let content = context.with_file_state(content).await;
    run_agents(context, route, content, note, memory).await
}

/// The settlement of a message that has no answer.
fn unanswered(app: &App, claim: &Claim, why: Unanswered) -> Settlement {
    Settlement::of(claim, app.clock.now()).because(why)
}

/// Runs the agent of a route, and those that it hands the turn to, once there is memory for it.
async fn run_agents(
    mut context: TurnContext<'_>,
    route: Route,
    content: Content,
    note: Option<HostMessage>,
    memory: &mut Option<Reservation>,
) -> Result<Settlement, TurnError> {
    let (app, claim) = (context.app, context.claim);
    if context.version(&route.agent).is_none() {
        return Ok(context.no_agent(&route));
    }
    *memory = Some(app.memory.reserve(&route.agent, context.agents.turn_memory_bytes()).await);
    // It may have waited: who is served, and by which version, is as it is now.
    context.refresh();
    if !is_served(claim, &context.flags) {
        return outside::forward_or_hold(app, claim, context.flags).await;
    }
    let Some(first) = context.version(&route.agent) else {
        return Ok(context.no_agent(&route));
    };
    let is_first = claim.message.is_of_the_person() && !context.answers.is_again();
    if let (true, Some(wamid)) = (is_first, claim.last_wamid()) {
        app.receipts.read(&claim.message.business, wamid);
    }
    if first.name() != context.session.agent && route.reason != Reason::Notice {
        context.set_flow_aside();
    }
    let chain = chain::run(&context, first, &content).await;
    if chain.host_failed {
        return Err(TurnError::Sandbox(chain.error.unwrap_or_default()));
    }
    context.conclude(route, &content, note, chain).await
}

/// The context of a turn; at the start of the host, once the agents that might get the message are loaded or refused.
async fn wait_for_agents<'a>(app: &'a App, claim: &'a Claim, flags: Arc<Flags>) -> TurnContext<'a> {
    let context = TurnContext::new(app, claim, flags.clone());
    if app.plugins.starting().is_empty() {
        return context;
    }
    let meaning =
        understand::meaning(&claim.message, context.said.as_deref(), &context.session, |agent| context.is_agent(agent));
    let might_get = |agent: &str| context.is_on(agent) && meaning.might_go_to(agent);
    app.plugins.until_ready(might_get).await;
    TurnContext::new(app, claim, flags)
}

/// The settlement of a message whose last attempt failed: it is marked dead, and a person who waits for an answer gets an apology.
pub fn give_up(app: &App, claim: &Claim, reason: &str) -> Settlement {
    if !is_apologised_for(app, claim) {
        return dead(app, claim, reason);
    }
    let context = TurnContext::new(app, claim, app.flags.current());
    let route = Route::certain(&context.session.agent, Reason::Fallback);
    let settlement = context.host_says(&route, HostMessage::Apology, Some(reason.to_owned()));
    Settlement { done: Done::Dead(reason.to_owned()), ..settlement }
}

/// The same, and writes nothing else: for a turn whose rows the database refuses.
pub fn give_up_barely(app: &App, claim: &Claim, reason: &str) -> Settlement {
    if !is_apologised_for(app, claim) {
        return dead(app, claim, reason);
    }
    let context = TurnContext::new(app, claim, app.flags.current());
    Settlement { replies: vec![context.apology()], ..dead(app, claim, reason) }
}

fn dead(app: &App, claim: &Claim, reason: &str) -> Settlement {
    Settlement { done: Done::Dead(reason.to_owned()), ..Settlement::of(claim, app.clock.now()) }
}

/// Whether the person waits for an answer of this service: neither for a notice nor for what the legacy service answers.
fn is_apologised_for(app: &App, claim: &Claim) -> bool {
    let message = &claim.message;
    message.is_to_be_answered()
        && message.kind != Kind::Notice
        && !claim.person.taken_over
        && is_served(claim, &app.flags.current())
}

/// Whether the person is within the rollout. On a test number everybody is: it shows what the agents do before anybody else is in.
fn is_served(claim: &Claim, flags: &Flags) -> bool {
    if test_number::is_test(&claim.message.business) {
        return true;
    }
    let person = &claim.person;
    let number = person.phone.as_ref().map(Phone::key);
    let known_by = number.as_deref().into_iter().chain(person.user_id.as_deref());
    flags.standing(person.bucket, known_by).is_in()
}
