//! The findings of `doctor`: prints one line for each, and counts the bad ones.

/// Prints findings and counts the bad ones.
#[derive(Default)]
pub(in crate::cli) struct Findings {
    pub(super) bad: usize,
}

impl Findings {
    pub(super) fn ok(&self, what: &str, note: impl std::fmt::Display) {
        println!("ok    {what:<14} {note}");
    }

    pub(super) fn warn(&self, what: &str, note: impl std::fmt::Display) {
        println!("warn  {what:<14} {note}");
    }

    pub(super) fn bad(&mut self, what: &str, note: impl std::fmt::Display) {
        self.bad += 1;
        println!("BAD   {what:<14} {note}");
    }
}
