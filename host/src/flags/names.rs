//! The spelling of agents' names in flags: a flag may be set before its agent is there, so a name nobody knows is refused only if it looks
//! like one that is known.

use super::CHECKLIST;

/// How many letters may differ between a slip and the name that was meant.
const LETTERS: usize = 2;

/// A name that looks like a slip.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no agent `{name}`: did you mean `{nearest}`? `--new` sets the flag all the same")]
pub struct NameError {
    /// The name given.
    pub name: String,
    /// The known name that is nearest.
    pub nearest: String,
}

/// Checks an agent's name against the checklist's and these; returns whether it is known.
pub fn check_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Result<bool, NameError> {
    let known: Vec<&str> = CHECKLIST.into_iter().chain(known).collect();
    if known.contains(&name) {
        return Ok(true);
    }
    let letters = |other: &&str| strsim::damerau_levenshtein(name, other);
    // Of a short name one letter may differ: `cars` is not a slip of `jobs`.
    let near = known.into_iter().filter(|other| letters(other) <= LETTERS.min(other.chars().count() / 3).max(1));
    match near.min_by_key(letters) {
        Some(nearest) => Err(NameError { name: name.to_owned(), nearest: nearest.to_owned() }),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_new_name() {
        let check = |name| check_name(name, ["eleventh"]).map_err(|error| error.nearest);
        for (name, checked) in [
            ("marketplace", Ok(true)),
            ("eleventh", Ok(true)),
            ("makretplace", Err("marketplace".to_owned())),
            ("job", Err("jobs".to_owned())),
            ("jbos", Err("jobs".to_owned())),
            ("suport", Err("support".to_owned())),
            ("elevenht", Err("eleventh".to_owned())),
            ("pharmacy", Ok(false)),
            ("cars", Ok(false)),
        ] {
            assert_eq!(check(name), checked, "{name}");
        }
    }
}
