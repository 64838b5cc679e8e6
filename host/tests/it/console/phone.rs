//! The phone in a browser, on a host in production: a newcomer's first minute, without JavaScript too; what happened in a turn; and that
//! nothing of it reaches real people or is counted.

use serde_json::{Value, json};
use switchboard_core::operator::OperatorRole;
use switchboard_kit::{
    browser::Browser,
    stage::{Stage, until},
    talk::text,
};

use super::{access::operator, visitor::Visitor};

const ALICE: &str = "250788000001";

/// Sentences that the page offers.
const SELL: &str = "I want to sell my fridge for 80k in Kimironko";
const FIND: &str = "looking for a fridge in Remera";

struct Hand<'a> {
    stage: &'a Stage,
    browser: &'a Browser,
}

impl Hand<'_> {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("http://{}{path}", self.stage.operator_of(0))).await;
    }

    /// Presses a sentence that is offered.
    async fn tries(&self, sentence: &str) {
        self.browser.press(&format!(".tries button[value='{sentence}']")).await;
    }

    /// Presses a choice of the last message that offers any.
    async fn chooses(&self, title: &str) {
        let find = "[...document.querySelectorAll('#talk form')].pop()";
        let button = format!("[...{find}.querySelectorAll('button')].find(one => one.textContent.includes('{title}'))");
        until(&format!("`{title}` is offered"), async || {
            self.browser.value(&format!("!!({find} && {button})")).await == json!(true)
        })
        .await;
        self.browser.value(&format!("({button}.click(), true)")).await;
    }

    async fn hears(&self, words: &str) {
        self.browser.reads("#talk", words).await;
    }
}

/// A newcomer sells, finds as a second person, asks for the contact, and the first consents. No page is loaded again meanwhile.
async fn first_minute(hand: &Hand<'_>) {
    let browser = hand.browser;
    hand.open("/phone").await;
    browser.reads("h1", "Phone").await;
    browser.value("(window.same = true)").await;
    hand.tries(SELL).await;
    hand.hears("Is this right?").await;
    // Beside it: how it was read, who answered and why, what it asked.
    browser.reads("#happened", "marketplace").await;
    browser.reads("#happened", "By words, confidence").await;
    browser.reads("#happened", "fridge").await;
    browser.reads("#happened", "Flow: none → ").await;
    hand.chooses("Post").await;
    hand.hears("online for 30 days").await;
    browser.reads("#happened", "listings.create").await;
    assert_eq!(browser.value("window.same").await, json!(true), "the page was not loaded again");
    let read = "document.querySelector('.say.right .tick').className";
    until("what was said was read", async || browser.value(read).await == json!("tick read")).await;

    hand.open("/phone?as=eric").await;
    hand.tries(FIND).await;
    hand.hears("best first").await;
    hand.chooses("Fridge").await;
    hand.hears("80").await;
    hand.chooses("Contact seller").await;
    hand.hears("asked the seller").await;
    hand.open("/phone?as=aline").await;
    hand.hears("Eric").await;
    hand.chooses("Share").await;
    hand.open("/phone?as=eric").await;
    hand.hears("+250700000001").await;
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

/// What else a phone sends: several lines, a burst, a file with a caption, a place, a contact, a quote, a reaction; as somebody without a number.
async fn says_everything(hand: &Hand<'_>) {
    let (browser, stage) = (hand.browser, hand.stage);
    let kinds = async || -> Vec<String> {
        let sql = "select group_concat(distinct substr(content, 3, instr(substr(content, 3), '\"') - 1)) from message where kind <> 'notice'";
        stage.text(sql).await.unwrap_or_default().split(',').map(str::to_owned).collect()
    };
    hand.open("/phone?as=keza").await;
    browser.reads(".persona[aria-current]", "no number").await;
    browser.value("(document.querySelector('#msg').value = 'menu', document.querySelector('#phone-form').requestSubmit(), true)").await;
    hand.hears("What would you like to do?").await;
    browser.press("#more-to-send summary").await;
    let photo = stage.folder().join("fridge.png");
    std::fs::write(&photo, b"\x89PNG\r\n\x1a\n and more").expect("written");
    browser.write("#file", &photo.display().to_string()).await;
    browser.write("#caption", "my fridge").await;
    browser.press("form[action*='/file'] button").await;
    hand.hears("my fridge").await;
    until("the picture is there", async || browser.value("!!document.querySelector('#talk img')").await == json!(true))
        .await;
    browser.press("form:has(#place) button").await;
    hand.hears("Kimironko, Kigali").await;
    browser.press("button[name=contact]").await;
    hand.hears("Keza").await;
    browser.value("(document.querySelector('#talk .say.left .re').click(), true)").await;
    browser.reads(".quoting", "Reply to:").await;
    browser.press(".quoting button[value='👍']").await;
    until("the reaction stands at its message", async || browser.text("#talk .react").await.contains('👍')).await;
    let said = async |text: &str, burst: bool| {
        let write = format!(
            "(document.querySelector('#msg').value = {}, document.querySelector('input[name=burst]').checked = {burst}, \
             document.querySelector('#phone-form').requestSubmit(), true)",
            json!(text)
        );
        let is_free = "!document.querySelector('#phone-form').dataset.sent";
        until("what was said before is sent", async || browser.value(is_free).await == json!(true)).await;
        browser.value(&write).await;
    };
    let before = stage.count("select count(*) from message").await;
    said("one\ntwo\nthree", true).await;
    until("a burst is three messages", async || stage.count("select count(*) from message").await >= before + 3).await;
    said("first line\nsecond line", false).await;
    until("several lines are one message", async || {
        stage.count("select count(*) from message where content like '%first line\\nsecond line%'").await == 1
    })
    .await;
    let all = kinds().await;
    for kind in ["Text", "Tap", "Media", "Place", "Contacts", "Reaction"] {
        assert!(all.iter().any(|known| known == kind), "{kind}: {all:?}");
    }
    let file = "select count(*) from file where state = 'kept' and bytes > 0";
    until("the host has the file", async || stage.count(file).await == 1).await;
    // An emptied screen begins a new conversation.
    browser.press(".handset header button").await;
    hand.hears("Nothing was said yet.").await;
    let ended = "select count(*) from unified_sessions where status = 'completed'";
    until("the conversation has ended", async || stage.count(ended).await == 1).await;
}

/// Without JavaScript: forms are forms, and a reload shows the answer.
async fn works_without_scripts(hand: &Hand<'_>) {
    let browser = hand.browser;
    browser.allow_scripts(false).await;
    hand.open("/phone?as=claire").await;
    browser.write("#msg", "bonjour").await;
    browser.press("#phone-form button").await;
    until("the answer is there after a reload", async || {
        hand.open("/phone?as=claire").await;
        browser.text("#talk .say.left").await.contains("👋")
    })
    .await;
    browser.press("#happened footer a").await;
    browser.reads("h1", "bonjour").await;
    browser.allow_scripts(true).await;
}

/// Real people and the phone's do not find each other's, and nothing of the phone is in a figure or at Meta.
async fn is_apart(hand: &Hand<'_>, real: i64) {
    let stage = hand.stage;
    let mut alice = stage.talk_on(ALICE).await;
    let found = alice.say("looking for a fridge").await;
    assert!(!found.contains("best first"), "Aline's fridge is a test's: {found}");
    let events = stage.count("select count(*) from unified_agent_events").await;
    assert_eq!(events, real + 1, "only Alice's turns are counted");
    assert!(stage.count("select count(*) from test_event").await >= 8);
    let report: Value = {
        let output = stage.run(&["report", "--json", "--since", "1h"]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let (all, billed) = (&report["all"], &report["billed_sends"]);
    assert_eq!((&all["messages"], &all["people"], &all["sessions_created"]), (&json!(real + 1), &json!(1), &json!(1)));
    let sent = stage.sends().await;
    assert_eq!(billed.as_i64(), i64::try_from(sent.len()).ok(), "what Alice got");
    assert!(sent.iter().all(|one| one["recipient"] == ALICE), "nothing of the phone went to Meta: {sent:?}");
    let turns: f64 = stage
        .metrics(0)
        .await
        .iter()
        .filter(|line| line.starts_with("switchboard_turns_total"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert_eq!(turns as i64, real + 1);
}

/// The list and the page of a turn, light and dark, wide and as on a telephone.
async fn is_usable(hand: &Hand<'_>) {
    let (browser, stage) = (hand.browser, hand.stage);
    let turn = stage.count("select max(message_id) from test_event where reason = 'keywords'").await;
    let real = stage.count("select max(message_id) from message where business not like 'test:%'").await;
    hand.open(&format!("/turns/{turn}")).await;
    for words in ["Where the time went", "What it asked the host", "Facts", "test"] {
        browser.reads("#turn", words).await;
    }
    hand.open("/turns").await;
    browser.reads("#turns", "looking for a fridge").await;
    assert!(!browser.text("#turns").await.contains("bonjour"), "tests are listed apart");
    hand.open("/turns?outcome=tests&q=claire").await;
    browser.reads("#turns", "bonjour").await;
    hand.open("/turns?q=nobody-says-this").await;
    browser.reads("#turns", "Nothing fits").await;
    hand.open(&format!("/turns?q=turn-{turn}")).await;
    browser.reads("#turn", "Where the time went").await;
    let pages = ["/phone?as=aline", "/phone?as=fatuma", "/turns?outcome=tests", "/turns"];
    let pages: Vec<String> =
        pages.map(str::to_owned).into_iter().chain([turn, real].map(|id| format!("/turns/{id}"))).collect();
    for (width, height, dark) in [(1280, 900, false), (390, 844, true)] {
        browser.show_as(width, height, dark).await;
        for path in &pages {
            hand.open(path).await;
            let wide = browser.value("document.documentElement.scrollWidth").await.as_i64().unwrap_or_default();
            assert!(wide <= i64::from(width), "{path} is {wide} wide at {width}");
            let html = browser.value("document.documentElement.outerHTML").await;
            assert!(!html.as_str().unwrap_or_default().contains("788000"), "{path} shows a customer's number");
            assert!(html.as_str().unwrap_or_default().len() < 200_000, "{path} is too heavy");
            let found = browser.barriers().await.unwrap_or_default();
            let serious: Vec<_> =
                found.iter().filter(|one| ["serious", "critical"].contains(&one.impact.as_str())).collect();
            assert!(serious.is_empty(), "{path} at {width}: {serious:?}");
        }
    }
    browser.show_as(1280, 900, false).await;
    assert_eq!(browser.complaints().await, [""; 0], "no page broke its policy");
}

#[tokio::test]
async fn a_newcomers_first_minute() {
    let mut stage = Stage::new(&["support", "marketplace"]);
    let Some(browser) = Browser::start().await else { return };
    stage.set("CONSOLE_PHONE", "on");
    stage.set("READ_RECEIPTS", "on");
    stage.start().await;
    let grace = operator(&stage, "grace", OperatorRole::Support);
    // A real person lists a fridge; then nobody is served any more, but on the phone.
    let mut alice = stage.talk(ALICE);
    alice.say("I want to sell my fridge for 90k in Remera").await;
    let hand = Hand { stage: &stage, browser: &browser };
    hand.open("/sign-in?to=/phone").await;
    browser.write("#token", &grace).await;
    browser.press("form[aria-labelledby=by-token] button").await;
    browser.reads("h1", "Phone").await;
    first_minute(&hand).await;
    says_everything(&hand).await;
    works_without_scripts(&hand).await;
    is_apart(&hand, 1).await;
    is_usable(&hand).await;
    assert_eq!(Visitor::new(&stage).get("/phone").await.location(), "/sign-in?to=%2Fphone");

    // At 0 % a real person is held, and the phone is answered.
    let out = stage.run(&["flags", "set", "unifiedServiceRolloutPercent", "0", "--yes"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    until("nobody is served", async || {
        stage.say(ALICE, text("menu")).await;
        stage.count("select count(*) from message where state = 'held'").await > 0
    })
    .await;
    hand.open("/phone?as=fatuma").await;
    browser.value("(document.querySelector('#msg').value = 'menu', document.querySelector('#phone-form').requestSubmit(), true)").await;
    hand.hears("👋").await;
}
