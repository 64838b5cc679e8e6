//! `switchboard chat`: a chat client in the terminal. It talks through the emulator, so the host is used as WhatsApp would use it.

use std::{io::IsTerminal, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::config::Variables;
use switchboard_edge::whatsapp::render::{Rendered, render};

/// The arguments of `switchboard chat`.
#[derive(Args, Debug)]
pub struct ChatArgs {
    /// The sender: a phone number, or a user id like RW.abc for a person without one.
    #[arg(long, default_value = "+250788000001")]
    phone: String,
    /// The sender's profile name.
    #[arg(long, default_value = "Alice")]
    name: String,
    /// The emulator's address; by default GRAPH_API_URL, else EMULATOR_ADDR, else http://127.0.0.1:8082.
    #[arg(long)]
    emulator: Option<String>,
    /// How long to wait for an answer when the lines come from a file, in milliseconds.
    #[arg(long, default_value_t = 5000)]
    wait_ms: u64,
}

/// The help text.
pub(super) const HELP: &str = "Type, and send with Enter. /tap 2 or 2 taps the second choice, /place -1.95,30.06 Kimironko shares a place, /photo, /voice, /quit.";

/// How long to wait for further answers after the first, in milliseconds.
const QUIET_MS: u64 = 400;

/// The long-poll timeout of a request to the emulator, in milliseconds.
const LISTEN_MS: u64 = 25_000;

/// Chats until `/quit` or the end of the input.
pub async fn run(args: ChatArgs) -> anyhow::Result<()> {
    switchboard_edge::http::install_tls();
    let emulator = match args.emulator {
        Some(emulator) => emulator,
        None => address(&Variables::read()?),
    };
    let mut phone = ChatPhone::connect(&emulator, &args.phone, args.name).await?;
    phone.talk(args.wait_ms, HELP, async |_| Ok(false)).await
}

/// The emulator's address, as `serve` would take it from these variables.
fn address(variables: &Variables) -> String {
    let graph = variables.get("GRAPH_API_URL").map(str::to_owned);
    let emulator = || format!("http://{}", variables.get("EMULATOR_ADDR").unwrap_or("127.0.0.1:8082"));
    graph.unwrap_or_else(emulator)
}

/// A phone that is connected to the emulator.
pub(super) struct ChatPhone {
    http: reqwest::Client,
    url: reqwest::Url,
    name: String,
    after: u64,
    /// The last message that had choices.
    choices: Rendered,
}

impl ChatPhone {
    /// Connects to an emulator; messages from before are not printed.
    pub(super) async fn connect(emulator: &str, phone: &str, name: String) -> anyhow::Result<ChatPhone> {
        let wrong = "--emulator is not an address like http://127.0.0.1:8082";
        let mut url = reqwest::Url::parse(emulator).context(wrong)?;
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!(wrong))?
            .pop_if_empty()
            .extend(["emulator", "phones", phone, "messages"]);
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(LISTEN_MS + 10_000)).build()?;
        let mut phone = ChatPhone { http, url, name, after: 0, choices: Rendered::default() };
        phone.after = phone.receive(0).await?.1;
        Ok(phone)
    }

    /// Talks in this terminal until `/quit` or the end of the input: what is typed is sent, what comes is printed. A line that `command`
    /// takes, by giving true, is not sent.
    pub(super) async fn talk(
        &mut self,
        wait_ms: u64,
        help: &str,
        mut command: impl AsyncFnMut(&str) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let interactive = std::io::stdin().is_terminal();
        if interactive {
            println!("{help}");
        }
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line?,
                received = self.receive(LISTEN_MS), if interactive => {
                    let (messages, last) = received?;
                    self.print(&messages, last);
                    continue;
                }
            };
            let Some(line) = line else { return Ok(()) };
            let line = line.trim();
            match self.parse(line) {
                _ if line.is_empty() || line.starts_with("# ") => continue,
                _ if line == "/quit" => return Ok(()),
                _ if command(line).await? => continue,
                Err(_) if line == "/help" => println!("{help}"),
                Err(why) => println!("{why}"),
                Ok(message) => {
                    if !interactive {
                        println!("> {line}");
                    }
                    self.send(message).await?;
                    if !interactive {
                        self.answer(wait_ms).await?;
                    }
                }
            }
        }
    }

    /// The message that a line of input stands for.
    fn parse(&self, line: &str) -> Result<Value, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let number = if word == "/tap" { rest.trim() } else { line };
        if let Ok(n) = number.parse::<usize>() {
            let how = if self.choices.is_list { "row" } else { "tap" };
            match n.checked_sub(1).and_then(|n| self.choices.choices.get(n)) {
                Some(choice) => return Ok(json!({ how: { "id": choice.id, "title": choice.title } })),
                None if word == "/tap" => return Err(format!("there is no choice {n}")),
                None => {}
            }
        }
        match word {
            "/photo" => Ok(json!({ "image": true })),
            "/voice" => Ok(json!({ "audio": true })),
            "/place" => {
                let (point, name) = rest.split_once(' ').unwrap_or((rest, ""));
                let point =
                    point.split_once(',').and_then(|(a, b)| Some((a.parse::<f64>().ok()?, b.parse::<f64>().ok()?)));
                let Some((latitude, longitude)) = point else {
                    return Err("a place is written like /place -1.9536,30.0606 Kimironko".to_owned());
                };
                let mut place = json!({ "latitude": latitude, "longitude": longitude });
                if !name.is_empty() {
                    place["name"] = json!(name);
                }
                Ok(json!({ "location": place }))
            }
            "/help" | "/tap" => Err(HELP.to_owned()),
            _ => Ok(json!({ "text": line })),
        }
    }

    /// Sends a message.
    async fn send(&mut self, mut message: Value) -> anyhow::Result<()> {
        message["name"] = json!(self.name);
        let sent = self.http.post(self.url.clone()).json(&message).send().await;
        let answer: Value =
            sent.context("the emulator cannot be reached; start the host, or give --emulator")?.json().await?;
        match answer["webhook"].as_u64() {
            Some(200) => Ok(()),
            Some(0) => bail!("the emulator runs, but the host's webhook does not answer"),
            Some(status) => bail!("the host's webhook answered {status}"),
            None => bail!("the emulator answered {answer}"),
        }
    }

    /// Waits for an answer, and briefly for further ones, and prints them.
    async fn answer(&mut self, wait_ms: u64) -> anyhow::Result<()> {
        let mut wait = wait_ms;
        loop {
            let (messages, last) = self.receive(wait).await?;
            if messages.is_empty() {
                if wait == wait_ms {
                    println!("  (no answer)");
                }
                return Ok(());
            }
            self.print(&messages, last);
            wait = QUIET_MS;
        }
    }

    /// Waits for messages; returns them and the number of the last.
    async fn receive(&self, wait_ms: u64) -> anyhow::Result<(Vec<Value>, u64)> {
        let mut url = self.url.clone();
        url.set_query(Some(&format!("after={}&wait_ms={wait_ms}", self.after)));
        let sent = self.http.get(url).send().await;
        let answer: Value =
            sent.context("the emulator cannot be reached; start the host, or give --emulator")?.json().await?;
        let last = answer["last"].as_u64().unwrap_or(self.after);
        Ok((answer["messages"].as_array().cloned().unwrap_or_default(), last))
    }

    /// Prints messages, and remembers their choices.
    fn print(&mut self, messages: &[Value], last: u64) {
        self.after = last.max(self.after);
        for message in messages {
            let rendered = render(&message["body"]);
            for (n, line) in rendered.lines.iter().enumerate() {
                println!("{}{line}", if n == 0 { "< " } else { "  " });
            }
            let sign = if rendered.is_list { '·' } else { ' ' };
            for (n, choice) in rendered.choices.iter().enumerate() {
                println!("  {sign}[{}] {}", n + 1, choice.title);
            }
            if !rendered.choices.is_empty() {
                self.choices = rendered;
            }
        }
    }
}
