//! `make shots`: pictures of each page with a day's turns, light, dark and as on a telephone, into `target/shots`; and smaller ones of a few
//! for the documents.

use std::path::PathBuf;

use switchboard_kit::browser::Browser;

use super::{day, service::staged};

/// The pages, by the names of their pictures.
const PAGES: [(&str, &str); 12] = [
    ("overview", "/"),
    ("inbox", "/inbox"),
    ("conversations", "/turns"),
    ("turn", "/turns/902000"),
    ("people", "/people"),
    ("agents", "/agents"),
    ("agent", "/agents/jobs"),
    ("rollout", "/rollout"),
    ("waiting", "/waiting"),
    ("phone", "/phone"),
    ("audit", "/audit"),
    ("settings", "/settings"),
];

/// Pages of which the documents have a picture.
const IN_DOCUMENTS: [&str; 3] = ["overview", "agents", "rollout"];

#[tokio::test]
#[ignore = "takes pictures: make shots"]
async fn pictures() {
    let browser = Browser::start().await.expect("a browser: tools/chromium.sh brings it");
    let mut stage = staged().await;
    stage.terminate();
    stage.set("SWITCHBOARD_ENV", "development");
    day::seed(&stage).await;
    stage.start().await;
    stage.run(&["rollout", "start", "--yes"]);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/shots");
    std::fs::create_dir_all(&folder).expect("a folder");
    switchboard_kit::stage::until("the day is counted", async || {
        stage.count("select coalesce(sum(messages), 0) from figure_slot").await >= 2000
    })
    .await;
    for (kind, width, height, dark) in
        [("light", 1280, 900, false), ("dark", 1280, 900, true), ("telephone", 390, 844, false)]
    {
        browser.show_as(width, height, dark).await;
        for (name, path) in PAGES {
            browser.open(&format!("http://{}{path}", stage.operator_of(0))).await;
            let file = folder.join(format!("{name}-{kind}.png"));
            std::fs::write(&file, browser.picture(false).await).expect("written");
            if kind == "light" && IN_DOCUMENTS.contains(&name) {
                let small = browser.picture(true).await;
                std::fs::write(folder.join(format!("{name}.webp")), small).expect("written");
            }
            println!("{}", file.display());
        }
    }
}
