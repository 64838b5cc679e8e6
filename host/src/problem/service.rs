//! Problems of the service: database, disk, clock, flags, rollout, backup, and what the figures of the last hours say.

use super::{
    Finding, Kind,
    kind::{HOST_PAGE, HOST_WARN, PAGE, WARN},
    snapshot::{iso, took},
};
use switchboard_store::Figures;

/// The longest time that a message may wait for its turn, in milliseconds.
pub(crate) const WAITING_MS_MAX: i64 = 60_000;

/// How far a host's clock may be off, in milliseconds.
const CLOCK_MS_MAX: i64 = 2_000;

/// The smallest sample for which an error rate is evaluated.
const MESSAGES_MIN: i64 = 100;

const HOUR_MS: i64 = 60 * 60 * 1000;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "database_away",
        rule: "SwitchboardDatabaseAway",
        when: "now",
        metric: "switchboard_database_away",
        action: "Look at the database server and at the network to it. Meta sends again what is refused meanwhile.",
        judge: |s| {
            let words = |error: &String| Finding::new(format!("the database does not answer: {error}"));
            s.database_away.iter().map(words).collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "not_stored",
        rule: "SwitchboardNotStored",
        when: "now (Prometheus: a minute)",
        metric: "switchboard_storing_fails",
        action: "/health has the database's words: a full disk, a database that is only read, one that is away. Meta redelivers what was refused.",
        judge: |s| {
            let unstored = s.unstored.iter();
            unstored
                .map(|failure| {
                    Finding::new(format!("deliveries cannot be stored since {}: {}", iso(failure.since), failure.error))
                })
                .collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "disk_low",
        rule: "SwitchboardDiskLow",
        when: "less room than `DISK_FREE_MIN_MIB`",
        metric: "switchboard_disk_free_bytes",
        action: "Make room, or move the folder to a larger disk: when it is full, deliveries and files cannot be stored.",
        judge: |s| {
            let is_low = s.disks.iter().filter(|disk| disk.free_bytes < disk.min_bytes);
            is_low
                .map(|disk| {
                    let (free, min) = (disk.free_bytes >> 20, disk.min_bytes >> 20);
                    Finding::of(
                        disk.variable,
                        format!(
                            "the disk of {} ({}) has {free} MiB left, less than {min} MiB",
                            disk.variable, disk.folder
                        ),
                    )
                })
                .collect()
        },
        ..HOST_PAGE
    },
    Kind {
        name: "clock_off",
        rule: "SwitchboardClockOff",
        when: "more than 2 s from the database's clock",
        metric: "switchboard_clock_ahead_seconds",
        action: "Look at the machine's time synchronisation (`timedatectl`). The host goes by the database's clock meanwhile; its log does not.",
        judge: |s| {
            let (ahead, is_ahead) = (s.clock_ahead_ms.abs(), s.clock_ahead_ms > 0);
            if ahead <= CLOCK_MS_MAX {
                return Vec::new();
            }
            let side = if is_ahead { "ahead of" } else { "behind" };
            vec![Finding::new(format!("this host's clock is {} {side} the database's", took(ahead)))]
        },
        ..HOST_WARN
    },
    Kind {
        name: "collation_changed",
        rule: "SwitchboardCollationChanged",
        when: "now",
        action: "Run `reindex database` and then `alter database … refresh collation version`.",
        judge: |s| {
            let words = |(built, now): &(String, String)| Finding::new(collation_changed(built, now));
            s.collation.iter().map(words).collect()
        },
        ..WARN
    },
    Kind {
        name: "folders_differ",
        rule: "SwitchboardFoldersDiffer",
        when: "now",
        action: "Set FILES_DIR of all hosts to one shared folder.",
        judge: |s| if s.folders > 1 { vec![Finding::new(folders_differ(s.folders))] } else { Vec::new() },
        ..WARN
    },
    Kind {
        name: "flags_refused",
        rule: "SwitchboardFlagsRefused",
        when: "now (Prometheus: a minute)",
        metric: "switchboard_flags_refused",
        action: "`switchboard flags show` says what is wrong with it.",
        judge: |s| {
            let words = |error: &String| {
                Finding::new(format!(
                    "the flags row is refused or gone, the last good flags are in force, or less: {error}"
                ))
            };
            s.flags_refused.iter().map(words).collect()
        },
        ..WARN
    },
    Kind {
        name: "rollout_held",
        rule: "SwitchboardRolloutHeld",
        when: "now",
        metric: "switchboard_rollout_held",
        action: "`switchboard rollout status` has the figures. Mend the reason; `switchboard rollout resume` goes on, `abort` ends it.",
        judge: |s| {
            let held = s.rollouts.iter().filter(|rollout| rollout.agent.is_none() && rollout.is_held);
            held.map(|it| Finding::new(format!("the rollout is held at {} % by {}: {}", it.percent, it.who, it.reason)))
                .collect()
        },
        ..WARN
    },
    Kind {
        name: "rollout_aborted",
        rule: "SwitchboardRolloutAborted",
        when: "a day, or until another begins",
        metric: "switchboard_rollout_aborted",
        action: "`switchboard rollout status` has the figures. Mend the reason, then `switchboard rollout start` begins anew.",
        judge: |s| {
            let aborted = s.rollouts.iter().filter(|rollout| rollout.agent.is_none() && rollout.is_aborted);
            aborted
                .map(|it| {
                    Finding::new(format!(
                        "the rollout was aborted by {}, {} % of people are served: {}",
                        it.who, s.percent, it.reason
                    ))
                })
                .collect()
        },
        ..PAGE
    },
    Kind {
        name: "backup_old",
        rule: "SwitchboardBackupOld",
        when: "older than `BACKUP_MAX_HOURS` (Prometheus: 25 hours)",
        metric: "switchboard_backup_age_seconds",
        action: "Look why the job that runs `switchboard db backup` does not, and make one now.",
        judge: |s| {
            let hours = s.backup_ms.map_or(0, |age| age / HOUR_MS);
            if hours <= s.backup_max_hours {
                Vec::new()
            } else {
                vec![Finding::new(format!("the newest backup is {hours} hours old"))]
            }
        },
        ..WARN
    },
    Kind {
        name: "queue_old",
        rule: "SwitchboardQueueOld",
        when: "a message waits > 60 s",
        metric: "switchboard_oldest_queued_seconds",
        action: "/health says what is wrong; the log says why turns are tried again.",
        judge: |s| {
            let oldest = s.counts.oldest_queued_ms;
            if oldest <= WAITING_MS_MAX {
                Vec::new()
            } else {
                vec![Finding::new(format!("a message has waited for {} s, {} wait", oldest / 1000, s.counts.queued))]
            }
        },
        ..PAGE
    },
    Kind {
        name: "errors",
        rule: "SwitchboardErrors",
        when: "errors > 1 % of 4 hours, 100 messages at least",
        metric: "switchboard_turn_errors_total",
        action: "`switchboard report --since 4h` says which agent and version. Turn that agent off, or lower the rollout.",
        judge: |s| {
            let four = s.lately.as_ref().map(|lately| &lately.four_hours);
            let many = four.filter(|four| four.error_percent() > 1.0 && four.messages >= MESSAGES_MIN);
            many.map(errors).into_iter().collect()
        },
        ..PAGE
    },
    Kind {
        name: "errors_at_full_rollout",
        rule: "SwitchboardErrorsAtFullRollout",
        degrades: false,
        when: "errors > 0.5 % of 4 hours from 50 % of rollout on, 200 messages at least",
        metric: "switchboard_turn_errors_total",
        action: "`switchboard report --since 4h`; do not raise the rollout.",
        judge: |s| {
            let four = s.lately.as_ref().map(|lately| &lately.four_hours);
            let many = four
                .filter(|four| four.error_percent() > 0.5 && four.messages >= 2 * MESSAGES_MIN && s.percent >= 50.0);
            many.map(errors).into_iter().collect()
        },
        ..WARN
    },
    Kind {
        name: "slow",
        rule: "SwitchboardSlow",
        degrades: false,
        when: "p95 > 2 s of 30 minutes, 20 messages at least",
        metric: "switchboard_turn_seconds",
        action: "`switchboard report --since 1h` says whose; look at the database, the model's service, and the processors.",
        judge: |s| {
            let half = s.lately.as_ref().map(|lately| &lately.half_hour);
            let slow = half.filter(|half| half.messages >= 20).and_then(|half| half.p95_ms).filter(|p95| *p95 > 2000);
            slow.map(|p95| Finding::new(format!("5 of 100 messages of the last half hour waited longer than {p95} ms")))
                .into_iter()
                .collect()
        },
        ..PAGE
    },
    Kind {
        name: "handoffs_slow",
        rule: "SwitchboardHandoffsSlow",
        degrades: false,
        when: "handoff p95 > 5 ms of 4 hours (Prometheus: an hour), 20 at least",
        metric: "switchboard_handoff_seconds",
        action: "The processors are busy: fewer messages for each host, or more hosts.",
        judge: |s| {
            let four = s.lately.as_ref().map(|lately| &lately.four_hours);
            let slow =
                four.filter(|four| four.handoffs >= 20).and_then(|four| four.handoff_p95_us).filter(|p95| *p95 > 5000);
            slow.map(|p95| Finding::new(format!("5 of 100 handoffs took the host longer than {p95} µs")))
                .into_iter()
                .collect()
        },
        ..WARN
    },
    Kind {
        name: "sessions_fail",
        rule: "SwitchboardSessionsFail",
        when: "sessions begun < 99 % of 4 hours, 50 at least",
        metric: "switchboard_sessions_failed_total",
        action: "Look in the log for `a message is given up`; it says why.",
        judge: |s| {
            let four = s.lately.as_ref().map(|lately| &lately.four_hours);
            let fail = four.filter(|four| four.session_percent() < 99.0 && four.sessions_created >= 50);
            fail.map(|four| {
                Finding::new(format!(
                    "{} of {} new conversations began with an apology",
                    four.sessions_failed, four.sessions_created
                ))
            })
            .into_iter()
            .collect()
        },
        ..PAGE
    },
    Kind {
        name: "messages_dead",
        rule: "SwitchboardMessagesDead",
        when: "messages given up in an hour",
        metric: "switchboard_messages",
        action: "`switchboard dead list messages` says why; mend that, then `switchboard dead retry messages`.",
        judge: |s| {
            let dead = s.lately.as_ref().map_or(0, |lately| lately.given_up.0);
            if dead == 0 {
                Vec::new()
            } else {
                vec![Finding::new(format!("{dead} messages of the last hour were given up"))]
            }
        },
        ..PAGE
    },
];

fn errors(figures: &Figures) -> Finding {
    let Figures { errors, messages, .. } = figures;
    let percent = figures.error_percent();
    Finding::new(format!(
        "{errors} of {messages} messages of the last 4 hours ({percent:.2} %) got no answer of an agent"
    ))
}

/// That indexes were built with another version of the database's collation.
pub(crate) fn collation_changed(built: &str, now: &str) -> String {
    format!(
        "the database's collation changed from version {built} to {now}, as it does with the server's system: indexes of texts in your own tables may be wrong"
    )
}

/// That hosts of one database keep files in different folders.
pub(crate) fn folders_differ(folders: i64) -> String {
    format!(
        "the hosts of this database keep files in {folders} different folders: what one keeps, the others cannot send"
    )
}
