//! After an absence, of people or of Meta: each person gets one answer.

use super::world::World;
use super::world::{BUSINESSES, HOUR_MS, MINUTE_MS};
use super::{history, told};
use switchboard_core::{inbox::Item, window::WINDOW_MS};

on_both! {
    after_an_absence_come_the_answer_the_newest_and_how_many_more
    after_an_hour_and_a_bit
    after_a_day
    after_six_days
    a_message_that_comes_a_day_late_is_answered_by_a_template_and_by_what_comes_next
    of_messages_that_came_late_the_newest_is_answered
    a_late_message_keeps_its_place_in_the_lane
}

async fn a_message_that_comes_a_day_late_is_answered_by_a_template_and_by_what_comes_next(mut world: World) {
    for n in 0..2 {
        world.writes(1, BUSINESSES[0], &format!("long ago {n}"), 30 * HOUR_MS - n).await;
        world.passes(4_000);
        world.looks().await;
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    let replies = told(&world, 1).await;
    assert!(replies.len() == 1 && replies[0].starts_with("template"), "{replies:?}");
    let claims = world.writes(1, BUSINESSES[0], "and now", 0).await;
    let session = claims[0].session.clone().expect("a session");
    assert_eq!(session.history.iter().map(|said| said.text.as_str()).collect::<Vec<_>>(), ["long ago 0", "long ago 1"]);
    world.answers(claims, Vec::new()).await;
    let replies = told(&world, 1).await;
    assert!(replies.len() == 2 && replies[1].starts_with("answer"), "{replies:?}");
}

async fn of_messages_that_came_late_the_newest_is_answered(mut world: World) {
    // In their order and out of it, in one delivery and in three.
    for (person, order, apart) in [(1, [4, 3, 2], 0), (2, [2, 3, 4], 0), (3, [3, 2, 4], 500)] {
        for hours in order {
            world.writes(person, BUSINESSES[0], &format!("{hours} hours ago"), hours * HOUR_MS).await;
            world.passes(apart);
            world.looks().await;
        }
        world.passes(3_000);
        world.looks().await;
        let replies = told(&world, person).await;
        assert!(replies.len() == 1 && replies[0].starts_with("answer"), "{order:?}: {replies:?}");
        let said = history(&world, person).await;
        assert_eq!(said.matches("hours ago").count(), 3, "{said}");
    }
    // One that was answered before is no reason to leave a question without its answer.
    let claims = world.writes(4, BUSINESSES[0], "hello?", 0).await;
    world.answers(claims, Vec::new()).await;
    world.passes(HOUR_MS);
    world.writes(4, BUSINESSES[0], "I sell a bicycle", 2 * HOUR_MS).await;
    world.passes(3_000);
    world.looks().await;
    assert_eq!(told(&world, 4).await.len(), 2);
}

async fn a_late_message_keeps_its_place_in_the_lane(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "first", 0).await;
    world.writes(1, BUSINESSES[0], "late", 2 * HOUR_MS).await;
    world.writes(1, BUSINESSES[0], "last", 0).await;
    world.answers(claims, Vec::new()).await;
    assert_eq!(told(&world, 1).await.len(), 1, "what came after it waits with it");
    world.passes(3_000);
    world.looks().await;
    let said = history(&world, 1).await;
    let place = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(place("first") < place("late") && place("late") < place("last"), "{said}");
}

async fn after_an_absence_come_the_answer_the_newest_and_how_many_more(mut world: World) {
    let claims = world.writes(1, BUSINESSES[0], "hello", 0).await;
    let person = claims[0].person.id;
    world.answers(claims, Vec::new()).await;
    world.passes(2 * WINDOW_MS);
    let mut words = Vec::new();
    for _ in 0..40 {
        words.push(world.says(person, BUSINESSES[0]).await);
        world.looks().await;
        world.passes(MINUTE_MS);
    }
    assert_eq!(told(&world, 1).await[1..].len(), 1, "one template for all of them");
    let claims = world.writes(1, BUSINESSES[0], "I am back", 0).await;
    world.answers(claims, Vec::new()).await;
    world.looks().await;
    let replies = told(&world, 1).await.split_off(2);
    assert!(replies.len() == 5 && replies[0].starts_with("answer"), "{replies:?}");
    assert!(replies[1..4].iter().zip(&words[37..]).all(|(reply, word)| reply.contains(word)), "{replies:?}");
    assert!(replies[4].contains("More messages for you: 37."), "{replies:?}");
    assert_eq!(world.count("select count(*) from notice").await, 0);
}

/// Nobody could be reached for a while, and then Meta delivers everything at once: several messages of each person, and some that they
/// wrote before it began.
async fn everybody_gets_one_answer_after(absence_ms: i64, mut world: World) {
    const PEOPLE: u64 = 9;
    for person in 0..PEOPLE {
        let claims = world.writes(person, BUSINESSES[0], "before", 0).await;
        world.answers(claims, Vec::new()).await;
    }
    let before = world.count("select count(*) from outbox").await;
    world.passes(absence_ms + HOUR_MS);
    let (mut items, mut bodies) = (Vec::new(), Vec::new());
    for nth in 0..5 {
        for person in 0..PEOPLE {
            // From the beginning of the absence to its end.
            items.push(world.message(person, BUSINESSES[0], "meanwhile", absence_ms - nth * MINUTE_MS));
        }
    }
    // In any order, and some of it twice.
    while !items.is_empty() {
        let many = items.len().min(7);
        let body: Vec<Item> = (0..many).map(|_| items.swap_remove(world.below(items.len() as u64) as usize)).collect();
        bodies.push(body.clone());
        bodies.push(body);
    }
    for body in bodies {
        let claims = world.receives(body).await;
        world.answers(claims, Vec::new()).await;
        world.passes(20);
    }
    world.passes(3_000);
    for _ in 0..5 {
        world.looks().await;
        world.passes(500);
    }
    assert_eq!(world.check().await, [] as [String; 0]);
    assert_eq!(world.count("select count(*) from message where state = 'queued'").await, 0);
    let each = "select count(*) from (select lane_id from outbox group by lane_id having count(*) = 2) as o";
    assert_eq!(world.count(each).await, PEOPLE as i64, "each gets one answer or one template");
    assert_eq!(world.count("select count(*) from outbox").await, before + PEOPLE as i64);
    let templates = world.count("select count(*) from outbox where kind = 'template'").await;
    assert_eq!(templates, if absence_ms < WINDOW_MS { 0 } else { PEOPLE as i64 });
}

async fn after_an_hour_and_a_bit(world: World) {
    everybody_gets_one_answer_after(HOUR_MS + 10 * MINUTE_MS, world).await;
}

async fn after_a_day(world: World) {
    everybody_gets_one_answer_after(WINDOW_MS + 5 * MINUTE_MS, world).await;
}

async fn after_six_days(world: World) {
    everybody_gets_one_answer_after(6 * WINDOW_MS, world).await;
}
