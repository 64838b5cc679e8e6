//! Problems of the way to people and back: Meta, the legacy service, what waits to be sent, and what could not be.

use super::{
    Finding, Kind, RestingNumber, Snapshot,
    kind::{HOST_PAGE, PAGE, WARN},
    snapshot::{iso, took},
};
use switchboard_core::failure::Failure;

/// How long a business number may rest that Meta does not refuse, in milliseconds.
const RESTS_MS_MAX: i64 = 2 * 60 * 1000;

/// How long a reply may wait to be sent, in milliseconds: longer than one of unknown outcome waits for its status.
const REPLY_MS_MAX: i64 = 2 * 60 * 1000;

/// How long a message may wait to be forwarded, in milliseconds.
const FORWARD_MS_MAX: i64 = 2 * 60 * 1000;

/// How many notices may wait to be told.
const NOTICES_MAX: i64 = 1_000;

/// How many replies of an hour may be given up.
const REPLIES_DEAD_MAX: i64 = 10;

/// How many replies of an hour, all of them undelivered, are a problem.
pub(super) const FEW: i64 = 4;

/// What to do about a refused number, by Meta's code.
const NEXT: [(&[i64], &str); 6] = [
    (&[190, 102], "make a new token of a system user and set WHATSAPP_ACCESS_TOKEN"),
    (
        &[0, 3, 10, 131_005],
        "give the token the permissions whatsapp_business_messaging and whatsapp_business_management",
    ),
    (&[33, 803], "this token does not reach the number: is its id right?"),
    (&[131_042], "look at the account's payment method in Meta's Business Manager"),
    (&[368, 130_497, 131_031], "Meta restricts the account: see Meta's Business Manager, Account quality"),
    (&[131_045, 133_010], "register the number with Meta again"),
];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "signatures_wrong",
        rule: "SwitchboardSignaturesWrong",
        when: "the last deliveries, 3 at least within 10 minutes",
        metric: "switchboard_signatures_wrong",
        action: "If they are Meta's, set WHATSAPP_APP_SECRET to the app's secret (App settings, Basic): until then nobody is answered.",
        judge: |s| {
            let words = |count| {
                Finding::new(format!(
                    "the last {count} deliveries had a wrong signature, and none a right one: is it the app's secret?"
                ))
            };
            s.wrong_signatures.map(words).into_iter().collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "number_refused",
        rule: "SwitchboardNumberRefused",
        when: "now",
        metric: "switchboard_number_resting",
        action: "Nothing goes out until that is mended; replies wait, uncharged. `switchboard doctor` tries token and number.",
        judge: |s| s.resting.iter().filter(|number| is_refused(number)).map(|number| refused(number, s)).collect(),
        ..PAGE
    },
    Kind {
        name: "number_rests",
        rule: "SwitchboardNumberRests",
        when: "a number rests > 2 minutes",
        metric: "switchboard_number_rests_seconds",
        action: "The reason is Meta's: a rate limit, an outage. Replies wait, uncharged, and a probe goes every few seconds.",
        judge: |s| {
            let resting = s.resting.iter().filter(|number| !is_refused(number));
            resting.map(|number| refused(number, s).alerts_if(number.rested_ms > RESTS_MS_MAX)).collect()
        },
        ..PAGE
    },
    Kind {
        name: "replies_wait",
        rule: "SwitchboardRepliesWait",
        when: "a reply waits > 2 minutes",
        metric: "switchboard_oldest_reply_seconds",
        action: "/health says whether a number rests; the log says why sends are tried again.",
        judge: |s| {
            let oldest = s.counts.oldest_reply_ms;
            if oldest <= REPLY_MS_MAX {
                Vec::new()
            } else {
                vec![Finding::new(format!(
                    "a reply has waited {} s to be sent, {} wait",
                    oldest / 1000,
                    s.counts.outbox_waiting
                ))]
            }
        },
        ..PAGE
    },
    Kind {
        name: "forwards_wait",
        rule: "SwitchboardForwardsWait",
        when: "a forward waits > 2 minutes",
        metric: "switchboard_oldest_forward_seconds",
        action: "Look at the legacy service, which answers people outside the rollout. Forwards are tried again for 20 attempts, then they are dead.",
        judge: |s| {
            let oldest = s.counts.oldest_forward_ms;
            if oldest <= FORWARD_MS_MAX {
                Vec::new()
            } else {
                vec![Finding::new(format!(
                    "a message has waited {} s to be forwarded to the legacy service",
                    oldest / 1000
                ))]
            }
        },
        ..PAGE
    },
    Kind {
        name: "legacy_fails",
        rule: "SwitchboardLegacyFails",
        when: "3 failures in a row",
        metric: "switchboard_legacy_failures",
        action: "Look at the legacy service and at LEGACY_WEBHOOK_URL: people outside the rollout get no answer. What it did not take is sent again.",
        judge: |s| {
            let words = |failure: &switchboard_edge::legacy::LegacyFailure| {
                Finding::new(format!(
                    "the legacy service took none of the last {} messages: {}",
                    failure.times, failure.words
                ))
            };
            s.legacy.iter().map(words).collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "replies_dead",
        rule: "SwitchboardRepliesDead",
        when: "more than 10 replies of an hour, or all of 4 or more, are not delivered",
        metric: "switchboard_outbox",
        action: "`switchboard dead list replies` says why, in Meta's words; mend that, then `switchboard dead retry replies`.",
        judge: |s| {
            let Some(lately) = &s.lately else { return Vec::new() };
            let (dead, of) = (lately.given_up.1, lately.replies);
            if dead > REPLIES_DEAD_MAX {
                return vec![Finding::new(format!("{dead} replies of the last hour could not be sent"))];
            }
            let all = of.undelivered >= FEW && of.undelivered == of.ended;
            if all {
                vec![Finding::new(format!("all {} replies of the last hour were not delivered", of.ended))]
            } else {
                Vec::new()
            }
        },
        ..WARN
    },
    Kind {
        name: "forwards_dead",
        rule: "SwitchboardForwardsDead",
        when: "forwards given up in an hour",
        metric: "switchboard_forwards_dead",
        action: "`switchboard dead list forwards` says why; mend the legacy service, then `switchboard dead retry forwards`.",
        judge: |s| {
            let dead = s.lately.as_ref().map_or(0, |lately| lately.given_up.2);
            if dead == 0 {
                Vec::new()
            } else {
                vec![Finding::new(format!("{dead} messages of the last hour were not taken by the legacy service"))]
            }
        },
        ..PAGE
    },
    Kind {
        name: "templates_lost",
        rule: "SwitchboardTemplatesLost",
        when: "templates given up in an hour",
        metric: "switchboard_templates_lost",
        action: "`switchboard dead list replies` says why (`template` in the line); is NOTICE_TEMPLATE approved?",
        judge: |s| {
            let lost = s.lately.as_ref().map_or(0, |lately| lately.templates_lost);
            if lost == 0 {
                Vec::new()
            } else {
                vec![Finding::new(format!("{lost} templates of the last hour could not be sent"))]
            }
        },
        ..WARN
    },
    Kind {
        name: "notices_queued",
        rule: "SwitchboardNoticesQueued",
        when: "more than 1000 notices wait (Prometheus: 5 minutes)",
        metric: "switchboard_notices",
        action: "/health says whether an agent is muted or a number rests; `select agent, count(*) from notice group by agent` whose they are.",
        judge: |s| {
            let notices = s.counts.notices;
            if notices <= NOTICES_MAX {
                Vec::new()
            } else {
                vec![Finding::new(format!("{notices} notices wait to be told"))]
            }
        },
        ..WARN
    },
];

/// Whether Meta refuses a number until an operator acts.
fn is_refused(number: &RestingNumber) -> bool {
    number.code.is_some_and(|code| Failure::of_code(code, number.subcode) == Some(Failure::Number))
}

fn refused(number: &RestingNumber, snapshot: &Snapshot) -> Finding {
    let next = NEXT.iter().find(|(codes, _)| number.code.is_some_and(|code| codes.contains(&code)));
    let next = next.map(|(_, next)| format!(": {next}")).unwrap_or_default();
    let waits = match snapshot.counts.outbox_waiting {
        0 => String::new(),
        waiting => format!("; {waiting} replies wait, the oldest {}", took(snapshot.counts.oldest_reply_ms)),
    };
    let RestingNumber { business, since, reason, .. } = number;
    let words = format!("nothing is sent from the number {business} since {}: {reason}{next}{waits}", iso(*since));
    Finding::of(business.as_str(), words)
}
