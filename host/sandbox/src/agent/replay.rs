//! Playing a recorded turn: each capability call is answered from the record, and nothing is read, written or asked of a model.

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    measure,
    recording::{Source, is_write},
    state::State,
};

impl State {
    /// While a recorded turn is played: the answer to a call, journalled as any other. None where the host itself answers.
    pub(super) fn recorded<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &'static str,
        args: &impl Serialize,
    ) -> wasmtime::Result<Option<T>> {
        let Some(mut recording) = self.recording.take() else { return Ok(None) };
        let id = if is_write(name) { self.new_id() } else { Uuid::nil() };
        let json = measure::text(args, usize::MAX).unwrap_or_default();
        let source = recording.answer::<T>(name, &json, self.calls.len(), id);
        self.recording = Some(recording);
        let Source::Given(value, ok) = source else { return Ok(None) };
        let call = self.enter(name)?;
        self.leave(call, args, ok, &value)?;
        Ok(Some(value))
    }
}
