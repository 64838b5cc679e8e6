//! What the host says of itself: figures of the events, on both databases.

use serde_json::{Value, json};
use switchboard::prices::{Prices, Rates};
use switchboard_store::{By, Figures, Role, Slice, Store, StoreOptions};

use switchboard_kit::{
    agents::rogue,
    cluster,
    shell::Shell,
    stage::{Stage, until},
};

/// Three hundred events of an hour, one each 10 seconds: two versions of one agent, another, and the host; handoffs; a person each ten.
const EVENTS: &str = r#"
    with recursive count (n) as (select 1 union all select n + 1 from count where n < 300)
    insert into unified_agent_events (id, correlation_id, user_id, agent_type, duration_ms, payload, created_at)
    select n, 'turn', cast('0190a000-0000-7000-8000-0000000000' || (10 + n % 10) as UUID),
        case when n <= 200 then 'jobs' when n <= 299 then 'rides' end, 1000 + n, cast(case
        when n <= 100 then '{"version":"1.0","sha256":"aa","next":"completed"}'
        when n <= 150 then '{"version":"1.1","sha256":"bb","next":"cancelled"}'
        when n <= 152 then '{"version":"1.1","sha256":"bb","next":"completed","error":"a reply cannot be sent"}'
        when n <= 200 then '{"version":"1.1","sha256":"bb"}'
        when n <= 220 then '{"version":"2.0","sha256":"cc","handoffs":[{"us":7}]}'
        when n <= 240 then '{"version":"2.0","sha256":"cc","handoffs":[{"us":90},{"refused":true}]}'
        when n <= 299 then '{"version":"2.0","sha256":"cc"}' else '{"error":"no agent"}' end as JSONB),
        cast('2026-01-01T10:' || substr('0' || (n / 10), -2) || ':00.000Z' as TIMESTAMPTZ) from count"#;

async fn counted(url: &str, store: &Store, events: &'static str) {
    let mut shell = Shell::open(url).await;
    shell.run(events).await;
    let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
    let (from, to) = (at("2026-01-01T09:59:59Z"), at("2026-01-01T11:00:00Z"));
    let all = store.figures(&Slice::all(from, to)).await.expect("figures");
    let wanted = Figures {
        messages: 300,
        errors: 3,
        people: 10,
        p50_ms: Some(1150),
        p95_ms: Some(1285),
        p99_ms: Some(1297),
        handoffs: 40,
        handoff_p95_us: Some(90),
        handoffs_refused: 20,
        flows_completed: 100,
        flows_cancelled: 50,
        ..Figures::default()
    };
    assert_eq!(all, wanted);
    assert!((all.error_percent() - 1.0).abs() < 1e-9);

    let csv = switchboard::report::Report::read(store, to, to - from, &Rates::default()).await.expect("figures").csv();
    let of_all = "2026-01-01T09:59:59Z,2026-01-01T11:00:00Z,all,300,10,3,1.00,1150,1285,1297,0,100,50,40,0,0.0000\n";
    assert!(csv.starts_with("from,to,of,messages,") && csv.contains(of_all) && csv.contains(",jobs@1.1,100,"), "{csv}");

    let of = |agent: Option<&str>, sha256: Option<&str>| Slice {
        agent: agent.map(str::to_owned),
        sha256: sha256.map(str::to_owned),
        ..Slice::all(from, to)
    };
    let newer = store.figures(&of(Some("jobs"), Some("bb"))).await.expect("figures");
    assert_eq!((newer.messages, newer.errors, newer.p50_ms, newer.p99_ms), (100, 2, Some(1150), Some(1199)));
    assert_eq!(store.figures(&of(Some("rides"), Some("bb"))).await.expect("figures"), Figures::default());
    let late = store.figures(&Slice::all(to, to + 1)).await.expect("figures");
    assert_eq!((late.session_percent(), late.error_percent()), (100.0, 0.0));
    assert_eq!(late, Figures::default());

    let by = store.figures_by(from, to, By::Version).await.expect("figures");
    let short: Vec<_> = by.iter().map(|(name, f)| (name.as_str(), f.messages, f.handoffs)).collect();
    assert_eq!(short, [("@-", 1, 0), ("jobs@1.0", 100, 0), ("jobs@1.1", 100, 0), ("rides@2.0", 99, 40)]);
    let by = store.figures_by(from, to, By::Agent).await.expect("figures");
    let short: Vec<_> = by.iter().map(|(name, f)| (name.as_str(), f.messages, f.errors)).collect();
    assert_eq!(short, [("", 1, 1), ("jobs", 200, 2), ("rides", 99, 0)]);
    assert_eq!(by[1].1.p95_ms, Some(1190));
}

/// Sends that Meta bills: two of an agent's answers to Rwanda, in two statuses each, one of staff to Kenya, one to a user id, one of a test
/// number, and one that is free.
const BILLED: &str = r#"
    insert into person (person_id, bucket, created_at) values ('0190a000-0000-7000-8000-000000000021', 1, 0);
    insert into lane (lane_id, person_id, business) values (21, '0190a000-0000-7000-8000-000000000021', '1');
    insert into message (message_id, lane_id, business, wamid, space, kind, state, content, sent_at, received_at, ready_at) values
        (211, 21, '1', 'in.1', 'message', 'message', 'answered', '{}', 0, 0, 0), (212, 21, '1', 'in.2', 'message', 'message', 'answered', '{}', 0, 0, 0);
    insert into unified_agent_events (id, correlation_id, user_id, agent_type, payload, created_at) values
        (9211, 'turn-211', cast('0190a000-0000-7000-8000-000000000021' as UUID), 'jobs', cast('{"version":"1.0"}' as JSONB), cast('2026-03-01T09:00:00.000Z' as TIMESTAMPTZ)),
        (9212, 'turn-212', cast('0190a000-0000-7000-8000-000000000021' as UUID), 'jobs', cast('{"version":"1.1"}' as JSONB), cast('2026-03-01T09:00:00.000Z' as TIMESTAMPTZ));
    insert into outbox (outbox_id, lane_id, message_id, agent, body, state, progress, run_at, created_at, wamid) values
        (211, 21, 211, 'jobs', '{}', 'sent', 30, 0, 0, 'w1'), (212, 21, 212, 'jobs', '{}', 'sent', 30, 0, 0, 'w2'),
        (213, 21, 212, 'staff', '{}', 'sent', 30, 0, 0, 'w3');
    insert into status (business, wamid, status, recipient, at, progress, billable, category) values
        ('1', 'w1', 'sent', '250788000001', 1772355600000, 10, true, 'utility'), ('1', 'w1', 'delivered', '250788000001', 1772355600001, 30, true, 'utility'),
        ('1', 'w2', 'sent', '250788000001', 1772355600000, 10, true, null), ('1', 'w2', 'delivered', '250788000001', 1772442000000, 30, true, 'service'),
        ('1', 'w3', 'sent', '254700000001', 1772355600000, 10, true, 'marketing'), ('1', 'w4', 'sent', 'US.77', 1772355600000, 10, true, 'utility'),
        ('test:a', 'w5', 'sent', '250788000001', 1772355600000, 10, true, 'utility'), ('1', 'w6', 'sent', '250788000001', 1772355600000, 10, false, 'service')"#;

async fn billed(url: &str, store: &Store, sends: &'static str) {
    Shell::open(url).await.run(sends).await;
    let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-03T00:00:00Z"));
    let parts = store.billed_sends(from, to).await.expect("the sends");
    let of: Vec<_> = parts
        .iter()
        .map(|p| (p.agent.as_str(), p.version.as_str(), p.category.as_str(), p.prefix.as_str(), p.sends))
        .collect();
    let wanted = [
        ("", "-", "utility", "US.", 1),
        ("jobs", "1.0", "utility", "250", 1),
        ("jobs", "1.1", "service", "250", 1),
        ("staff", "-", "marketing", "254", 1),
    ];
    assert_eq!(of, wanted);
    let row = |country: &str, category: &str, dollars: f64| {
        format!(
            "[[price]]\ncountry = \"{country}\"\ncategory = \"{category}\"\ndollars = {dollars}\nsource = \"x\"\ndate = \"2026-01-01\"\nverified = true\n"
        )
    };
    let prices: Prices = [row("250", "utility", 0.004), row("250", "service", 0.002), row("254", "marketing", 0.02)]
        .concat()
        .parse()
        .expect("a list");
    let rates = Rates { model: None, messages: prices };
    let report = switchboard::report::Report::read(store, to, to - from, &rates).await.expect("figures");
    assert_eq!(report.sent().words(), "not known: no price for 1 of them; the others 0.03 US dollars");
    let json = report.json();
    assert_eq!(json["billed_sends"], 4);
    assert_eq!(json["costs"]["messages"]["dollars"], Value::Null, "a sum without all prices is none");
    assert_eq!(json["costs"]["by_agent"]["jobs"]["dollars"], 0.006);
    assert_eq!(
        json["costs"]["by_version"]["jobs@1.1"],
        json!({ "sends": 1, "dollars": 0.002, "without_price": 0, "unverified": false })
    );
    assert_eq!(json["costs"]["by_day"]["2026-03-01"]["sends"], 4);
    assert!(report.csv().contains(",jobs,2,") && report.csv().contains(",2,0.0060\n"), "{}", report.csv());
}

/// Three people whose message was given up: one had a session, one's was over, one never had any.
const GIVEN_UP: &str = r#"
    insert into person (person_id, bucket, created_at) values ('0190a000-0000-7000-8000-000000000011', 1, 0),
        ('0190a000-0000-7000-8000-000000000012', 1, 0), ('0190a000-0000-7000-8000-000000000013', 1, 0);
    insert into lane (lane_id, person_id, business) values (1, '0190a000-0000-7000-8000-000000000011', '1'),
        (2, '0190a000-0000-7000-8000-000000000012', '1'), (3, '0190a000-0000-7000-8000-000000000013', '1');
    insert into message (message_id, lane_id, business, space, kind, state, content, sent_at, received_at, ready_at)
        values (1, 1, '1', 'm', 'message', 'dead', '{}', 0, 1767261600000, 0), (2, 2, '1', 'm', 'message', 'dead', '{}', 0, 1767261600000, 0),
        (3, 3, '1', 'm', 'message', 'dead', '{}', 0, 1767261600000, 0), (4, 3, '1', 'm', 'message', 'answered', '{}', 0, 1767261600001, 0);
    insert into unified_sessions (id, user_id, business_number, status, last_message_at, created_at, updated_at, expires_at) values
        ('0190a000-0000-7000-8000-000000000021', '0190a000-0000-7000-8000-000000000011', '1', 'active', '2026-01-01T10:00:00.000Z', '2026-01-01T09:00:00.000Z',
            '2026-01-01T10:00:00.000Z', '2026-01-02T10:00:00.000Z'),
        ('0190a000-0000-7000-8000-000000000022', '0190a000-0000-7000-8000-000000000012', '1', 'completed', '2025-12-01T10:00:00.000Z', '2025-12-01T09:00:00.000Z',
            '2025-12-01T10:00:00.000Z', '2025-12-02T10:00:00.000Z'),
        ('0190a000-0000-7000-8000-000000000023', '0190a000-0000-7000-8000-000000000012', '1', 'active', '2026-01-01T10:00:05.000Z', '2026-01-01T10:00:05.000Z',
            '2026-01-01T10:00:05.000Z', '2026-01-02T10:00:05.000Z'),
        ('0190a000-0000-7000-8000-000000000024', '0190a000-0000-7000-8000-000000000013', '1', 'active', '2026-01-01T10:00:05.000Z', '2026-01-01T10:00:05.000Z',
            '2026-01-01T10:00:05.000Z', '2026-01-02T10:00:05.000Z')"#;

/// At 10:00, sessions that did not begin as they should.
async fn sessions_counted(url: &str, store: &Store) {
    let mut shell = Shell::open(url).await;
    shell.run(GIVEN_UP).await;
    let (from, to) = (1_767_261_600_000 - 1000, 1_767_261_600_000 + 10_000);
    let all = store.figures(&Slice::all(from, to)).await.expect("figures");
    assert_eq!((all.sessions_created, all.sessions_failed, all.session_percent()), (2, 2, 0.0));
    // Of the agent that answered one of them.
    shell
        .run(
            "insert into unified_agent_events (id, correlation_id, user_id, agent_type, created_at)
        values (1000, 'turn', '0190a000-0000-7000-8000-000000000013', 'sales', '2026-01-01T10:00:05.000Z')",
        )
        .await;
    let by = store.figures_by(from, to, By::Agent).await.expect("figures");
    let sales = &by.iter().find(|(agent, _)| agent == "sales").expect("it answered").1;
    assert_eq!((sales.messages, sales.sessions_created, sales.sessions_failed), (1, 1, 1));
    assert_eq!(store.given_up(from).await.expect("counted"), (3, 0, 0));
}

async fn open(url: &str) -> Store {
    Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens")
}

#[tokio::test]
async fn figures_are_counted_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = open(&url).await;
    // The names of types that SQLite lacks would be read as numbers there.
    let plain = |sql: &str| -> &'static str {
        let types = [" as UUID", " as JSONB", " as TIMESTAMPTZ"];
        String::leak(types.iter().fold(sql.to_owned(), |sql, of| sql.replace(of, " as text")))
    };
    counted(&url, &store, plain(EVENTS)).await;
    sessions_counted(&url, &store).await;
    billed(&url, &store, plain(BILLED)).await;
}

#[tokio::test]
async fn figures_are_counted_on_postgres() {
    let url = cluster::shared().database().await;
    let store = open(&url).await;
    let words = EVENTS.replace("substr('0' || (n / 10), -2)", "right('0' || (n / 10), 2)");
    counted(&url, &store, String::leak(words)).await;
    sessions_counted(&url, &store).await;
    billed(&url, &store, BILLED).await;
}

/// Of those lines of `/metrics` that begin with a name and have all these labels, the sum.
fn sum(metrics: &[String], name: &str, labels: &[&str]) -> i64 {
    let has = |line: &&String| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && labels.iter().all(|label| line.contains(label))
    };
    metrics.iter().filter(has).filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum::<f64>() as i64
}

/// People talk, an agent fails; then the report, `/metrics` and the checklist's SQL say the same.
async fn told_alike(mut stage: Stage) {
    stage.add("rogue", &rogue("rogue"), &["log", "records"], "");
    stage.add("second", &rogue("second"), &["log", "records"], "");
    stage.set("MODEL_PRICE_PER_MILLION_TOKENS", "0.5");
    stage.start().await;
    let [ann, bob, eve] = ["250788000001", "250788000002", "250788000003"];
    let mut talk = stage.talk(ann);
    talk.say("hello").await;
    talk.say("I want to sell a bicycle for 60k in Remera").await;
    talk.say("cancel").await;
    let mut talk = stage.talk(bob);
    for words in ["rogue trap", "rogue hello", "rogue second", "rogue there and back", "rogue nowhere", "rogue silent"]
    {
        talk.say(words).await;
    }
    stage.talk(eve).say("menu").await;
    until("all is settled", async || stage.count("select count(*) from unified_agent_events").await == 10).await;
    let billed = "select count(distinct wamid) from status where billable";
    until("all is billed", async || stage.count(billed).await == 10).await;
    let today = jiff::Timestamp::now().as_millisecond() / 86_400_000;
    let spent = format!("insert into model_use (day, agent, person_id, questions, tokens) values
        ({today}, 'jobs', '0190a000-0000-7000-8000-000000000001', 3, 3000000), ({today}, 'jobs', '0190a000-0000-7000-8000-000000000002', 1, 1000000)");
    stage.sql(String::leak(spent)).await;

    let output = stage.run(&["report", "--json", "--since", "1h"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let metrics = stage.metrics(0).await;
    let all = &report["all"];

    // The checklist's counts.
    let errors =
        stage.count("select count(*) filter (where payload->>'error' is not null) from unified_agent_events").await;
    assert_eq!((&all["messages"], &all["errors"], &all["people"]), (&json!(10), &json!(errors), &json!(3)));
    assert_eq!(errors, 4, "a trap, a way back, nobody, silence");
    assert_eq!(sum(&metrics, "switchboard_turns_total", &[]), 10);
    assert_eq!(sum(&metrics, "switchboard_turn_errors_total", &[]), errors);
    assert_eq!(sum(&metrics, "switchboard_turns_total", &["outcome=\"error\""]), errors);
    assert_eq!(
        sum(&metrics, "switchboard_turn_seconds_count", &["agent=\"rogue\"", "version=\"0.1.0\""]),
        sum(&metrics, "switchboard_turns_total", &["agent=\"rogue\"", "version=\"0.1.0\""])
    );
    for agent in ["support", "marketplace", "rogue", "second"] {
        let by_sql = "select count(*) from unified_agent_events where agent_type = '".to_owned() + agent + "'";
        let by_sql = stage.count(String::leak(by_sql)).await;
        assert!(by_sql > 0, "{agent}");
        assert_eq!(report["by_agent"][agent]["messages"], by_sql, "{report:#}");
        assert_eq!(sum(&metrics, "switchboard_turns_total", &[&format!("agent=\"{agent}\"")]), by_sql);
    }
    let ranked = "select duration_ms from unified_agent_events order by duration_ms limit 1 offset 4";
    assert_eq!(all["p50_ms"], i64::from(Shell::open(&stage.url()).await.value::<i32>(ranked).await));
    let active: i64 = report["active_sessions"].as_object().expect("agents").values().filter_map(Value::as_i64).sum();
    assert_eq!(active, stage.count("select count(*) from unified_sessions where status = 'active'").await);

    // Sessions, handoffs, flows, costs.
    assert_eq!((&all["sessions_created"], &all["sessions_failed"]), (&json!(3), &json!(0)));
    assert_eq!(sum(&metrics, "switchboard_sessions_created_total", &[]), 3);
    assert_eq!((&all["handoffs"], &all["handoffs_refused"]), (&json!(2), &json!(2)));
    assert_eq!(sum(&metrics, "switchboard_handoffs_total", &["outcome=\"given\""]), 2);
    assert_eq!(sum(&metrics, "switchboard_handoffs_total", &["outcome=\"refused\""]), 2);
    assert_eq!(sum(&metrics, "switchboard_handoff_seconds_count", &[]), 2);
    assert!(all["handoff_p95_us"].as_i64().is_some_and(|us| us > 0), "{all}");
    assert_eq!((&all["flows_completed"], &all["flows_cancelled"]), (&json!(0), &json!(1)));
    assert_eq!(sum(&metrics, "switchboard_flows_total", &["outcome=\"cancelled\""]), 1);
    assert_eq!(report["model"]["jobs"], json!({"questions": 4, "tokens": 4_000_000, "dollars": 2.0}));
    assert_eq!((&report["billed_sends"], sum(&metrics, "switchboard_billed_sends", &[])), (&json!(10), 10));
    assert_eq!(report["waiting"]["dead"], 0);

    // For people: the same numbers, and nobody's own.
    let output = stage.run(&["report", "--since", "1h"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{text}");
    for line in [
        "messages                10  of 3 people",
        "errors                   4  40.00 %",
        concat!("rogue@", env!("CARGO_PKG_VERSION")),
        "2.00 US dollars",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!([ann, bob, eve].iter().all(|phone| !text.contains(phone) && !report.to_string().contains(phone)));
}

#[tokio::test]
async fn report_metrics_and_sql_say_the_same_on_sqlite() {
    told_alike(Stage::new(&["support", "marketplace"])).await;
}

#[tokio::test]
async fn report_metrics_and_sql_say_the_same_on_postgres() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.set("DATABASE_URL", &cluster::shared().database().await);
    told_alike(stage).await;
}
