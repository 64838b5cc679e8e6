//! A headless Chromium that tests drive by WebDriver: the system's, or the one that `tools/chromium.sh` brought.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{cluster::free, stage::until};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
}

/// Something that axe found wrong with a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// The rule: `color-contrast`.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// The first element that breaks it.
    pub element: String,
}

/// The workspace's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the workspace").to_owned()
}

fn found(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The driver, the browser, and the folders of their libraries.
fn programs() -> Option<(PathBuf, PathBuf, Option<String>)> {
    let ours = root().join(".tools/chromium/usr");
    let driver = ours.join("bin/chromedriver");
    if driver.is_file() {
        let libraries = ours.join("lib").join(format!("{}-linux-gnu", std::env::consts::ARCH));
        let folders = format!("{0}:{0}/pulseaudio", libraries.display());
        return Some((driver, ours.join("lib/chromium/chromium"), Some(folders)));
    }
    let browser = ["chromium", "google-chrome"].into_iter().find_map(found);
    Some((found("chromedriver")?, browser?, None))
}

impl Browser {
    /// Starts a browser; none, with a line that says so, if there is none on this machine. In CI that is a failure.
    pub async fn start() -> Option<Browser> {
        switchboard_edge::http::install_tls();
        let Some((driver, binary, libraries)) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "there is no Chromium: run tools/chromium.sh");
            println!("not run: there is no Chromium (tools/chromium.sh brings it)");
            return None;
        };
        let port = free();
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(libraries) = libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let driver = command.spawn().expect("chromedriver starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let base = format!("http://127.0.0.1:{port}");
        let mut browser = Browser { driver, session: base.clone(), http };
        until("chromedriver answers", async || browser.http.get(format!("{base}/status")).send().await.is_ok()).await;
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--window-size=1280,900",
            "--lang=en",
        ];
        let options = json!({ "binary": binary, "args": arguments });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let session = browser.asks("/session", json!({ "capabilities": { "alwaysMatch": wanted } })).await;
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}")).to_owned();
        browser.session = format!("{base}/session/{id}");
        Some(browser)
    }

    async fn asks(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.session);
        let answer = self.http.post(url).json(&body).send().await.expect("chromedriver answers");
        let mut answer: Value = answer.json().await.expect("JSON");
        answer["value"].take()
    }

    /// A command of Chromium's own protocol.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.asks("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        let opened = self.asks("/url", json!({ "url": url })).await;
        assert!(opened.is_null(), "{url}: {opened}");
    }

    /// The value of a JavaScript expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.asks("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// The element of a selector; none if there is none.
    async fn element(&self, selector: &str) -> Option<String> {
        let found = self.asks("/element", json!({ "using": "css selector", "value": selector })).await;
        found[ELEMENT].as_str().map(str::to_owned)
    }

    async fn waited(&self, selector: &str) -> String {
        let mut found = None;
        until(&format!("the page has `{selector}`"), async || {
            found = self.element(selector).await;
            found.is_some()
        })
        .await;
        found.expect("it was found")
    }

    /// Presses an element, once it is there.
    pub async fn press(&self, selector: &str) {
        loop {
            let element = self.waited(selector).await;
            let pressed = self.asks(&format!("/element/{element}/click"), json!({})).await;
            // A live page may have exchanged it in between.
            if pressed["error"] != "stale element reference" {
                return assert!(pressed.is_null(), "{selector}: {pressed}");
            }
        }
    }

    /// Writes into a field in the place of what is there.
    pub async fn write(&self, selector: &str, text: &str) {
        loop {
            let element = self.waited(selector).await;
            self.asks(&format!("/element/{element}/clear"), json!({})).await;
            let written = self.asks(&format!("/element/{element}/value"), json!({ "text": text })).await;
            if written["error"] != "stale element reference" {
                return assert!(written.is_null(), "{selector}: {written}");
            }
        }
    }

    /// The text of an element; empty if there is none.
    pub async fn text(&self, selector: &str) -> String {
        let Some(element) = self.element(selector).await else { return String::new() };
        let answer = self.http.get(format!("{}/element/{element}/text", self.session)).send().await;
        let answer: Value = answer.expect("chromedriver answers").json().await.expect("JSON");
        answer["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element has these words.
    pub async fn reads(&self, selector: &str, words: &str) {
        until(&format!("`{selector}` says `{words}`"), async || self.text(selector).await.contains(words)).await;
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        let answer = self.http.get(format!("{}/url", self.session)).send().await.expect("chromedriver answers");
        let answer: Value = answer.json().await.expect("JSON");
        answer["value"].as_str().unwrap_or_default().to_owned()
    }

    /// What the browser complained of since it was asked last: of the page's policy, of scripts, of what could not be loaded.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.asks("/se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry["message"].as_str()).map(str::to_owned).collect()
    }

    /// Shows pages so wide and high, light or dark.
    pub async fn show_as(&self, width: u32, height: u32, dark: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Whether pages may run scripts from now on.
    pub async fn allow_scripts(&self, allowed: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !allowed })).await;
    }

    /// Forgets all cookies of the page's host.
    pub async fn forget(&self) {
        let forgotten = self.http.delete(format!("{}/cookie", self.session)).send().await;
        assert!(forgotten.is_ok_and(|answer| answer.status().is_success()), "the cookies are forgotten");
    }

    /// What axe finds wrong with the page. None, with a line that says so, if axe-core is not there.
    pub async fn barriers(&self) -> Option<Vec<Barrier>> {
        let Ok(axe) = std::fs::read_to_string(root().join(".tools/axe/axe.min.js")) else {
            println!("not run: there is no axe-core (tools/chromium.sh brings it)");
            return None;
        };
        self.asks("/execute/sync", json!({ "script": format!("{axe};window.axe = axe"), "args": [] })).await;
        let script = "const done = arguments[0]; axe.run().then(result => done(result.violations.map(one =>
            [one.id, one.impact, one.nodes[0].html])), error => done([[String(error), 'critical', '']]))";
        let found = self.asks("/execute/async", json!({ "script": script, "args": [] })).await;
        let found = found.as_array().unwrap_or_else(|| panic!("axe does not run: {found}")).clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let barrier = |one: &Value| Barrier { rule: text(&one[0]), impact: text(&one[1]), element: text(&one[2]) };
        Some(found.iter().map(barrier).collect())
    }

    /// A picture of the whole page as a PNG, or as a smaller WebP.
    pub async fn picture(&self, small: bool) -> Vec<u8> {
        let format = if small { "webp" } else { "png" };
        let how = json!({ "captureBeyondViewport": true, "format": format, "quality": 70 });
        let taken = self.devtools("Page.captureScreenshot", how).await;
        let data = taken["data"].as_str().unwrap_or_default();
        BASE64_STANDARD.decode(data).expect("base64")
    }

    /// Opens another tab; its handle. The page that is shown stays.
    pub async fn new_tab(&self) -> String {
        let made = self.asks("/window/new", json!({ "type": "tab" })).await;
        made["handle"].as_str().unwrap_or_else(|| panic!("no tab: {made}")).to_owned()
    }

    /// The handle of the tab that is shown.
    pub async fn tab(&self) -> String {
        let answer = self.http.get(format!("{}/window", self.session)).send().await.expect("chromedriver answers");
        let answer: Value = answer.json().await.expect("JSON");
        answer["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Shows a tab.
    pub async fn show_tab(&self, handle: &str) {
        let shown = self.asks("/window", json!({ "handle": handle })).await;
        assert!(shown.is_null(), "{handle}: {shown}");
    }
}

impl Browser {
    /// Ends the session, and with it Chromium: it does not end with its driver.
    fn end(&self) -> std::io::Result<()> {
        let Some((address, path)) = self.session.trim_start_matches("http://").split_once('/') else { return Ok(()) };
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(socket, "DELETE /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        socket.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            println!("Chromium may still run: {error}");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
