//! A model for one turn: all its questions have one deadline.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use tracing::warn;

use switchboard_core::{
    contract::{
        model::{Answer, Request},
        types::Problem,
    },
    model::{Asker, Model, ModelFuture},
};

/// How long all questions of a turn may take together. A person waits behind them: then the turn goes on with what it says without a
/// model.
pub const TURN: Duration = Duration::from_secs(8);

/// A model whose questions may take so long together.
pub struct TurnModel {
    model: Arc<dyn Model>,
    left: Mutex<Duration>,
}

impl TurnModel {
    /// For a turn that begins.
    pub fn new(model: Arc<dyn Model>, time: Duration) -> TurnModel {
        TurnModel { model, left: Mutex::new(time) }
    }

    /// The answer, if it comes in what is left of the time.
    fn within<'a, T: Send + 'a>(&'a self, answer: ModelFuture<'a, T>) -> ModelFuture<'a, T> {
        let bounded: BoxFuture<'a, Result<T, Problem>> = Box::pin(async move {
            let (left, began) = (*self.left.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
            let answer = tokio::time::timeout(left, answer).await;
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            *left = left.saturating_sub(began.elapsed());
            answer.unwrap_or_else(|_| {
                metrics::counter!("switchboard_model_turns_out_of_time_total").increment(1);
                warn!("the turn's time for questions to the model is over");
                Err(Problem::Unavailable("the model: the turn's time for questions is over".into()))
            })
        });
        bounded
    }
}

impl Model for TurnModel {
    fn is_there(&self) -> bool {
        self.model.is_there()
    }

    fn generate<'a>(&'a self, asker: Asker<'a>, request: &'a Request) -> ModelFuture<'a, Answer> {
        self.within(self.model.generate(asker, request))
    }

    fn transcribe<'a>(&'a self, asker: Asker<'a>, handle: &'a str) -> ModelFuture<'a, String> {
        self.within(self.model.transcribe(asker, handle))
    }

    fn describe<'a>(&'a self, asker: Asker<'a>, handle: &'a str, question: &'a str) -> ModelFuture<'a, String> {
        self.within(self.model.describe(asker, handle, question))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// Answers so many times at once, and never again.
    struct Falters(Mutex<u32>);

    impl Model for Falters {
        fn is_there(&self) -> bool {
            true
        }

        fn generate<'a>(&'a self, _: Asker<'a>, _: &'a Request) -> ModelFuture<'a, Answer> {
            unreachable!("not asked here")
        }

        fn transcribe<'a>(&'a self, _: Asker<'a>, _: &'a str) -> ModelFuture<'a, String> {
            let answers = {
                let mut left = self.0.lock().expect("the count");
                *left = left.saturating_sub(1);
                *left > 0
            };
            Box::pin(async move {
                if !answers {
                    std::future::pending::<()>().await;
                }
                Ok("words".to_owned())
            })
        }

        fn describe<'a>(&'a self, _: Asker<'a>, _: &'a str, _: &'a str) -> ModelFuture<'a, String> {
            unreachable!("not asked here")
        }
    }

    #[tokio::test]
    async fn all_questions_of_a_turn_have_one_deadline() {
        let model = TurnModel::new(Arc::new(Falters(Mutex::new(3))), Duration::from_millis(200));
        let asker = Asker { agent: "host", person: Uuid::nil() };
        let began = Instant::now();
        let answers = [
            model.transcribe(asker, "a").await,
            model.transcribe(asker, "b").await,
            model.transcribe(asker, "c").await,
            model.transcribe(asker, "d").await,
            model.transcribe(asker, "e").await,
        ];
        assert!(answers[..2].iter().all(Result::is_ok), "{answers:?}");
        assert!(answers[2..].iter().all(|answer| matches!(answer, Err(Problem::Unavailable(_)))), "{answers:?}");
        // Three silent answers, and the time of one.
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    }
}
