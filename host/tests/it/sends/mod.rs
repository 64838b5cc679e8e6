//! The outbox against a model that is written from `docs/outbox.md`: chance drives deliveries, turns, sends with every outcome, statuses
//! early, late, doubled and foreign, *stop* and *start*, windows, resting numbers and crashes, on three hosts with one database or on one
//! with a file. A checker holds what Meta got and what the database says against what must always hold.
//!
//! And the checker is checked: each rule is taken out of the statements once, and it must notice.

mod meta;
mod statuses;
mod world;

use world::{Faults, Hosts, World};

const STEPS: usize = 160;

/// An error of the host, which is no finding.
pub fn text(error: impl std::fmt::Display) -> String {
    format!("it failed: {error}")
}

async fn run(hosts: &mut Hosts, seed: u64) -> Result<(), String> {
    let mut world = World::new(hosts, seed);
    for _ in 0..STEPS {
        world.step().await?;
    }
    world.end().await
}

/// How many seeds are tried: more by hand, see CONTRIBUTING.md.
pub fn seeds(default: u64) -> u64 {
    switchboard::config::variable("SEEDS").and_then(|seeds| seeds.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn chance_finds_nothing_on_three_hosts() {
    let mut hosts = Hosts::postgres(3, &[]).await;
    for seed in 0..seeds(12) {
        run(&mut hosts, seed).await.unwrap_or_else(|found| panic!("seed {seed} on {}: {found}", hosts.url));
    }
}

#[tokio::test]
async fn chance_finds_nothing_on_a_file() {
    let mut hosts = Hosts::sqlite().await;
    for seed in 0..seeds(12) {
        run(&mut hosts, seed).await.unwrap_or_else(|found| panic!("seed {seed}: {found}"));
    }
}

/// A rule that is taken out of the statements must be missed by some seed; says after how many.
async fn is_found(what: &str, faults: Faults) {
    let mut hosts = Hosts::postgres(3, faults).await;
    for seed in 0..seeds(40) {
        if let Err(found) = run(&mut hosts, seed).await {
            assert!(!found.contains("it failed"), "{what}: a statement broke, so nothing was checked: {found}");
            println!("{what}: found by seed {seed}: {found}");
            return;
        }
    }
    panic!("{what}: nobody notices");
}

macro_rules! rules {
    ($($name:ident: $what:literal, [$(($from:expr, $to:expr)),+ $(,)?];)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                is_found($what, &[$(($from, $to)),+]).await;
            }
        )*
    };
}

const FIRST: &str = "not exists (select 1 from outbox as e where e.lane_id = outbox.lane_id and e.outbox_id < outbox.outbox_id and (e.url is null) = (outbox.url is null) and e.state in ('queued', 'sending', 'unknown') limit 1 offset 0)";

rules! {
    a_version_that_nobody_asks_for: "a row begins as it was not read", [("outbox.version = j.version and outbox.state in ('queued', 'unknown')", "outbox.state in ('queued', 'unknown')")];
    a_time_that_nobody_waits_for: "a row begins before it is due", [("and outbox.run_at <= {now}", "")];
    an_order_that_nobody_keeps: "a row begins before an earlier one", [(FIRST, "true")];
    a_lease_that_nobody_needs: "a row begins without the lane's lease", [("and l.send_owner = {node} and (outbox.kind", "and (outbox.kind")];
    a_lease_that_everybody_takes: "a lane is taken from the host that has it", [("(lane.send_owner is null or lane.send_owner = {node} or lane.send_until < {now})", "true")];
    a_lane_that_is_let_go_too_soon: "a lane with something due is let go", [(" then {node} end,\n    send_until = {now} + 30000,\n    pair_at", " and false then {node} end,\n    send_until = {now} + 30000,\n    pair_at")];
    a_stop_that_nobody_hears: "who said stop is written to", [("when p.opted_out_at is not null and", "when false and")];
    a_notice_after_stop: "a notice goes to who said stop", [("(outbox.kind in ('notice', 'template') or outbox.created_at < p.opted_out_at)", "outbox.created_at < p.opted_out_at")];
    a_window_that_nobody_closes: "a free text goes outside the window", [("when outbox.kind <> 'template' and", "when false and")];
    a_window_by_another_clock: "the window opens when a message comes, not when it was written", [("wrote_at = greatest(lane.wrote_at, {wrote_at})", "wrote_at = greatest(lane.wrote_at, case when {wrote_at} > 0 then {now} else 0 end)")];
    a_rest_that_nobody_keeps: "a row goes while its number rests", [("b.rest_reason is null and", "true and")];
    a_wamid_that_is_forgotten: "that Meta took a row is not noted once it is unknown", [("when 'taken' then outbox.state in ('sending', 'unknown', 'dead', 'barred')", "when 'taken' then outbox.state in ('sending')")];
    a_late_result_that_counts: "a late result changes a row", [("else outbox.version = j.version and outbox.state in ('sending') end", "else true end")];
    a_status_for_another: "a status counts for another recipient", [("and (j.recipient = '' or j.recipient = outbox.recipient or exists (select 1 from identity as i
                where i.person_id = l.person_id and i.key = coalesce(j.number, j.recipient) limit 1 offset 0))", "")];
    a_status_of_another_number: "a status counts for another business number", [("and l.business = j.business\n", "\n")];
    a_status_that_counts_twice: "a status that was known counts again", [("and k.recipient = s.value->>3 limit 1 offset 0)", "and k.recipient = s.value->>3 and false limit 1 offset 0)")];
    a_status_that_is_not_believed: "a status does not settle what is unknown", [("when j.progress = 20 then 'dead' else 'sent' end", "when j.progress = 20 then 'dead' else outbox.state end")];
    a_charge_for_what_befell_all: "what is put back is charged", [("attempts = outbox.attempts + j.charged", "attempts = outbox.attempts + 1")];
    a_bounce_that_ends: "a bounced row is dead", [("when j.again and outbox.attempts < 20 then 'queued'", "when j.again and false then 'queued'")];
}
