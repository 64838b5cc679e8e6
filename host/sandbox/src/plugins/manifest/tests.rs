use super::*;

fn read(text: &str) -> Result<Manifest, ManifestError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plugins.toml");
    std::fs::write(&path, text).expect("written");
    Manifest::read(&path)
}

#[test]
fn an_entry_has_defaults() {
    let manifest =
        read("[limits]\nfuel = 7\n[[agent]]\nname = \"jobs\"\ncapabilities = [\"listings\"]\nsettings = { a = 1 }")
            .expect("good");
    let jobs = &manifest.agents[0];
    assert_eq!((jobs.component.as_str(), jobs.limits.fuel, jobs.settings.as_str()), ("jobs.wasm", 7, "{\"a\":1}"));
    assert!(jobs.grants.holds(Capability::Listings) && !jobs.grants.holds(Capability::Records));
    assert!(manifest.unlisted.is_none());
}

#[test]
fn wrong_lines_are_named() {
    let cases = [
        ("directry = \"x\"", "directry"),
        ("[[agent]]\nname = \"Jobs\"", "`Jobs`"),
        ("[[agent]]\nname = \"jobs\"\ncapabilities = [\"files\"]", "`files` is no capability"),
        ("[[agent]]\nname = \"jobs\"\nupdate = \"slow\"", "unknown variant `slow`"),
        ("[[agent]]\nname = \"jobs\"\ngate = \"luck\"", "unknown variant `luck`"),
        ("[[agent]]\nname = \"jobs\"\ncanary = [{ percent = 5, hours = 1, max_error_percent = 1 }]", "update is not"),
        (
            "[[agent]]\nname = \"jobs\"\nupdate = \"canary\"\ncanary = [{ percent = 500, hours = 1, max_error_percent = 1 }]",
            "up to 100",
        ),
        ("[[agent]]\nname = \"jobs\"\nsha256 = \"12\"", "64 hex digits"),
        ("[[agent]]\nname = \"jobs\"\ncomponent = \"../jobs.wasm\"", "plugin directory"),
        ("[[agent]]\nname = \"a\"\n[[agent]]\nname = \"a\"", "two [[agent]]"),
        ("[limits]\nmemory_bytes_max = 1000000000", "at most"),
        (
            "[[agent]]\nname = \"jobs\"\nlimits = { component_bytes_max = 1 }",
            "component_bytes_max holds for all components",
        ),
        ("[unlisted]\nlimits = { compile_cpu_seconds = 1 }", "compile_cpu_seconds holds for all components"),
        ("[[agent]]\nname = 5", "line 2"),
    ];
    for (text, says) in cases {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn wrong_lines_of_services_are_named() {
    let entry = "[[agent]]\nname = \"a\"\ncapabilities = [\"http\"]\nsecrets = { t = \"env:T\" }\n";
    let service = |line: &str| format!("{entry}[[agent.http]]\norigin = \"https://a.example\"\n{line}");
    let good = read(&service("headers = { Authorization = \"Bearer {t}\" }\n[agent.numbers.7]\nsettings = { b = 2 }"));
    let a = &good.expect("good").agents[0];
    assert_eq!(a.access.grants[0].headers, [("authorization".to_owned(), "Bearer {t}".to_owned())]);
    assert_eq!((a.settings.as_str(), a.settings_of["7"].as_str()), ("{}", "{\"b\":2}"));
    let cases = [
        ("[[agent]]\nname = \"a\"\n[[agent.http]]\norigin = \"https://a.example\"".to_owned(), "`http` is not among"),
        (format!("{entry}[[agent.http]]\norigin = \"https://A.example/\""), "origin is scheme, host"),
        (format!("{entry}[[agent.http]]\norigin = \"http://a.example\""), "http is in clear"),
        (service("methods = [\"TRACE\"]"), "`TRACE` is none of"),
        (service("paths = [\"v1\"]"), "does not begin with `/`"),
        (service("headers = { Host = \"b\" }"), "cannot be put in"),
        (service("headers = { X = \"{u}\" }"), "there is no `u`"),
        (service("timeout_ms = 60000"), "at most 20000"),
        (service("hosts = []"), "unknown field `hosts`"),
        (format!("{entry}[agent.numbers.kigali]"), "no id of a business number"),
        (format!("{entry}[agent.numbers.1]\nsecrets = {{ u = \"env:U\" }}"), "there is no `u` in `secrets`"),
    ];
    for (text, says) in cases {
        let error = read(&text).expect_err(&text).to_string();
        assert!(error.contains(says), "{error}");
    }
    let secret = "[[agent]]\nname = \"a\"\nsecrets = { t = \"hunter2\" }";
    let Err(ManifestError::Value { what, .. }) = read(secret) else { panic!("it is refused") };
    assert!(what.contains("neither env:VARIABLE nor file:") && !what.contains("hunter2"), "{what}");
}
