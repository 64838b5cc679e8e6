//! The daily work in a browser: one Chromium, one host, one story. A customer asks for a human, who signs in, claims, answers, hands back; then
//! the same without JavaScript; what was given up is sent again; and every page light and dark, wide and as on a telephone, with axe and the
//! page's own policy as judges.

use reqwest::StatusCode;
use serde_json::json;
use switchboard_core::operator::OperatorRole;
use switchboard_kit::{
    browser::Browser,
    shell::Shell,
    stage::{Stage, until},
    talk::{Talk, text},
};

use super::{
    access::{operator, set_password},
    visitor::Visitor,
};

const ALICE: &str = "250788000001";
const PASSWORD: &str = "correct horse battery";

/// Bytes that a page may have, its own files not counted.
const PAGE_MAX: usize = 100 * 1024;

/// The part of a telephone's number that no page may show.
const SECRET_DIGITS: &str = "788000";

struct Desk<'a> {
    stage: &'a Stage,
    browser: &'a Browser,
}

impl Desk<'_> {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.stage.operator_of(0))
    }

    async fn open(&self, path: &str) {
        self.browser.open(&self.url(path)).await;
    }

    async fn sign_in(&self, name: &str) {
        self.open("/sign-in?to=/inbox").await;
        self.browser.write("#name", name).await;
        self.browser.write("#password", PASSWORD).await;
        self.browser.press("form[aria-labelledby=by-password] button").await;
        self.browser.reads("h1", "Inbox").await;
    }
}

/// Signing in: what is wrong is said, and what is right leads to where one wanted to go.
async fn signs_in(desk: &Desk<'_>) {
    let browser = desk.browser;
    desk.open("/inbox").await;
    browser.reads("h1", "Sign in").await;
    browser.write("#name", "grace").await;
    browser.write("#password", "wrong").await;
    browser.press("form[aria-labelledby=by-password] button").await;
    browser.reads("[role=alert]", "The name or the password is wrong.").await;
    assert_eq!(browser.value("document.querySelector('#name').value").await, "grace", "the name stays");
    desk.sign_in("grace").await;
    // Anyone who answers people begins at the inbox.
    desk.open("/").await;
    browser.reads("h1", "Inbox").await;
    assert!(browser.complaints().await.iter().all(|said| said.contains("401")), "only the wrong password was refused");
}

/// A customer asks for a human; Grace claims, notes, answers and hands back. What others do is seen without a reload.
async fn answers(desk: &Desk<'_>) {
    let (browser, stage) = (desk.browser, desk.stage);
    let mut alice = stage.talk(ALICE);
    // What the host says beside, such as that a human is here, may come before.
    async fn hears(alice: &mut Talk<'_>, words: &str) {
        while !alice.hears().await.contains(words) {}
    }
    alice.say("hello").await;
    assert_eq!(browser.text(".item").await, "", "nobody waits");
    alice.say("talk to a human").await;
    browser.reads(".item", "asked for a human").await;
    browser.press(".item").await;
    browser.reads("#talk", "talk to a human").await;
    browser.reads(".claim", "Reading is not taking over.").await;
    assert!(!browser.text(".side").await.contains(SECRET_DIGITS), "the number is masked");
    browser.press("[data-key=claim]").await;
    browser.reads(".flash", "It is yours").await;

    // Words that come meanwhile, and a draft that survives a reload.
    browser.write("#answer", "Muraho, ").await;
    stage.say(ALICE, text("My bicycle has two owners")).await;
    browser.reads("#talk", "two owners").await;
    assert_eq!(browser.value("document.querySelector('#answer').value").await, "Muraho, ", "the draft stays");
    let here = browser.address().await;
    browser.open(&here).await;
    assert_eq!(browser.value("document.querySelector('#answer').value").await, "Muraho, ", "after a reload, too");
    browser.write("#answer", "Write both names").await;
    browser.press("form[action$='/say'] button").await;
    hears(&mut alice, "Write both names").await;
    browser.reads("#talk", "grace (you)").await;
    let tick = "document.querySelector('.say.staff .meta').textContent";
    until("the ticks come by themselves", async || browser.value(tick).await.to_string().contains("Delivered")).await;

    browser.press(".write details summary").await;
    browser.write("#note", "Ask Bob about the papers").await;
    browser.press("form[action$='/note'] button").await;
    browser.reads(".say.inner", "Ask Bob about the papers").await;

    // The number is shown for a reason, and once.
    browser.press(".side details summary").await;
    browser.write("#reason", "the courier must call").await;
    browser.press("form[action$='/number'] button").await;
    browser.reads("#known-by", ALICE).await;
    desk.open(&here[here.find("/inbox").expect("an address")..]).await;
    browser.reads("#known-by", "•••").await;

    browser.press("form[action$='/release'] button").await;
    browser.reads(".flash", "Agents answer again.").await;
    stage.say(ALICE, text("menu")).await;
    // An agent answers again.
    hears(&mut alice, "What would you like to do?").await;
    let notes = stage.count("select count(*) from desk_note").await;
    let shown = stage.count("select count(*) from audit where act = 'person.number' and way = 'console'").await;
    assert_eq!((notes, shown), (1, 1));
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

/// One key, one message: what is sent twice under it arrives once. What another human was quicker with is said.
async fn sends_once(desk: &Desk<'_>) {
    let stage = desk.stage;
    let mut shell = Shell::open(&stage.url()).await;
    let person = shell.texts("select cast(person_id as text) from person").await.remove(0);
    let (grace, bob) =
        (operator(stage, "grace2", OperatorRole::Support), operator(stage, "bob", OperatorRole::Support));
    let (grace, bob) = (Visitor::with_token(stage, &grace).await, Visitor::with_token(stage, &bob).await);
    let path = |act: &str| format!("/inbox/{person}/{act}");
    assert_eq!(grace.post(&path("claim"), &[]).await.status, StatusCode::SEE_OTHER);
    let late = bob.post(&path("claim"), &[]).await;
    assert!(late.status == StatusCode::CONFLICT && late.body.contains("grace2 was quicker"), "{}", late.body);
    let before = stage.count("select count(*) from desk_word").await;
    let words = [("text", "Twice <b>pressed</b>"), ("key", "01890000-0000-7000-8000-000000000001")];
    for _ in 0..2 {
        assert_eq!(grace.post(&path("say"), &words).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(stage.count("select count(*) from desk_word").await, before + 1, "it is one message");
    let page = grace.get(&format!("/inbox/{person}")).await.body;
    assert!(page.contains("Twice &#60;b&#62;pressed") && !page.contains("<b>pressed"), "words are never markup");
    let empty = grace.post(&path("say"), &[("text", " "), ("key", "01890000-0000-7000-8000-000000000002")]).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("The text is empty."));
    assert_eq!(grace.post(&path("release"), &[]).await.status, StatusCode::SEE_OTHER);
}

/// Without JavaScript everything that matters works: forms are forms, and a reload shows what is new.
async fn works_without_scripts(desk: &Desk<'_>) {
    let (browser, stage) = (desk.browser, desk.stage);
    let heard = stage.heard(ALICE, 0, 1).await.len();
    browser.allow_scripts(false).await;
    desk.sign_in("grace").await;
    let mut shell = Shell::open(&stage.url()).await;
    let person = shell.texts("select cast(person_id as text) from person").await.remove(0);
    desk.open(&format!("/inbox/{person}")).await;
    browser.press("[data-key=claim]").await;
    browser.reads(".flash", "It is yours").await;
    browser.write("#answer", "Without scripts").await;
    browser.press("form[action$='/say'] button").await;
    browser.reads("#talk", "Without scripts").await;
    until("the phone has it", async || {
        let said = stage.heard(ALICE, heard, 1).await;
        said.iter().any(|one| one.body.to_string().contains("Without scripts"))
    })
    .await;
    browser.press(".talk-head details summary").await;
    browser.press("form[action$='/close'] button").await;
    browser.reads(".flash", "It is closed.").await;
    browser.allow_scripts(true).await;
}

/// What was given up is shown by its reason, sent again or discarded; who may not is not shown the buttons.
async fn sends_again(desk: &Desk<'_>) {
    let (browser, stage) = (desk.browser, desk.stage);
    let mut shell = Shell::open(&stage.url()).await;
    let refused = async || {
        stage.faults(json!({ "fail": [{ "status": 400, "code": 131051 }] })).await;
        stage.say(ALICE, text("menu")).await;
        until("a reply is given up", async || {
            stage.count("select count(*) from outbox where state = 'dead'").await > 0
        })
        .await;
    };
    refused().await;
    desk.open("/waiting").await;
    browser.reads("#waiting", "Meta will never take this message").await;
    assert_eq!(browser.text("form[action^='/waiting/'] button").await, "", "Grace may look, and no more");
    browser.forget().await;
    desk.sign_in("zoe").await;
    desk.open("/waiting").await;
    browser.press("details.group input[name=id]").await;
    browser.press("details.ask summary").await;
    browser.press("details.ask button[value=discard]").await;
    browser.reads(".flash", "1 is discarded.").await;
    browser.reads("#waiting", "Nothing was given up").await;
    assert_eq!(stage.count("select count(*) from audit where act = 'dead.discard' and who = 'zoe'").await, 1);

    refused().await;
    shell.run("update outbox set error = 'nobody knows why' where state = 'dead'").await;
    desk.open("/waiting").await;
    browser.press("button[value=retry]").await;
    browser.reads(".flash", "Nothing was chosen").await;
    browser.press("details.group input[name=id]").await;
    browser.press("button[value=retry]").await;
    browser.reads(".flash", "1 goes out again.").await;
    browser.reads("#waiting", "Nothing was given up").await;
    let open = "select count(*) from outbox where state in ('queued', 'sending', 'unknown', 'dead')";
    until("it has gone out", async || stage.count(open).await == 0).await;
}

/// Every page in both schemes, wide and as on a telephone: axe finds nothing serious, nothing is wider than the window, no policy is broken,
/// and no number is shown.
async fn is_usable(desk: &Desk<'_>) {
    let (browser, stage) = (desk.browser, desk.stage);
    let mut shell = Shell::open(&stage.url()).await;
    let person = shell.texts("select cast(person_id as text) from person").await.remove(0);
    let pages = ["/", "/waiting", "/inbox", &format!("/inbox/{person}"), "/audit", "/settings", "/sign-in", "/nowhere"];
    browser.complaints().await;
    for (width, height, dark) in [(1280, 900, false), (390, 844, true)] {
        browser.show_as(width, height, dark).await;
        for path in pages {
            desk.open(path).await;
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
    let complaints = browser.complaints().await;
    assert!(complaints.iter().all(|said| said.contains("/nowhere")), "{complaints:?}");

    // In French, and dark: what was chosen stays.
    desk.open("/waiting").await;
    browser.press(".rail button[lang=fr]").await;
    browser.reads("h1", "En attente").await;
    assert_eq!(browser.value("document.documentElement.lang").await, "fr");
}

#[tokio::test]
async fn a_day_at_the_desk() {
    let Some(browser) = Browser::start().await else { return };
    let mut stage = Stage::new(&["support", "marketplace"]);
    stage.start().await;
    for (name, role) in [("grace", OperatorRole::Support), ("zoe", OperatorRole::Admin)] {
        operator(&stage, name, role);
        let (taken, said) = set_password(&stage, name, PASSWORD);
        assert!(taken, "{said}");
    }
    let desk = Desk { stage: &stage, browser: &browser };
    signs_in(&desk).await;
    answers(&desk).await;
    sends_once(&desk).await;
    works_without_scripts(&desk).await;
    sends_again(&desk).await;
    is_usable(&desk).await;
}
