use std::path::Path;

use super::*;

fn vars(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const PRODUCTION: [(&str, &str); 3] =
    [("WHATSAPP_APP_SECRET", "old, new"), ("WA_VERIFY_TOKEN", "verify"), ("WA_TOKEN", "token")];

#[test]
fn production_reads_both_names() {
    let config = Config::from_vars(&vars(&PRODUCTION)).expect("all that is needed");
    assert_eq!(config.app_secrets, ["old", "new"]);
    assert_eq!(config.access_token, "token");
    assert_eq!(config.operator_token, None);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.graph_url, "https://graph.facebook.com");
    assert!(config.emulator.is_none());
    assert!(!format!("{config:?}").contains("new"));
}

#[test]
fn blank_secrets_refuse_to_start() {
    for (name, blank) in [("WHATSAPP_APP_SECRET", " , "), ("WA_VERIFY_TOKEN", "  "), ("WA_TOKEN", "")] {
        let mut vars = vars(&PRODUCTION);
        vars.insert(name.into(), blank.into());
        let error = Config::from_vars(&vars).expect_err(name).to_string();
        assert!(error.contains("is not set or blank"), "{error}");
    }
}

#[test]
fn a_blank_operator_token_is_none() {
    let token = |said: &str| {
        let mut vars = vars(&PRODUCTION);
        vars.insert("OPERATOR_TOKEN".into(), said.into());
        Config::from_vars(&vars).expect("all that is needed").operator_token
    };
    assert_eq!((token("  "), token(" a-token-of-operators ")), (None, Some("a-token-of-operators".to_owned().into())));
}

#[test]
fn every_wrong_value_is_named_at_once() {
    let mut vars = vars(&PRODUCTION);
    vars.extend(self::vars(&[
        ("LISTEN_ADDR", "8080"),
        ("SWITCHBOARD_ENV", "prod"),
        ("DATABASE_URL", "mysql://root:secret@db/x"),
        ("LOG_FORMAT", "xml"),
        ("DEFAULT_TIME_ZONE", "Kigali"),
        ("NUMBER_RATE", "fast"),
    ]));
    let error = Config::from_vars(&vars).expect_err("six wrong values").to_string();
    for name in ["LISTEN_ADDR", "SWITCHBOARD_ENV", "DATABASE_URL", "LOG_FORMAT", "DEFAULT_TIME_ZONE", "NUMBER_RATE"] {
        assert!(error.contains(name), "{name} in {error}");
    }
    assert!(!error.contains("secret@"), "{error}");
}

#[test]
fn development_makes_its_secrets_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/data/switchboard.db", folder.path().display());
    let vars = vars(&[("SWITCHBOARD_ENV", "development"), ("DATABASE_URL", &url)]);
    let first = Config::from_vars(&vars).expect("nothing else is needed");
    let second = Config::from_vars(&vars).expect("nor the second time");
    assert_eq!(first.app_secrets, second.app_secrets);
    assert!(first.operator_token.is_some() && first.operator_token == second.operator_token);
    assert!(first.app_secrets[0].len() >= 32);
    assert_eq!(first.graph_url, "http://127.0.0.1:8082");
}

#[test]
fn a_file_is_read_as_its_documents_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(".env");
    assert_eq!(file::read(&path), Ok(HashMap::new()), "no file, no variables");

    let lines = [
        "# a comment",
        "LISTEN_ADDR=0.0.0.0:8080 # behind the value",
        "WA_VERIFY_TOKEN=with#sign",
        "MODEL=\"two words\" # behind quotes",
        "export RAW_DAYS=7",
        "JOURNAL_DAYS=${RAW_DAYS}",
        "BACKUP_PATH=\"/backups/$MODEL/\"",
        "WHATSAPP_APP_SECRET='a$RAW_DAYS b'",
        "DATA_DIR=",
    ];
    std::fs::write(&path, lines.join("\n")).expect("written");
    let expected = vars(&[
        ("LISTEN_ADDR", "0.0.0.0:8080"),
        ("WA_VERIFY_TOKEN", "with#sign"),
        ("MODEL", "two words"),
        ("RAW_DAYS", "7"),
        ("JOURNAL_DAYS", "7"),
        ("BACKUP_PATH", "/backups/two words/"),
        ("WHATSAPP_APP_SECRET", "a$RAW_DAYS b"),
        ("DATA_DIR", ""),
    ]);
    assert_eq!(file::read(&path), Ok(expected));
}

#[test]
fn a_line_that_cannot_be_read_is_found_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(".env");
    std::fs::write(&path, "RAW_DAYS=7\nOPERATOR_TOKEN=secret words\n").expect("written");
    let error = file::read(&path).expect_err("a space outside quotes");
    assert!(error.contains("after RAW_DAYS") && error.contains("single quotes"), "{error}");
    assert!(!error.contains("secret") && !error.contains("words"), "{error}");
}

/// Variables that operators do not set: hooks of tests, and the login name.
const NOT_SETTINGS: [&str; 4] =
    ["SWITCHBOARD_CLOCK_AHEAD_MS", "SWITCHBOARD_CLOCK_FILE", "SWITCHBOARD_CRASH_AT_COMMIT", "USER"];

#[test]
fn every_variable_is_documented() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |path: PathBuf| std::fs::read_to_string(path).expect("a text");
    let [example, document] = [".env.example", "docs/configuration.md"].map(|name| text(here.join("..").join(name)));
    let files = here.join("src/config").read_dir().expect("this folder").map(|entry| entry.expect("an entry").path());
    let sources: Vec<String> = files.filter(|path| !path.ends_with("tests.rs")).map(text).collect();
    let is_name = |word: &&str| {
        // What a name begins or ends with is none.
        !word.starts_with('_')
            && !word.ends_with('_')
            && word.len() > 3
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && !NOT_SETTINGS.contains(word)
    };
    let names: Vec<&str> = sources.iter().flat_map(|source| source.split('"')).filter(is_name).collect();
    assert!(names.len() > 40, "only {} variables were found", names.len());
    for name in names {
        assert!(example.contains(name), "{name} is not in .env.example");
        assert!(document.contains(&format!("`{name}`")), "{name} is not in docs/configuration.md");
    }
}

#[test]
fn a_name_that_is_none_is_told() {
    let mut vars = vars(&PRODUCTION);
    vars.extend(self::vars(&[
        ("WHATSAPP_APP_SECRETS", "x"),
        ("FLOD_PER_MINUTE", "3"),
        ("OPERATOR_SECRET", "x"),
        ("WA_TOKEN_FILE", ""),
        ("HOME", "/root"),
        ("PATH", "/bin"),
        ("DATABASE_PASSWORD", "x"),
    ]));
    let config = Config::from_vars(&vars).expect("nothing of it is wrong");
    let told = config.unknown_variables;
    assert_eq!(
        told,
        [
            "FLOD_PER_MINUTE is not a variable; do you mean FLOOD_PER_MINUTE?",
            "OPERATOR_SECRET is not a variable: docs/configuration.md has all",
            "WHATSAPP_APP_SECRETS is not a variable; do you mean WHATSAPP_APP_SECRET?",
        ]
    );
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    for (name, value, says) in [
        ("GRAPH_API_VERSION", "26", "v26.0"),
        ("WHATSAPP_PHONE_NUMBER_ID", "+250788000001", "not the number itself"),
        ("RUST_LOG", "switchboard=loud", "RUST_LOG"),
        ("OPERATOR_TOKEN", "x", "less than 8 characters"),
    ] {
        let mut vars = vars(&PRODUCTION);
        vars.insert(name.into(), value.into());
        let error = Config::from_vars(&vars).expect_err(name).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_command_demands_what_it_uses() {
    let none = Variables::of(HashMap::new());
    assert!(Config::read(&none, needs("flags")).is_ok());
    let error = Config::read(&none, needs("webhook show")).expect_err("a token and an account").to_string();
    assert!(error.contains("WHATSAPP_ACCESS_TOKEN") && error.contains("WHATSAPP_BUSINESS_ACCOUNT_ID"), "{error}");
    assert!(!error.contains("WA_VERIFY_TOKEN"), "{error}");
}

#[test]
fn a_secret_stands_in_its_variable_or_in_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2\n").expect("written");
    let file = path.to_str().expect("UTF-8");
    let of = |pairs: &[(&str, &str)]| {
        Variables::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    };
    let read = of(&[("WHATSAPP_ACCESS_TOKEN_FILE", file), ("NEW_SECRET_FILE", file), ("OTHER_FILE", "/nowhere")]);
    assert_eq!(read.values()["WHATSAPP_ACCESS_TOKEN"], "hunter2");
    assert_eq!(read.values()["NEW_SECRET"], "hunter2");
    assert_eq!((read.files.len(), read.wrong()), (2, Vec::new()));
    std::fs::write(&path, "hunter3").expect("written");
    let again = of(&[("WHATSAPP_ACCESS_TOKEN_FILE", file), ("NEW_SECRET", "hunter2"), ("OTHER_FILE", "/nowhere")]);
    let changed: Vec<String> = read.changed(&again).into_iter().collect();
    assert_eq!(changed, ["NEW_SECRET_FILE", "WHATSAPP_ACCESS_TOKEN"]);

    for (pairs, says) in [
        (vec![("WA_TOKEN_FILE", "/nowhere/token")], "cannot be read"),
        (vec![("WA_TOKEN_FILE", file), ("WA_TOKEN", "x")], "both set"),
        (vec![("WA_TOKEN_FILE", folder.path().to_str().expect("UTF-8"))], "cannot be read"),
    ] {
        let wrong = of(&pairs).wrong();
        assert!(wrong.len() == 1 && wrong[0].contains(says) && wrong[0].contains("WA_TOKEN"), "{wrong:?}");
        assert!(!wrong[0].contains("hunter"), "{wrong:?}");
    }
    std::fs::write(&path, " \n").expect("written");
    assert!(of(&[("WA_TOKEN_FILE", file)]).wrong()[0].ends_with("is empty"));
    assert_eq!(of(&[("WA_TOKEN_FILE", "")]).wrong(), Vec::<String>::new());
}
