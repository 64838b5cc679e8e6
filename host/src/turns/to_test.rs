//! A recorded turn as a conversation file: what the person said in the session up to it, with names and numbers replaced, and what the
//! agents answer to that now.

use std::path::Path;

use serde_json::Value;
use uuid::Uuid;

use super::{TurnError, read};
use crate::{conversation::play_folder, journal::Journal};
use switchboard_core::{
    contract::types::{Content, MediaKind, Place},
    phone::mask_numbers,
    session::SESSION_LIFE_MS,
};
use switchboard_sandbox::plugins::Plugins;
use switchboard_store::{JournalChoice, Store, StoreError, StoredJournal};

/// The most messages of a session that a test begins with.
const MESSAGES_MAX: i64 = 40;

/// What a phone number is replaced by.
const NUMBER: &str = "0788 000 000";

/// What the person's name is replaced by: the name that conversations give a person.
const PERSON: &str = "Alice";

/// What other people's names are replaced by.
const OTHER: &str = "Bob";

/// The wait between two messages from which on the file says `(later …)`; the player lets a minute go by itself.
const LATER_MS: i64 = 10 * 60_000;

/// A conversation file made of a turn.
#[derive(Clone, Debug)]
pub struct Test {
    /// The text of the file, with what the agents answer.
    pub text: String,
    /// The agent that the turn went to.
    pub agent: String,
}

/// No test could be made of a turn.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The turn cannot be read.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be played.
    #[error("the conversation cannot be played: {0:#}")]
    Play(anyhow::Error),
    /// It does not pass twice.
    #[error("the conversation does not give the same twice: {0}")]
    Unsteady(String),
}

/// Makes a conversation file of a turn, and plays it with the agents in service: their answers are in it.
pub async fn to_test(store: &Store, plugins: &Plugins, message: i64) -> Result<Test, TestError> {
    let session = session(store, read(store, message).await?).await?;
    let agent = session.last().map(|(_, journal)| journal.route.agent.clone()).unwrap_or_default();
    let mut script = vec![
        "# Made of a recorded turn. Names and phone numbers are replaced; what else people wrote stands as they wrote it:".to_owned(),
        "# read it before you keep it.".to_owned(),
    ];
    let names = Names::of(&session);
    let mut before: Option<i64> = None;
    for (stored, journal) in &session {
        let content = match journal.links.first() {
            Some(link) => Some(link.turn.message.content.clone()),
            None => content(store, stored.message).await?,
        };
        match before {
            None => script.extend(begins(journal)),
            Some(before) if journal.now - before > LATER_MS => {
                script.push(format!("> (later {}m)", (journal.now - before) / 60_000));
            }
            Some(_) => {}
        }
        before = Some(journal.now);
        script.extend(model_lines(journal).into_iter().map(|line| names.replaced(&line)));
        // What the host brings is brought when its time comes.
        script.extend(content.as_ref().and_then(said).map(|line| format!("> {}", names.replaced(&line))));
    }
    let text = played(plugins, &(script.join("\n") + "\n")).await?;
    Ok(Test { text, agent })
}

/// The turns of the person's session up to this one, the oldest first.
async fn session(store: &Store, last: (StoredJournal, Journal)) -> Result<Vec<(StoredJournal, Journal)>, StoreError> {
    let choice = JournalChoice { person: Some(last.0.person), since: 0, before: last.0.message, limit: MESSAGES_MAX };
    let mut session = vec![last];
    for stored in store.journals(&choice).await? {
        let Ok(journal) = Journal::read(&stored.body) else { break };
        let next = session.last().map_or(0, |(_, journal)| journal.now);
        if next - journal.now > SESSION_LIFE_MS {
            break;
        }
        session.push((stored, journal));
    }
    session.reverse();
    Ok(session)
}

/// The content of a message that the host answered itself.
async fn content(store: &Store, message: i64) -> Result<Option<Content>, StoreError> {
    let traced = store.trace(message).await?;
    Ok(traced.and_then(|traced| serde_json::from_str(&traced.message.content).ok()))
}

/// The lines that a conversation begins with: its time, and its language if that is not the usual one.
fn begins(journal: &Journal) -> Vec<String> {
    let at = jiff::Timestamp::from_millisecond(journal.now).unwrap_or_default();
    let language = journal.links.first().map(|link| &link.turn.person).filter(|person| !person.is_new);
    let language = language.map(|person| person.language.as_str()).filter(|language| *language != "en");
    [format!("@ now {at}")].into_iter().chain(language.map(|language| format!("@ language {language}"))).collect()
}

/// What the model said in a turn.
fn model_lines(journal: &Journal) -> Vec<String> {
    let mut lines = Vec::new();
    for link in &journal.links {
        for call in link.calls.iter().filter(|call| call.name == "model.generate") {
            let answer: Value =
                call.result(&link.calls).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
            let answer = &answer["Ok"];
            let tool = &answer["calls"][0];
            lines.push(match (tool["name"].as_str(), answer["text"].as_str()) {
                (Some(name), _) => format!("@ model {name} {}", tool["arguments"].as_str().unwrap_or("{}")),
                (None, Some(text)) if text.trim_start().starts_with('{') => {
                    format!("@ model {}", text.replace('\n', " "))
                }
                (None, Some(text)) => format!("@ model {}", Value::from(text)),
                (None, None) => "@ model fails".to_owned(),
            });
        }
    }
    lines
}

/// A message as a conversation has it; none for what the host brings.
fn said(content: &Content) -> Option<String> {
    let line = |text: &str| text.replace('\n', " ⏎ ");
    Some(match content {
        Content::Text(text) => line(text),
        Content::Tap(tap) => format!("[{}]", line(&tap.title)),
        Content::Place(Place { point: Some(point), name, .. }) => {
            let name = name.as_deref().map(|name| format!(" {}", line(name))).unwrap_or_default();
            format!("(place {:.2} {:.2}{name})", point.latitude, point.longitude)
        }
        Content::Place(place) => line(place.name.as_deref().unwrap_or("here")),
        Content::Media(media) => {
            let kind = match media.kind {
                MediaKind::Image | MediaKind::Video | MediaKind::Other => "photo",
                MediaKind::Audio => "voice",
                MediaKind::Document => "document",
                MediaKind::Sticker => "sticker",
            };
            match media.transcript.as_deref().or(media.caption.as_deref()) {
                Some(words) => format!("({kind} {})", line(words)),
                None => format!("({kind})"),
            }
        }
        Content::Reaction(reaction) => format!("(reaction {})", reaction.emoji.as_deref().unwrap_or("👍")),
        Content::Unsupported(kind) => format!("(unsupported {kind})"),
        Content::Notice(_) => return None,
        Content::Contacts(_) | Content::Order(_) | Content::Form(_) | Content::Other(_) => {
            "(unsupported other)".to_owned()
        }
    })
}

/// The names that are replaced.
struct Names(Vec<(String, &'static str)>);

impl Names {
    /// The names that the session's turns hold: the person's, and those of others that the host gave.
    fn of(session: &[(StoredJournal, Journal)]) -> Names {
        let mut names = Vec::new();
        for link in session.iter().flat_map(|(_, journal)| &journal.links) {
            let person = link.turn.person.name.iter().flat_map(|name| name.split_whitespace());
            names.extend(person.map(|name| (name.to_owned(), PERSON)));
            for call in &link.calls {
                let result: Value =
                    call.result(&link.calls).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
                others(&result, &mut names);
            }
        }
        names.retain(|(name, _)| name.chars().count() > 2);
        names.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        names.dedup_by(|(a, _), (b, _)| a == b);
        Names(names)
    }

    /// A line without these names and without phone numbers.
    fn replaced(&self, line: &str) -> String {
        let mut text = mask_numbers(line).replace("[number]", NUMBER);
        for (name, by) in &self.0 {
            text = replace_word(&text, name, by);
        }
        text
    }
}

/// Collects the names of others in a call's result.
fn others(value: &Value, names: &mut Vec<(String, &'static str)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_str() {
                    Some(name) if ["owner_name", "applicant_name", "other_name"].contains(&field.as_str()) => {
                        names.extend(name.split_whitespace().map(|name| (name.to_owned(), OTHER)));
                    }
                    _ => others(value, names),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| others(value, names)),
        _ => {}
    }
}

/// Replaces a word, however it is written, where it stands alone.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let end = part.find(|c: char| !c.is_alphanumeric()).unwrap_or(part.len());
        let (found, rest) = part.split_at(end);
        out.push_str(if found.to_lowercase() == word.to_lowercase() { by } else { found });
        out.push_str(rest);
    }
    out
}

/// The script with the agents' answers: played once to write them, and once more to see that it passes.
async fn played(plugins: &Plugins, script: &str) -> Result<String, TestError> {
    let play = |error: std::io::Error| TestError::Play(error.into());
    let folder = tempfile::tempdir().map_err(play)?;
    let path: &Path = &folder.path().join(format!("{}.txt", Uuid::now_v7().simple()));
    std::fs::write(path, script).map_err(play)?;
    for update in [true, false] {
        let played = play_folder(plugins, "", folder.path(), "", update, None).await.map_err(TestError::Play)?;
        if let Some(failure) = played.failures.first() {
            return Err(TestError::Unsteady(failure.to_string()));
        }
    }
    std::fs::read_to_string(path).map_err(play)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_replaced_where_they_stand_alone() {
        let names = Names(vec![("Uwase".into(), PERSON), ("Jean".into(), OTHER)]);
        assert_eq!(names.replaced("I am UWASE, jean's, call +250 788 123 456"), "I am Alice, Bob's, call 0788 000 000");
        assert_eq!(names.replaced("Jeans for 15000"), "Jeans for 15000");
    }
}
