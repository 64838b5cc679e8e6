//! (i) The console beside a million messages: how long each page takes, and what five operators who watch cost those who write.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use switchboard_kit::{cluster::Cluster, stage::Stage};
use tokio::task::JoinSet;

use super::growth;
use crate::{
    Size, load,
    measure::{Percentiles, nanos, ratios},
    report::{Goal, Report},
};

/// People, and the messages of each.
const PEOPLE: [usize; 3] = [1_000, 10_000, 100_000];
const EACH: usize = 10;

/// The longest that a page may take, 95 of 100 times, in milliseconds.
const PAGE_MS: f64 = 100.0;

/// Operators who watch.
const WATCHERS: usize = 5;

/// Messages a second meanwhile.
const RATE: f64 = 100.0;

/// The pages of the daily work; `{person}` and `{turn}` are one of them.
const PAGES: [&str; 9] = [
    "/",
    "/waiting",
    "/inbox",
    "/inbox/{person}",
    "/turns",
    "/turns?q=somewhere",
    "/turns/{turn}",
    "/audit",
    "/settings",
];

/// Five people whom a human has, and twelve dead replies.
const DAY: &str = "
    update person set taken_over_by = 'ann', taken_over_at = {now} - 86400000 where phone in ('250720000001', '250720000002', '250720000003', '250720000004', '250720000005');
    update outbox set state = 'dead', error = '131026 undeliverable' where outbox_id <= 12;";

/// Measures and reports.
pub fn run(report: &mut Report, size: Size) -> anyhow::Result<()> {
    report.section(
        "(i) The console",
        "The built program with its emulator, on databases that hold so many people with ten messages each. A page is asked for one request \
         after the other by one operator: p95 of all of them, in ms. Then messages come at 100 a second, in rounds with nobody watching and with five \
         operators, each with the event stream open and the overview, inbox and turns loaded in turn: p99 of the webhook's answer.",
    );
    let cluster = Cluster::start(true);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for which in ["SQLite", "Postgres"] {
        for people in PEOPLE.into_iter().take(size.pick(1, PEOPLE.len())) {
            let mut stage = runtime.block_on(filled(which, people, &cluster))?;
            let operator = runtime.block_on(Operator::sign_in(&stage))?;
            let is_last = people == PEOPLE[size.pick(1, PEOPLE.len()) - 1];
            let mut slowest = (0.0, "");
            for page in PAGES {
                let p95 = runtime.block_on(operator.p95(page, size.pick(10, 60)))?;
                slowest = if p95 > slowest.0 { (p95, page) } else { slowest };
                if is_last {
                    let what = format!("{which}, {} messages, `{page}`, p95 ms", people * EACH);
                    report.goal(&what, format!("{p95:.1}"), Goal::at_most(p95, PAGE_MS, " ms"));
                }
            }
            let what = format!("{which}, {} messages, the slowest page, p95 ms", people * EACH);
            report.line(&what, format!("{:.1} (`{}`)", slowest.0, slowest.1));
            if is_last {
                watched(report, which, &stage, &operator, &runtime, size)?;
            }
            ensure!(stage.terminate(), "the host did not stop");
        }
    }
    Ok(())
}

/// A running host on a database that was filled before.
async fn filled(which: &str, people: usize, cluster: &Cluster) -> anyhow::Result<Stage> {
    let mut stage = Stage::new(&["support"]);
    let secrets = format!("{},{}", switchboard_kit::stage::SECRET, load::SECRET);
    stage.set("WHATSAPP_APP_SECRET", String::leak(secrets));
    stage.set("OPERATOR_TOKEN", TOKEN);
    if which == "Postgres" {
        stage.set("DATABASE_URL", &cluster.database().await);
    }
    let url = stage.url();
    growth::fill(&url, people, EACH).await?;
    let now = crate::measure::now_us() / 1000;
    let names = if which == "Postgres" { "set search_path to switchboard, public;" } else { "" };
    growth::run_sql(&url, format!("{names}{}", DAY.replace("{now}", &now.to_string()))).await?;
    stage.start().await;
    Ok(stage)
}

const TOKEN: &str = "a-token-of-the-bench";

/// Somebody who is signed in.
#[derive(Clone)]
struct Operator {
    http: reqwest::Client,
    host: String,
    cookie: String,
}

impl Operator {
    async fn sign_in(stage: &Stage) -> anyhow::Result<Operator> {
        let host = stage.operator_of(0).to_owned();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let form = http.post(format!("http://{host}/sign-in")).header("origin", format!("http://{host}"));
        let form =
            form.header("sec-fetch-site", "same-origin").header("content-type", "application/x-www-form-urlencoded");
        let answer = form.body(format!("token={TOKEN}&to=%2F")).send().await?;
        let cookie = answer.headers().get("set-cookie").context("the sign-in was refused")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Operator { http, host, cookie })
    }

    /// Loads a page.
    async fn load(&self, page: &str) -> anyhow::Result<()> {
        let page = page.replace("{person}", "00000000-0000-7000-8000-000000000001").replace("{turn}", "1");
        let answer = self.http.get(format!("http://{}{page}", self.host)).header("cookie", &self.cookie).send().await?;
        ensure!(answer.status().is_success(), "{page}: {}", answer.status());
        answer.bytes().await?;
        Ok(())
    }

    /// 95 of 100 loads of a page take at most so many milliseconds.
    async fn p95(&self, page: &str, n: usize) -> anyhow::Result<f64> {
        let mut took = Vec::with_capacity(n);
        for _ in 0..n {
            let began = Instant::now();
            self.load(page).await?;
            took.push(nanos(began));
        }
        took.sort_unstable();
        Ok(took[(n * 95 / 100).min(n - 1)] as f64 / 1e6)
    }

    /// Watches until it is aborted: the event stream stays open, and three pages are loaded in turn, one each second.
    async fn watch(self) {
        let stream = self.http.get(format!("http://{}/events", self.host)).header("cookie", &self.cookie).send().await;
        for page in ["/", "/inbox", "/turns"].into_iter().cycle() {
            if self.load(page).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        drop(stream);
    }
}

/// Messages at a steady rate, in rounds with nobody and with five operators watching.
fn watched(
    report: &mut Report,
    which: &str,
    stage: &Stage,
    operator: &Operator,
    runtime: &tokio::runtime::Runtime,
    size: Size,
) -> anyhow::Result<()> {
    let port = stage.webhook.rsplit(':').next().context("a port")?.parse()?;
    let round = || -> anyhow::Result<Percentiles> {
        let requests = load::requests(size.pick(200, 2_000));
        Ok(load::open(port, &requests, 16, RATE)?.answer)
    };
    round()?;
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..size.pick(1, 5) {
        alone.push(round()?.p99);
        let mut watchers = JoinSet::new();
        for _ in 0..WATCHERS {
            watchers.spawn_on(operator.clone().watch(), runtime.handle());
        }
        beside.push(round()?.p99);
        runtime.block_on(watchers.shutdown());
    }
    let ratio = ratios(&beside, &alone);
    let goal = Goal::at_most(ratio.median, 1.1, "×");
    report.goal(&format!("{which}, p99 of a webhook's answer, five operators to nobody"), ratio, goal);
    Ok(())
}
