//! An agent that calls the service that a message names: `client GET https://…`.

use agent_sdk::{
    Agent, Language, Outcome, Profile, Result, Turn, export, http, reply,
    service::{Header, Request},
    store, tr,
};

struct Client;

export!(Client);

impl Agent for Client {
    fn profile() -> Profile {
        Profile::new("client", env!("CARGO_PKG_VERSION"), "Calls services.")
            .titled(tr!("Client", "Client"), tr!("Calls services", "Calls services"))
            .keywords(Language::En, "client 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let words: Vec<&str> = turn.text().unwrap_or_default().split_whitespace().skip(1).collect();
        let said = match words.as_slice() {
            // Orders once for a slot, no matter who is first.
            ["order", url] => {
                let ordered = call("POST", url, None, Some("order"));
                let is_first = store::put_new_shared("orders", "one", &turn.person.id)?;
                format!("first {is_first}, {ordered}")
            }
            ["many", times, url] => {
                let times = times.parse().unwrap_or(1);
                (0..times).map(|_| call("GET", url, None, None)).collect::<Vec<_>>().join("\n")
            }
            ["inject", url] => call("GET", url, Some(("x-mine", "1\r\nauthorization: mine")), None),
            ["header", name, url] => call("GET", url, Some((name, "mine")), None),
            ["setting", name] => format!("{name} is {}", turn.setting(name).unwrap_or_default()),
            [method, url] => call(method, url, None, None),
            [method, url, body] => call(method, url, None, Some(body)),
            other => format!("client heard {other:?}"),
        };
        Ok(Outcome::say(reply::text(said)))
    }
}

fn call(method: &str, url: &str, header: Option<(&str, &str)>, body: Option<&str>) -> String {
    let headers = header.into_iter().map(|(name, value)| Header { name: name.into(), value: value.into() });
    let request = Request {
        method: method.into(),
        url: url.into(),
        headers: headers.collect(),
        body: body.map(str::to_owned),
        extras: Vec::new(),
    };
    match http::send(&request) {
        Ok(answer) => {
            let headers = answer.headers.iter().filter(|header| header.name.starts_with("x-"));
            let headers: Vec<String> = headers.map(|header| format!("{}={}", header.name, header.value)).collect();
            format!("{} {} {}", answer.status, headers.join(" "), answer.body)
        }
        Err(problem) => format!("{problem:?}"),
    }
}
