//! The answers that a turn has had of the model and of other services. A turn runs again where another turn changed a document that it writes on a condition;
//! equal questions then get the answers that they had, so that nothing is asked, paid or ordered twice.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::services::Outbound;
use switchboard_core::{
    contract::{
        model::{Answer, Request},
        types::Problem,
    },
    model::{Asker, Model, ModelFailure, ModelFuture},
    services::{Call, ServiceFuture, Services},
};

/// The answers that the runs of one turn have had.
#[derive(Default)]
pub struct Answers(Mutex<State>);

#[derive(Default)]
struct State {
    /// The number of the run that is under way, from 0.
    run: u32,
    given: Vec<Given>,
    /// How many calls of other services were made.
    calls: u32,
}

/// An answer, and to what.
struct Given {
    question: [u8; 32],
    /// The answer as JSON.
    answer: String,
    /// The run that got it last.
    run: u32,
}

impl Answers {
    /// Begins another run of the turn.
    pub fn begin_again(&self) {
        self.state().run += 1;
    }

    /// Whether the turn has run before.
    pub fn is_again(&self) -> bool {
        self.state().run > 0
    }

    /// The answer to a question: that of an earlier run to an equal question, in their order, or else a new one.
    async fn get<T: Serialize + DeserializeOwned>(&self, question: &impl Serialize, ask: impl Future<Output = T>) -> T {
        let question: [u8; 32] = Sha256::digest(serde_json::to_vec(question).unwrap_or_default()).into();
        if let Some(answer) = self.earlier(question).and_then(|json| serde_json::from_str(&json).ok()) {
            return answer;
        }
        let answer = ask.await;
        let mut state = self.state();
        let run = state.run;
        // Plain data can be written as JSON.
        state.given.push(Given { question, answer: serde_json::to_string(&answer).unwrap_or_default(), run });
        answer
    }

    /// The number of a call of another service that is about to be made, from 1.
    fn next_call(&self) -> u32 {
        let mut state = self.state();
        state.calls += 1;
        state.calls
    }

    fn earlier(&self, question: [u8; 32]) -> Option<String> {
        let mut state = self.state();
        let run = state.run;
        let given = state.given.iter_mut().find(|given| given.question == question && given.run < run)?;
        given.run = run;
        Some(given.answer.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model whose answers are kept for the turn's next run.
pub(super) struct KeptModel {
    pub(super) model: Arc<dyn Model>,
    pub(super) answers: Arc<Answers>,
}

impl KeptModel {
    fn kept<'a, T: Serialize + DeserializeOwned + Send + 'a>(
        &'a self,
        question: impl Serialize + Send + Sync + 'a,
        answer: ModelFuture<'a, T>,
    ) -> ModelFuture<'a, T> {
        Box::pin(async move { self.answers.get::<Result<T, Problem>>(&question, answer).await })
    }
}

impl Model for KeptModel {
    fn is_there(&self) -> bool {
        self.model.is_there()
    }

    fn failure(&self) -> Option<ModelFailure> {
        self.model.failure()
    }

    fn generate<'a>(&'a self, asker: Asker<'a>, request: &'a Request) -> ModelFuture<'a, Answer> {
        self.kept(("generate", asker.agent, request), self.model.generate(asker, request))
    }

    fn transcribe<'a>(&'a self, asker: Asker<'a>, handle: &'a str) -> ModelFuture<'a, String> {
        self.kept(("transcribe", asker.agent, handle), self.model.transcribe(asker, handle))
    }

    fn describe<'a>(&'a self, asker: Asker<'a>, handle: &'a str, question: &'a str) -> ModelFuture<'a, String> {
        self.kept(("describe", asker.agent, handle, question), self.model.describe(asker, handle, question))
    }
}

/// The services that a turn calls; their answers are kept for its next run.
pub(super) struct KeptServices {
    pub(super) services: Arc<dyn Outbound>,
    pub(super) answers: Arc<Answers>,
    /// The business number of the turn.
    pub(super) business: String,
    /// What the keys of its calls begin with.
    pub(super) key: String,
}

impl Services for KeptServices {
    fn call<'a>(&'a self, call: Call<'a>) -> ServiceFuture<'a> {
        Box::pin(async move {
            let made = async {
                let key = format!("{}-{}", self.key, self.answers.next_call());
                self.services.send(call, &self.business, &key).await
            };
            self.answers.get(&("http", call.agent, call.request), made).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn another_run_gets_the_answers_of_equal_questions_in_their_order() {
        let (answers, asked) = (Answers::default(), AtomicU32::new(0));
        let ask =
            async |question: &str| answers.get::<u32>(&question, async { asked.fetch_add(1, Ordering::Relaxed) }).await;
        assert_eq!([ask("a").await, ask("a").await, ask("b").await], [0, 1, 2], "in one run each is asked");
        for _ in 0..2 {
            answers.begin_again();
            assert_eq!([ask("b").await, ask("a").await, ask("a").await], [2, 0, 1]);
        }
        assert_eq!(ask("a").await, 3, "one more than before");
        assert_eq!(ask("c").await, 4);
    }
}
