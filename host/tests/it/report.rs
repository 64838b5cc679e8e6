//! What the host says of itself: figures of the events, on both databases.

use switchboard::store::{By, Figures, Role, Slice, Store, StoreOptions};

use crate::{cluster, shell::Shell};

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

async fn open(url: &str) -> Store {
    Store::open(url, StoreOptions { role: Role::Serve, ..StoreOptions::default() }).await.expect("it opens")
}

#[tokio::test]
async fn figures_are_counted_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/store.db", folder.path().display());
    let store = open(&url).await;
    // The names of types that SQLite lacks would be read as numbers there.
    let plain =
        EVENTS.replace(" as UUID", " as text").replace(" as JSONB", " as text").replace(" as TIMESTAMPTZ", " as text");
    counted(&url, &store, String::leak(plain)).await;
}

#[tokio::test]
async fn figures_are_counted_on_postgres() {
    let url = cluster::shared().database().await;
    let store = open(&url).await;
    let words = EVENTS.replace("substr('0' || (n / 10), -2)", "right('0' || (n / 10), 2)");
    counted(&url, &store, String::leak(words)).await;
}
