//! What the host holds for a turn: one meter for all agents that run in it, and the running agent's limit.

/// The turn needs more bytes in the host than its agent's limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the turn needs {bytes} bytes in the host or more, and held_bytes_max = {max} in plugins.toml")]
pub struct OverBudget {
    /// The bytes counted when the limit was passed.
    pub bytes: usize,
    /// The limit.
    pub max: usize,
}

/// The meter of bytes that the host holds for a turn.
#[derive(Debug)]
pub(super) struct Budget {
    held: usize,
    max: usize,
    over: Option<OverBudget>,
}

impl Budget {
    /// A meter that begins at what is held for the turn already.
    pub(super) fn new(held: usize, max: usize) -> Budget {
        Budget { held, max, over: None }
    }

    /// Counts bytes that are about to be held. Once the limit was passed, nothing fits any more.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), OverBudget> {
        if let Some(over) = self.over {
            return Err(over);
        }
        match self.fits(bytes) {
            true => Ok(()),
            false => Err(self.refuse(bytes)),
        }
    }

    /// The same for what may be left out: counts the bytes if they fit.
    pub(super) fn fits(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.left();
        if fits {
            self.held += bytes;
        }
        fits
    }

    /// Notes that so many bytes more do not fit.
    pub(super) fn refuse(&mut self, bytes: usize) -> OverBudget {
        *self.over.get_or_insert(OverBudget { bytes: self.held.saturating_add(bytes), max: self.max })
    }

    /// The bytes that still fit.
    pub(super) fn left(&self) -> usize {
        self.max.saturating_sub(self.held)
    }

    /// The limit.
    pub(super) fn max(&self) -> usize {
        self.max
    }

    /// The bytes held.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// That the limit was passed, if it was.
    pub(super) fn over(&self) -> Option<OverBudget> {
        self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_counted_and_ends_the_turn() {
        let mut budget = Budget::new(40, 100);
        assert_eq!(budget.charge(60), Ok(()));
        assert!(!budget.fits(1));
        assert_eq!((budget.held(), budget.over()), (100, None), "it may be left out");
        let over = OverBudget { bytes: 107, max: 100 };
        assert_eq!(budget.charge(7), Err(over));
        assert_eq!(budget.charge(0), Err(over), "the turn has ended");
        let said = "the turn needs 107 bytes in the host or more, and held_bytes_max = 100 in plugins.toml";
        assert_eq!(over.to_string(), said);
    }
}
