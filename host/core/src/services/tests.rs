use super::*;
use crate::contract::http::Header;

fn grant(origin: &str, methods: &[&str], paths: &[&str]) -> Grant {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Grant {
        origin: origin.to_owned(),
        methods: owned(methods),
        paths: owned(paths),
        headers: vec![("authorization".to_owned(), "Bearer {token}".to_owned())],
        private: false,
        request_bytes_max: 10,
        response_bytes_max: 10,
        timeout: Duration::from_secs(1),
        per_minute: 1,
    }
}

fn access() -> Access {
    let grants = vec![
        grant("https://api.example.rw", &["GET"], &["/v1/slots", "/v1/open/"]),
        grant("https://api.example.rw", &["POST"], &["/v1/bookings"]),
        grant("https://api.example.rw:8443", &["GET"], &["/"]),
    ];
    Access { grants, ..Access::default() }
}

fn request(method: &str, url: &str) -> Request {
    Request { method: method.into(), url: url.into(), headers: Vec::new(), body: None, extras: Vec::new() }
}

/// What a call is told; `ok` and the address where it is granted.
fn told(request: &Request) -> String {
    match access().grant("booking", request) {
        Ok((_, url)) => format!("ok {url}"),
        Err(refused) => refused.to_string(),
    }
}

#[test]
fn only_what_is_granted_is_called() {
    for (method, url, says) in [
        ("GET", "https://api.example.rw/v1/slots?day=1", "ok https://api.example.rw/v1/slots?day=1"),
        ("GET", "HTTPS://API.Example.RW:443/v1/slots", "ok https://api.example.rw/v1/slots"),
        ("GET", "https://api.example.rw/v1/open/a/b", "ok"),
        ("POST", "https://api.example.rw/v1/bookings", "ok"),
        ("GET", "https://api.example.rw:8443/", "ok"),
        // Other hosts, ports and schemes.
        ("GET", "https://evil.example/", "`origin = \"https://evil.example\"`"),
        ("GET", "http://api.example.rw/v1/slots", "`origin = \"http://api.example.rw\"`"),
        ("GET", "https://api.example.rw:8444/", "is not granted"),
        ("GET", "https://api.example.rw.evil.example/v1/slots", "is not granted"),
        ("GET", "https://api.example.rw./v1/slots", "is not granted"),
        ("GET", "https://evil.example\\@api.example.rw/v1/slots", "is not granted"),
        ("GET", "https://2130706433/", "https://127.0.0.1 is not granted"),
        ("GET", "https://api.example.rw@evil.example/v1/slots", "user"),
        ("GET", "ftp://api.example.rw/", "is not granted"),
        ("GET", "/v1/slots", "no whole address"),
        // Other paths.
        ("GET", "https://api.example.rw/v1/slots/1", "`paths = [\"/v1/slots\", \"/v1/open/\", \"/v1/slots/1\"]`"),
        ("GET", "https://api.example.rw/v1/open/../admin", "/v1/admin"),
        ("GET", "https://api.example.rw/v1/open/%2e%2e/admin", "/v1/admin"),
        ("GET", "https://api.example.rw/v1/open/..\\admin", "/v1/admin"),
        ("GET", "https://api.example.rw/v1/open/..%2fadmin", "encoded"),
        ("GET", "https://api.example.rw/v1/open/..%5cadmin", "encoded"),
        ("GET", "https://api.example.rw/v1/open/%252e%252e/admin", "encoded"),
        // Other methods.
        ("POST", "https://api.example.rw/v1/slots", "`methods = [\"GET\", \"POST\"]`"),
        ("TRACE", "https://api.example.rw/v1/slots", "method: is none of"),
        ("get", "https://api.example.rw/v1/slots", "method: is none of"),
        ("GET / HTTP/1.1\r\nX: ", "https://api.example.rw/v1/slots", "method: is none of"),
    ] {
        let told = told(&request(method, url));
        assert!(told.contains(says), "{method} {url}: {told}");
        assert_eq!(told.starts_with("ok"), says.starts_with("ok"), "{method} {url}: {told}");
    }
}

#[test]
fn a_header_is_one_header() {
    for (name, value, says) in [
        ("x-day", "1", "ok"),
        ("x-day", "1\r\nauthorization: mine", "printable"),
        ("x-day", "1\n", "printable"),
        ("x-day", "é", "printable"),
        ("x-day: a\r\nx", "1", "no name"),
        ("", "1", "no name"),
        ("Authorization", "mine", "put in by the host"),
        ("Host", "evil.example", "the host's"),
        ("Content-Length", "0", "the host's"),
        ("Transfer-Encoding", "chunked", "the host's"),
        ("Idempotency-Key", "1", "the host's"),
        ("Proxy-Authorization", "1", "the host's"),
    ] {
        let headers = vec![Header { name: name.into(), value: value.into() }];
        let told = told(&Request { headers, ..request("GET", "https://api.example.rw/v1/slots") });
        assert!(told.contains(says), "{name}: {value}: {told}");
    }
}

#[test]
fn a_body_has_its_bound() {
    let post = |bytes: usize| {
        told(&Request { body: Some("x".repeat(bytes)), ..request("POST", "https://api.example.rw/v1/bookings") })
    };
    assert!(post(10).starts_with("ok"));
    assert!(post(11).contains("request_bytes_max in plugins.toml is 10"));
    let get = Request { body: Some("x".into()), ..request("GET", "https://api.example.rw/v1/slots") };
    assert!(told(&get).contains("GET has none"));
}

#[test]
fn private_and_special_addresses_are_not_public() {
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.9",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001::1",
        "::127.0.0.1",
        "fec0::1",
    ] {
        assert!(!is_public(address.parse().expect(address)), "{address}");
    }
    for address in
        ["1.1.1.1", "41.186.1.1", "172.32.0.1", "100.128.0.1", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
    {
        assert!(is_public(address.parse().expect(address)), "{address}");
    }
}

#[test]
fn names_stand_in_braces() {
    assert_eq!(names_in("Bearer {token}"), ["token"]);
    assert_eq!(names_in("{user}:{password}"), ["user", "password"]);
    assert!(names_in("none").is_empty());
}
