//! References: what names an outbox row at Meta, and tells this installation's from those of others on the same account.

/// The version of the format.
const PREFIX: &str = "sb1";

/// Makes and reads references: `sb1.<installation>.<outbox id>`.
#[derive(Clone, Debug)]
pub(crate) struct References {
    installation: String,
}

impl References {
    pub(crate) fn new(installation: String) -> References {
        References { installation }
    }

    /// The reference of a row.
    pub(crate) fn of(&self, outbox_id: i64) -> String {
        format!("{PREFIX}.{}.{outbox_id}", self.installation)
    }

    /// The row that a reference names, if it is this installation's.
    pub(crate) fn row(&self, reference: &str) -> Option<i64> {
        let (installation, id) = reference.strip_prefix(PREFIX)?.strip_prefix('.')?.split_once('.')?;
        (installation == self.installation).then(|| id.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_installation_s_are_read() {
        let ours = References::new("a1b2".into());
        assert_eq!(ours.row(&ours.of(77)), Some(77));
        for other in ["77", "sb1.ffff.77", "sb2.a1b2.77", "sb1.a1b2.", "sb1.a1b2.7x", "", "sb1a1b2.7"] {
            assert_eq!(ours.row(other), None, "{other}");
        }
    }
}
