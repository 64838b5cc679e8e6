//! Which flags are in force, by what the database has: its rows, and the audit of their changes. The same at every host, whenever it
//! started.

use std::sync::Arc;

use super::{
    Document, Flags, FlagsError, KEY, Source,
    lists::{self, Lists},
    lower::Switches,
};
use switchboard_store::{ConfigChange, Store, StoreError};

/// How many changes are looked through for the last good value.
const CHANGES: i64 = 500;

/// The flags in force, and the error of the row if it was refused or is gone.
#[derive(Clone, Debug)]
pub struct FlagsState {
    /// The flags in force.
    pub flags: Arc<Flags>,
    /// Why the row's current content is not in force as a whole.
    pub error: Option<String>,
}

/// Why the flags in force are not the row's.
#[derive(Debug, thiserror::Error)]
enum Degraded {
    /// The row was there and is gone.
    #[error(
        "the row `{KEY}` was there and is gone: the last good flags are in force; `switchboard flags set unifiedServiceRolloutPercent <n> --yes` writes it again from them"
    )]
    Gone,
    /// A row does not fit.
    #[error("{0}")]
    Refused(#[from] FlagsError),
}

/// Reads the flags in force. A row that fits is in force. Of a row that does not, only less is: the last good flags, switched off or
/// lowered as the row says and every row since the last good one said. A row that is gone leaves the last good flags in force.
/// `without_row` is in force where there never was a row, and `before`, what this process had in force last, where the audit
/// does not know the last good one.
pub async fn in_force(store: &Store, without_row: &Flags, before: Option<&Flags>) -> Result<FlagsState, StoreError> {
    let (row, lists) = (store.config(KEY).await?, store.config(lists::KEY).await?);
    let (document, source, error) = match row.as_deref().map(|row| (row, Document::parse(row))) {
        Some((_, Ok(document))) => (document, Source::Row, None),
        Some((row, Err(error))) => {
            let changes = store.config_audit(KEY, CHANGES).await?;
            let before = before.map_or(&without_row.document, |flags| &flags.document);
            (last_good(Some(row), &changes, before), Source::LastGood, Some(Degraded::from(error)))
        }
        None => {
            let changes = store.config_audit(KEY, CHANGES).await?;
            let seen = before.filter(|flags| matches!(flags.source, Source::Row | Source::LastGood));
            if changes.is_empty() && seen.is_none() {
                (without_row.document.clone(), without_row.source, None)
            } else {
                let before = seen.map_or(&without_row.document, |flags| &flags.document);
                (last_good(None, &changes, before), Source::LastGood, Some(Degraded::Gone))
            }
        }
    };
    let (people, refused) = match lists.as_deref().map(Lists::parse) {
        None => (Lists::default(), None),
        Some(Ok(lists)) => (lists, None),
        Some(Err(error)) => {
            let changes = store.config_audit(lists::KEY, CHANGES).await?;
            let good = values(&changes).find_map(|value| Lists::parse(value).ok());
            let good = good.or_else(|| before.map(|flags| flags.people.clone()));
            (good.unwrap_or_default(), Some(Degraded::from(FlagsError::People(error))))
        }
    };
    let errors: Vec<String> = error.iter().chain(&refused).map(ToString::to_string).collect();
    let error = (!errors.is_empty()).then(|| errors.join("; "));
    Ok(FlagsState { flags: Flags { document, people, source }.into(), error })
}

/// The newest value that fits, or else `before`, lowered by every value since, and by the row as it is.
fn last_good(row: Option<&str>, changes: &[ConfigChange], before: &Document) -> Document {
    let mut lower: Vec<Switches> = row.map(Switches::read).into_iter().collect();
    let mut good = None;
    for value in values(changes) {
        if let Ok(document) = Document::parse(value) {
            good = Some(document);
            break;
        }
        lower.push(Switches::read(value));
    }
    let mut document = good.unwrap_or_else(|| before.clone());
    lower.into_iter().for_each(|switches| switches.lower(&mut document));
    document
}

/// The values of a row, the latest first; some twice.
fn values(changes: &[ConfigChange]) -> impl Iterator<Item = &str> {
    changes.iter().flat_map(|change| change.new.as_deref().into_iter().chain(change.old.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(percent: f64, bad: bool) -> String {
        let mut row = Document { unified_service_rollout_percent: percent, ..Document::everything_on() }.to_row(&[]);
        if bad {
            row["bogus"] = true.into();
        }
        row.to_string()
    }

    fn changes(values: &[Option<String>]) -> Vec<ConfigChange> {
        let pairs = values.windows(2).map(|pair| ConfigChange {
            at: 0,
            who: "sql".into(),
            old: pair[0].clone(),
            new: pair[1].clone(),
        });
        let mut changes: Vec<ConfigChange> = pairs.collect();
        changes.reverse();
        changes
    }

    #[test]
    fn the_last_good_flags_are_only_lowered() {
        let nobody = Document::nobody();
        let percent = |values: &[Option<String>]| {
            let now = values.last().cloned().flatten();
            last_good(now.as_deref(), &changes(values), &nobody).served_percent()
        };
        let (good, bad) = (|percent| Some(row(percent, false)), |percent| Some(row(percent, true)));
        assert_eq!(percent(&[None, good(50.0), bad(50.0)]), 50.0);
        assert_eq!(percent(&[None, good(50.0), bad(50.0), bad(0.0)]), 0.0);
        assert_eq!(percent(&[None, good(50.0), bad(0.0), bad(10.0)]), 0.0, "a raise waits for a row that fits");
        assert_eq!(percent(&[None, good(50.0), bad(90.0)]), 50.0);
        assert_eq!(percent(&[None, good(50.0), None]), 50.0, "a row that is gone");
        assert_eq!(percent(&[None, good(50.0), bad(10.0), None]), 10.0);
        assert_eq!(percent(&[None, bad(10.0)]), 0.0, "no value ever fitted");
        assert_eq!(percent(&[good(30.0), bad(40.0)]), 30.0, "the first value is known only as the old one");
    }
}
