//! Problems that Meta itself tells of: the account, its numbers and its templates.

use super::{
    Finding, Kind, Snapshot,
    kind::{PAGE, WARN},
    snapshot::iso,
};
use switchboard_core::meta_notice::{Warning, standing};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "account_restricted",
        rule: "SwitchboardAccountRestricted",
        when: "30 days, or until Meta takes it back",
        metric: "switchboard_meta_warnings",
        action: "Open Meta's Business Manager, Account quality: it says what is restricted until when, and takes an appeal. Until then the legacy channel or a second number answers.",
        judge: |s| of(Warning::Account, "Meta restricts the account", s),
        ..PAGE
    },
    Kind {
        name: "number_quality",
        rule: "SwitchboardNumberQuality",
        when: "7 days, or until Meta takes it back",
        metric: "switchboard_meta_warnings",
        action: "People block or report this number: look what is sent to them unasked (`switchboard report`, templates), and send less of it. The limit of the number falls next.",
        judge: |s| of(Warning::Number, "Meta lowered the quality of the number", s),
        ..WARN
    },
    Kind {
        name: "template_stopped",
        rule: "SwitchboardTemplateStopped",
        when: "7 days, or until Meta takes it back",
        metric: "switchboard_meta_warnings",
        action: "Mend the template in Meta's WhatsApp Manager and submit it again, or name another one in NOTICE_TEMPLATE: notices wait for people meanwhile.",
        judge: |s| of(Warning::Template, "Meta refuses or lowers the template", s),
        ..WARN
    },
    Kind {
        name: "template_category",
        rule: "SwitchboardTemplateCategory",
        when: "a day",
        metric: "switchboard_meta_warnings",
        action: "Its price and its limits are others now. Ask for a review in Meta's WhatsApp Manager, or word the template so that it fits its category.",
        judge: |s| of(Warning::Category, "Meta put the template into another category", s),
        ..WARN
    },
    Kind {
        name: "account_alert",
        rule: "SwitchboardAccountAlert",
        when: "a day",
        metric: "switchboard_meta_warnings",
        action: "Open Meta's Business Manager, Account quality: it says what is asked for.",
        judge: |s| of(Warning::Alert, "Meta alerts of the account", s),
        ..WARN
    },
];

/// The warnings of one meaning that stand.
fn of(warning: Warning, words: &str, snapshot: &Snapshot) -> Vec<Finding> {
    let standing = standing(&snapshot.meta, snapshot.now).into_iter().filter(|(of, _)| *of == warning);
    standing
        .map(|(_, notice)| {
            let (subject, said) = (&notice.subject, notice.words());
            Finding::of(subject.as_str(), format!("{words} {subject} at {}: {said}", iso(notice.at)))
        })
        .collect()
}

/// The value of the label `warning` of `switchboard_meta_warnings`.
pub(crate) fn label(warning: Warning) -> &'static str {
    match warning {
        Warning::Account => "account",
        Warning::Number => "number",
        Warning::Template => "template",
        Warning::Category => "category",
        Warning::Alert => "alert",
    }
}
