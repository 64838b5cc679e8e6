//! The kinds that have a test of their own in other modules: `make test` runs those by themselves.

use super::{Kind, Run};

/// By whom, what, what must hold, and the test.
type Elsewhere = (&'static str, &'static str, &'static str, fn());

const KINDS: &[Elsewhere] = &[
    (
        "stranger",
        "1,100 idle connections",
        "the longest quiet make room",
        crate::edge::eleven_hundred_idle_connections_do_not_close_the_port,
    ),
    (
        "stranger",
        "quiet connections on a full port",
        "a delivery is taken",
        crate::edge::a_full_port_takes_a_delivery_and_closes_the_quiet,
    ),
    (
        "stranger",
        "heads that never end",
        "closed in time",
        crate::edge::a_slow_head_and_a_quiet_connection_are_closed_in_time,
    ),
    (
        "stranger",
        "200 bodies of 3 MB, half sent",
        "64 MB are held, deliveries are taken",
        crate::edge::half_sent_bodies_hold_bounded_memory_and_keep_nobody_out,
    ),
    (
        "stranger",
        "only wrong signatures",
        "a problem of /health, one line a minute",
        crate::edge::wrong_signatures_are_a_problem_of_health_while_all_are_wrong,
    ),
    (
        "body",
        "bodies of years ago",
        "stored, not answered",
        crate::edge::what_is_older_than_meta_retries_is_stored_and_not_answered,
    ),
    (
        "body",
        "a business number that is not ours",
        "as configured",
        crate::edge::a_number_that_is_not_ours_is_answered_stored_or_refused_as_configured,
    ),
    ("body", "a byte more than 3 MB", "413", crate::webhook::a_body_of_3_mb_is_taken_and_one_byte_more_is_not),
    (
        "body",
        "a message that is none in a batch",
        "the others are read",
        crate::webhook::one_bad_message_leaves_its_batch,
    ),
    ("person", "a flood of messages", "answered once", crate::talk::a_flood_is_answered_once),
    (
        "person",
        "texts that look like log lines",
        "no line is forged",
        crate::logs::no_line_is_forged_and_no_secret_is_printed_as_text,
    ),
    (
        "person",
        "a recycled number",
        "somebody new",
        crate::identities::sqlite::the_new_owner_of_a_number_is_somebody_new,
    ),
    (
        "person",
        "another user id on a known number",
        "another person",
        crate::identities::sqlite::another_user_id_is_another_person,
    ),
    (
        "person",
        "a number that somebody takes over",
        "nobody becomes another",
        crate::identities::sqlite::a_number_that_somebody_takes_over_makes_nobody_one,
    ),
    (
        "person",
        "a recycled number at a running host",
        "nothing of the former owner is heard",
        crate::identities::a_recycled_number_meets_a_running_host,
    ),
    (
        "service",
        "files endless, vast, half, elsewhere or posing",
        "made good, or refused",
        crate::files::sqlite::whatever_is_wrong_with_a_fetch_is_made_good_or_refused,
    ),
    ("person", "files that would fill the disk", "quotas hold", crate::files::sqlite::quotas_hold),
    (
        "agent",
        "handles of other people's files",
        "no such file",
        crate::files::sqlite::a_file_is_its_persons_and_of_listings_alone,
    ),
    ("service", "fetches of files that hang", "others are answered", crate::files::fetches_that_hang_hold_nobody_up),
    (
        "service",
        "a model that invents links, numbers and prices",
        "not said",
        crate::model::what_nobody_gave_is_not_said_and_the_agent_goes_on_without_the_model,
    ),
    (
        "person",
        "words that give the model orders",
        "they are data",
        crate::model::what_was_shown_before_goes_out_as_data_and_never_as_the_models_own_words,
    ),
    (
        "service",
        "a model that fails in every way",
        "within its time",
        crate::model::failures_are_tried_again_within_the_time_and_no_longer,
    ),
    (
        "agent",
        "questions to the model without end",
        "caps of a day hold",
        crate::tokens::sqlite::caps_hold_over_hosts_and_whatever_asks_at_once,
    ),
    (
        "service",
        "a legacy service that never answers",
        "tried once more",
        crate::legacy::no_answer_is_an_unknown_outcome_that_is_counted_and_tried_once_more,
    ),
    (
        "agent",
        "arguments and results of hundreds of MB",
        "4 MiB are held, then an apology",
        crate::budget::a_turn_holds_no_more_than_its_budget,
    ),
    ("agent", "writes without end", "a limit after a megabyte", crate::budget::a_turn_writes_a_megabyte_at_most),
    (
        "agent",
        "more turns than there is memory",
        "they wait, others are answered",
        crate::budget::turns_wait_for_memory_and_none_for_ever,
    ),
    (
        "agent",
        "48 worst turns, 40 people waiting",
        "memory within its bound",
        crate::budget::memory_stays_within_its_bound,
    ),
    (
        "agent",
        "notices that cause notices",
        "two links at the most",
        crate::chains::sqlite::one_message_causes_a_bounded_number_of_notices,
    ),
    (
        "agent",
        "a timer that sets itself",
        "so often a day",
        crate::chains::sqlite::a_timer_that_sets_itself_fires_so_often_a_day,
    ),
    (
        "agent",
        "more notices than answers",
        "it is muted",
        crate::chains::sqlite::an_agent_that_is_louder_than_it_answers_is_muted,
    ),
    (
        "agent",
        "an agent that is stopped again and again",
        "it rests",
        crate::fair::sqlite::an_agent_that_is_stopped_again_and_again_rests_and_is_tried_again,
    ),
    ("agent", "loops within their fuel", "time runs out", crate::sandbox::time_runs_out),
    (
        "agent",
        "a capability that was not granted",
        "the component is refused",
        crate::sandbox::what_an_agent_was_not_granted_it_does_not_get,
    ),
    (
        "agent",
        "looking for another's words in memory",
        "not one is found",
        crate::sandbox::each_turn_has_an_instance_of_its_own,
    ),
    (
        "agent",
        "log lines without end, with numbers",
        "64 of a turn, masked",
        crate::sandbox::a_log_is_cut_and_tells_no_number,
    ),
    ("agent", "files, sockets and environment of the host", "there are none", crate::wasi::there_is_nothing_around),
    ("agent", "endless random bytes", "a little", crate::wasi::nobody_makes_the_host_give_more_than_a_little),
    (
        "agent",
        "every function with every nasty value",
        "each turn is settled",
        crate::bounds::a_turn_with_nasty_values_is_settled_on_sqlite,
    ),
    (
        "agent",
        "the same on Postgres",
        "each turn is settled",
        crate::bounds::a_turn_with_nasty_values_is_settled_on_postgres,
    ),
    ("agent", "records, listings and searches without end", "a limit", crate::bounds::a_quota_is_a_limit_on_sqlite),
    (
        "file",
        "all odd files at once, and a restart beside them",
        "good ones are served",
        crate::loader::odd_files_are_refused_and_good_ones_are_served,
    ),
    (
        "file",
        "a component that compiles for minutes",
        "refused after its time",
        crate::loader::a_component_is_compiled_within_limits_of_time_and_memory,
    ),
    (
        "file",
        "a component that compiles long",
        "no other waits",
        crate::loader::one_that_compiles_long_holds_no_other_up,
    ),
    (
        "machine",
        "a compile cache that is a file, another's, or full",
        "done without",
        crate::loader::a_cache_that_cannot_be_used_is_done_without,
    ),
    (
        "file",
        "a file that is broken while the host is down",
        "the last good version serves",
        crate::loader::the_last_good_version_stands_in_on_sqlite,
    ),
    (
        "machine",
        "a host that dies at commits",
        "nothing is lost, nothing is done twice",
        crate::crash::nothing_is_lost_and_nothing_is_done_twice,
    ),
];

pub(super) fn kinds() -> Vec<Kind> {
    KINDS.iter().map(|&(by, name, bound, test)| Kind { by, name, bound, run: Run::Test(test) }).collect()
}
