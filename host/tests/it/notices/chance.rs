//! Chance drives a world, and each rule is taken out of the statements once, which must be noticed.

use super::world::{Faults, World};
use crate::sends::seeds;

/// Chance drives a world; nothing that was to be told is lost.
async fn chance(mut world: World, steps: usize) -> Vec<String> {
    for _ in 0..steps {
        world.step().await;
    }
    world.end().await;
    let mut broken = world.check().await;
    if world.count("select count(*) from notice").await > 0 {
        broken.push("somebody who writes is not told".into());
    }
    broken
}

#[tokio::test]
async fn chance_finds_no_word_twice_and_none_outside_the_window() {
    for seed in 0..seeds(6) {
        let (one, two) = (World::sqlite(seed).await, World::postgres(seed).await);
        let broken = [chance(one, 60).await, chance(two, 60).await];
        assert!(broken.iter().all(Vec::is_empty), "seed {seed}: {broken:#?}");
    }
}

/// A fault is found by some seed.
async fn is_found(what: &str, faults: Faults) {
    for seed in 0..12 {
        if let Some(broken) = chance(World::with(seed, faults).await, 60).await.first() {
            println!("{what}: seed {seed} finds it: {broken}");
            return;
        }
    }
    panic!("{what}: nothing finds it");
}

#[tokio::test]
async fn a_notice_that_is_woken_by_anything_is_found() {
    is_found("no look at when the person wrote", &[("and l.wrote_at > notice.seen_at", "")]).await;
}

#[tokio::test]
async fn a_notice_that_is_never_woken_is_found() {
    is_found("no look at who waits", &[("where waits and person_id = any", "where false and person_id = any")]).await;
}

#[tokio::test]
async fn a_notice_that_stays_is_found() {
    is_found("no end of what was brought", &[("delete from notice where not waits", "delete from notice where false")])
        .await;
}

#[tokio::test]
async fn a_window_that_is_counted_from_when_a_message_came_is_found() {
    is_found(
        "the host's clock",
        &[(
            "wrote_at = greatest(lane.wrote_at, {wrote_at})",
            "wrote_at = greatest(lane.wrote_at, case when {wrote_at} > 0 then {now} else 0 end)",
        )],
    )
    .await;
}
