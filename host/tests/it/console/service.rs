//! The service in a browser: an agent is switched off and on, a version is uploaded, played again, tried, held, dropped
//! and rolled back; a rollout is held and aborted; a person is explained and forgotten. Then with a day's turns, light and dark, wide and as
//! on a telephone.

use switchboard_core::operator::OperatorRole;
use switchboard_kit::{
    agents::{ALL, built, renamed},
    browser::Browser,
    stage::{Stage, until},
    talk::text,
};

use super::{
    access::{operator, set_password},
    day,
    visitor::Visitor,
};
use crate::swap::another_version;

const ALICE: &str = "250788000001";
const PASSWORD: &str = "correct horse battery";

/// Bytes that a page may have, its own files not counted.
const PAGE_MAX: usize = 150 * 1024;

/// What a person's page says of whether they are served.
const SERVED: &str = "section[aria-labelledby=served] .note";

/// The part of a telephone's number that no page may show.
const SECRET_DIGITS: &str = "788000";

struct Console<'a> {
    stage: &'a Stage,
    browser: &'a Browser,
}

impl Console<'_> {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("http://{}{path}", self.stage.operator_of(0))).await;
    }

    async fn sign_in(&self, name: &str) {
        self.open("/sign-in?to=/agents").await;
        self.browser.write("#name", name).await;
        self.browser.write("#password", PASSWORD).await;
        self.browser.press("form[aria-labelledby=by-password] button").await;
        self.browser.reads("h1", "Agents").await;
    }

    /// Opens a panel that asks, and presses its button.
    async fn confirms(&self, id: &str) {
        self.opens(id).await;
        self.browser.press(&format!("#{id} form button")).await;
    }

    /// Opens a panel that asks. A live page may have exchanged it under a press.
    async fn opens(&self, id: &str) {
        let is_open = format!("!!document.querySelector('#{id}[open]')");
        until(&format!("#{id} is open"), async || {
            if self.browser.value(&is_open).await == true {
                return true;
            }
            self.browser.press(&format!("#{id} summary")).await;
            self.browser.value(&is_open).await == true
        })
        .await;
    }

    /// Uploads a component on an agent's page.
    async fn uploads(&self, agent: &str, name: &str, wasm: &[u8]) {
        let file = self.stage.folder().join(name);
        std::fs::write(&file, wasm).expect("written");
        self.open(&format!("/agents/{agent}")).await;
        self.browser.write("#file", &file.display().to_string()).await;
        self.browser.press("#upload button").await;
    }

    /// Waits until the page says something by itself, without being loaded again.
    async fn says(&self, selector: &str, words: &str) {
        self.browser.reads(selector, words).await;
    }
}

async fn says(stage: &Stage, words: &str) {
    assert_eq!(stage.say(ALICE, text(words)).await, 200);
    until("it is answered", async || stage.count("select count(*) from message where state = 'queued'").await == 0)
        .await;
}

/// The agent that answered last.
async fn answered(stage: &Stage) -> String {
    stage.text("select agent_type from unified_agent_events order by id desc limit 1").await.unwrap_or_default()
}

/// An agent is off for everybody once its switch says so, and on again; two tabs show the same.
async fn switches(console: &Console<'_>) {
    let (browser, stage) = (console.browser, console.stage);
    says(stage, "post a job").await;
    assert_eq!(answered(stage).await, "jobs");
    console.open("/agents").await;
    let first = browser.tab().await;
    let second = browser.new_tab().await;
    browser.show_tab(&second).await;
    console.open("/agents/jobs").await;
    browser.reads(".head .acts", "On").await;
    browser.show_tab(&first).await;
    console.confirms("off-jobs").await;
    browser.reads(".flash", "jobs is off").await;
    let off = "select count(*) from config_audit where who = 'console:zoe'";
    assert_eq!(stage.count(off).await, 1, "it is in the audit, with its actor");
    says(stage, "menu").await;
    says(stage, "post a job").await;
    assert_ne!(answered(stage).await, "jobs", "nobody reaches it");
    // The other tab follows; what it can do now is switch on.
    browser.show_tab(&second).await;
    browser.reads(".head .acts", "Switch on").await;
    browser.press(".head .acts form[action$='/flag'] button").await;
    browser.reads(".flash", "jobs is on").await;
    browser.show_tab(&first).await;
    browser.reads("#agents", "On").await;
    until("the first tab follows", async || browser.value("!!document.querySelector('#off-jobs')").await == true).await;
    says(stage, "menu").await;
    says(stage, "post a job").await;
    assert_eq!(answered(stage).await, "jobs");
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

/// What the loader refuses changes nothing, and is said; a version that does something otherwise waits until somebody accepts that; then it is
/// on trial, is held, goes on, and is dropped.
async fn uploads(console: &Console<'_>) {
    let (browser, stage) = (console.browser, console.stage);
    let rows = "select count(*) from component_version where agent = 'jobs'";
    let before = stage.count(rows).await;
    console.uploads("jobs", "bad.wasm", b"no component").await;
    browser.reads(".flash .bad-n", "WebAssembly").await;
    assert_eq!(stage.count(rows).await, before, "a refused file is kept nowhere");
    browser.complaints().await;

    let good = built("jobs");
    let other = renamed(&good, "What is the job's title?", "What's the job's  title?");
    console.uploads("jobs", "other.wasm", &other).await;
    browser.reads(".flash", "It serves nobody yet: recorded turns are played to it first").await;
    console.says("#agent", "its replay differs").await;
    assert_eq!(browser.text("#promote").await, "", "the gate holds it");
    browser.press("#versions ~ * a[href*='/replay/'], .cards a[href*='/replay/']").await;
    browser.reads("#replay", "It differs, and waits until somebody accepts that").await;
    browser.reads("#shown", "- What is the job's title?").await;
    browser.reads("#shown", "+ What's the job's  title?").await;
    browser.press("#shown button[value=words]").await;
    browser.reads(".flash", "accepted for this version").await;
    browser.reads("#replay", "accepted by console:zoe").await;
    console.open("/agents/jobs").await;
    console.says("#trial ~ .chip", "on trial").await;
    console.says(".share", "10").await;

    console.opens("hold").await;
    browser.write("#hold-why", "lunch").await;
    browser.press("#hold form button").await;
    browser.reads(".flash", "It is held.").await;
    browser.reads(".share", "lunch").await;
    browser.press("form[action$='/resume'] button").await;
    browser.reads(".flash", "It goes on.").await;
    console.confirms("drop").await;
    browser.reads(".flash", "Rolled back").await;
    browser.reads(".cards", "rolled back by hand").await;
    let who = "select who from rollout where name = 'agent:jobs'";
    assert_eq!(stage.text(who).await.as_deref(), Some("console:zoe"));

    // One that does the same passes by itself; promoted, and back.
    console.uploads("jobs", "third.wasm", &another_version(&good, 3)).await;
    browser.reads(".flash", "Uploaded").await;
    console.says("#agent", "on trial").await;
    console.confirms("promote").await;
    browser.reads(".flash", "It serves everybody").await;
    console.confirms("back").await;
    browser.reads(".flash", "Rolled back").await;
    let serves =
        "select count(*) from rollout where name = 'agent:jobs' and state = 'aborted' and reason like 'back to %'";
    assert_eq!(stage.count(serves).await, 1);
    assert_eq!(browser.complaints().await.iter().filter(|said| !said.contains("422")).count(), 0);
}

/// A rollout begins, is held with a reason, goes on, and is aborted: everything is in force at once, and in the audit.
async fn rolls_out(console: &Console<'_>) {
    let (browser, stage) = (console.browser, console.stage);
    console.open("/rollout").await;
    browser.reads("#rollout", "No rollout").await;
    console.confirms("start").await;
    browser.reads(".flash", "The rollout has begun").await;
    browser.reads("#rollout h1 ~ p", "1").await;
    browser.reads(".leg.now", "now").await;
    browser.reads(".gates-t", "Messages in this step").await;
    console.opens("hold").await;
    browser.write("#hold-why", "the bank is closed").await;
    browser.press("#hold form button").await;
    browser.reads("#rollout", "Held by console:zoe").await;
    browser.reads("#rollout", "the bank is closed").await;
    browser.press("form[action$='/resume'] button").await;
    browser.reads("#rollout", "It goes on by its plan").await;
    console.opens("abort").await;
    browser.write("#abort-why", "it smells").await;
    browser.press("#abort form button").await;
    browser.reads(".flash", "Nobody is served by the percentage any more").await;
    browser.reads("#rollout", "it smells").await;
    let percent = "select cast(value->>'unifiedServiceRolloutPercent' as integer) from app_config where key = 'unified_service_flags'";
    assert_eq!(stage.count(percent).await, 0);
    let acts = Visitor::with_token(stage, &operator(stage, "vera", OperatorRole::Viewer)).await;
    let audit = acts.get("/audit?who=zoe").await.body;
    assert!(audit.contains("it smells") || audit.contains("rollout"), "{audit}");
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

/// A person is found by number, whose digits stand in no address; put on a list; and forgotten once the word is written.
async fn explains(console: &Console<'_>) {
    let (browser, stage) = (console.browser, console.stage);
    console.open("/people").await;
    browser.write("#who", "+250788999999").await;
    browser.press("#content form button").await;
    browser.reads(".note", "They have not written yet").await;
    browser.write("#who", &format!("+{ALICE}")).await;
    browser.press("#content form button").await;
    browser.reads("#served", "Is served").await;
    assert!(!browser.address().await.contains(SECRET_DIGITS), "no number stands in an address");
    browser.reads("h1 ~ p", "••• 001").await;
    browser.reads(SERVED, "Out").await;
    browser.press("button[value=allow]").await;
    browser.reads(SERVED, "In: answered here").await;
    browser.reads(SERVED, "allow").await;
    says(stage, "menu").await;

    // The export is given out as a file, and that is recorded.
    let zoe = Visitor::with_token(stage, &operator(stage, "ada", OperatorRole::Admin)).await;
    let person = browser.address().await;
    let person = person.split("/people/").nth(1).and_then(|rest| rest.split('?').next()).expect("a person").to_owned();
    let export = zoe.post(&format!("/people/{person}/export"), &[]).await;
    assert!(export.status.is_success() && export.body.contains(ALICE), "{}", export.body);
    assert_eq!(stage.count("select count(*) from audit where act = 'person.export' and who = 'ada'").await, 1);

    console.opens("forget").await;
    browser.write("#word", "remember").await;
    browser.press("#forget form button").await;
    browser.reads(".flash", "Nothing was deleted").await;
    console.opens("forget").await;
    browser.write("#word", "forget").await;
    browser.press("#forget form button").await;
    browser.reads(".flash", "They are forgotten").await;
    assert_eq!(stage.count("select count(*) from audit where act like '%forget%' and who = 'zoe'").await, 1);
    assert_eq!(stage.count("select count(*) from unified_agent_events where user_phone is not null").await, 0);
    browser.complaints().await;
}

/// While a page is open its host goes and comes back: the page says so, and catches up.
async fn outlives_a_restart(stage: &mut Stage, browser: &Browser) {
    Console { stage, browser }.open("/agents").await;
    browser.value("(window.same = true)").await;
    assert!(stage.terminate());
    browser.reads("#live", "Not live since").await;
    day::seed(stage).await;
    stage.start().await;
    until("it is live again", async || browser.text("#live").await.is_empty()).await;
    let out = stage.run(&["flags", "set", "agentFlags.support", "false", "--yes"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    until("it has caught up", async || browser.value("!document.querySelector('#off-support')").await == true).await;
    assert_eq!(browser.value("window.same").await, true, "it was not loaded again");
    let out = stage.run(&["flags", "set", "agentFlags.support", "true", "--yes"]);
    assert!(out.status.success());
    browser.complaints().await;
}

/// The overview's figures are those of the day, and each opens what is behind it.
async fn shows_the_day(console: &Console<'_>) {
    let browser = console.browser;
    console.open("/").await;
    let messages = "select coalesce(sum(messages), 0) from figure_slot";
    until("the day is counted", async || console.stage.count(messages).await >= 2000).await;
    console.says("#figures", "Messages").await;
    until("the chart has bars", async || {
        browser.value("!!document.querySelector('#figures svg path.f1')").await == true
    })
    .await;
    console.says("#figures", "Counted from the turns up to").await;
    browser.reads("#people-and-changes", "I paid twice").await;
    browser.press("#figures nav a[href='/?since=7d']").await;
    browser.reads("#figures [aria-current]", "7 days").await;
    browser.press("#figures tbody a[href='/agents/marketplace']").await;
    browser.reads("h1", "marketplace").await;
    console.open("/").await;
    browser.press("#overview a[href='/waiting']").await;
    browser.reads("#waiting", "Replies that were given up").await;
}

/// Every new page in both schemes, wide and as on a telephone: axe finds nothing serious, nothing is wider than the window, no policy is
/// broken, no number is shown.
async fn is_usable(console: &Console<'_>, pages: &[&str]) {
    let browser = console.browser;
    browser.complaints().await;
    for (width, height, dark) in [(1280, 900, false), (390, 844, true)] {
        browser.show_as(width, height, dark).await;
        for path in pages {
            console.open(path).await;
            let wide = browser.value("document.documentElement.scrollWidth").await.as_i64().unwrap_or_default();
            assert!(wide <= i64::from(width), "{path} is {wide} wide at {width}");
            let html = browser.value("document.documentElement.outerHTML").await;
            let html = html.as_str().unwrap_or_default();
            assert!(html.len() < PAGE_MAX, "{path} has {} bytes", html.len());
            assert!(!html.contains(SECRET_DIGITS), "{path} shows a number");
            let found = browser.barriers().await.unwrap_or_default();
            let serious: Vec<_> =
                found.iter().filter(|one| ["serious", "critical"].contains(&one.impact.as_str())).collect();
            assert!(serious.is_empty(), "{path} at {width}: {serious:?}");
        }
    }
    browser.show_as(1280, 900, false).await;
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

/// A host with an admin, whose agents are gated and tried.
pub async fn staged() -> Stage {
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.add("jobs", &built("jobs"), &ALL, "");
    stage.more_of_entry("update = \"canary\"\ngate = \"replay\"");
    stage.start().await;
    operator(&stage, "zoe", OperatorRole::Admin);
    let (taken, said) = set_password(&stage, "zoe", PASSWORD);
    assert!(taken, "{said}");
    stage
}

#[tokio::test]
async fn agents_and_rollouts_are_run_from_the_console() {
    let Some(browser) = Browser::start().await else { return };
    let stage = staged().await;
    let console = Console { stage: &stage, browser: &browser };
    console.sign_in("zoe").await;
    is_usable(&console, &["/", "/agents", "/agents/jobs", "/rollout", "/people"]).await;
    switches(&console).await;
    uploads(&console).await;
    rolls_out(&console).await;
    let replay = stage.text("select substr(new_sha256, 1, 12) from replay_run order by run_id limit 1").await;
    let replay = format!("/agents/jobs/replay/{}", replay.expect("a replay"));
    is_usable(&console, &["/agents/jobs", &replay, "/rollout"]).await;
}

#[tokio::test]
async fn a_person_and_a_day_of_the_service() {
    let Some(browser) = Browser::start().await else { return };
    let mut stage = staged().await;
    says(&stage, "post a job").await;
    let out = stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    {
        let console = Console { stage: &stage, browser: &browser };
        console.sign_in("zoe").await;
        explains(&console).await;
    }
    outlives_a_restart(&mut stage, &browser).await;
    let console = Console { stage: &stage, browser: &browser };
    shows_the_day(&console).await;
    let person = stage.text("select cast(person_id as text) from ticket limit 1").await.expect("a person");
    is_usable(&console, &["/", "/?since=7d", "/agents", "/waiting", "/settings", &format!("/people/{person}")]).await;
}
