//! New agents: the files of a scaffold, its entry in `plugins.toml`, and a project around it where there is none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    c, embedded,
    error::AuthorError,
    kind::Kind,
    project::{Project, table},
};
use switchboard_core::name::is_agent_name;
use switchboard_sandbox::plugins::check_manifest;
use switchboard_understand::Analysis;

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The project that the agent is in.
    pub project: Project,
    /// Whether the project was made too.
    pub is_new_project: bool,
    /// The agent's files, from the project's folder.
    pub files: Vec<PathBuf>,
}

/// Names that crates or folders have which an agent in Rust cannot have.
const TAKEN: [&str; 12] =
    ["sdk", "host", "core", "std", "alloc", "test", "proc_macro", "serde", "agent_sdk", "crate", "self", "super"];

/// Words of Rust that no library is called by.
const RUST_WORDS: [&str; 38] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true",
];

/// The rest of them.
const MORE_RUST_WORDS: [&str; 11] =
    ["try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield"];

/// The longest title that is made of a name, in characters; with its emoji it fits WhatsApp's 24.
const TITLE_MAX: usize = 20;

/// Makes an agent: in the project that the folder `at` lies in, else in a project of its own, a folder of the agent's name in `at`.
///
/// # Errors
/// If the name does not fit or is taken, or a file cannot be written. What was there before is not changed then.
pub fn new(at: &Path, name: &str, kind: Kind) -> Result<Made, AuthorError> {
    check_name(name)?;
    let found = Project::find(at);
    let is_new_project = found.is_none();
    let project = found.unwrap_or_else(|| Project { root: at.join(name) });
    if is_new_project && project.root.exists() {
        return Err(AuthorError::Exists(project.root));
    }
    let folder = project.agent(name);
    if folder.exists() {
        return Err(AuthorError::Exists(folder));
    }
    let manifest = match is_new_project {
        true => with_entry(MANIFEST, name, kind)?,
        false => {
            if is_listed(&project.manifest_table()?, name) {
                return Err(AuthorError::Listed(name.to_owned()));
            }
            let path = project.manifest();
            with_entry(&fs::read_to_string(&path).map_err(AuthorError::file(&path))?, name, kind)?
        }
    };
    check_manifest(&manifest).map_err(|error| AuthorError::project(project.manifest(), error.to_string()))?;
    if is_new_project {
        embedded::write(
            &project.root.join(".gitignore"),
            "/target/\n/plugins/\n/data/\n/.tools/\nnode_modules/\n__pycache__/\n",
        )?;
        embedded::write(&project.root.join("README.md"), &filled(include_str!("templates/README.md.in"), name))?;
    }
    join_workspace(&project, name, kind)?;
    let mut files = Vec::new();
    for (path, text) in kind.templates() {
        let wants = format!("&{:?}", kind.capabilities());
        embedded::write(&folder.join(path), &filled(text, name).replace("@wants@", &wants))?;
        files.push(Path::new("agents").join(name).join(path));
    }
    if kind.is_rust() {
        format(&project.root, &folder.join("src/lib.rs"));
    } else {
        embedded::write(&folder.join("wit/deps/switchboard/agent.wit"), embedded::contract())?;
    }
    if kind == Kind::C {
        c::write_bindings(&folder)?;
        files.push(Path::new("agents").join(name).join(c::BINDINGS));
    }
    embedded::write(&project.manifest(), &manifest)?;
    Ok(Made { project, is_new_project, files })
}

/// The manifest of a new project.
const MANIFEST: &str = "# Which agents run, and what each may use. A component imports no interface that `capabilities` does not name.\n\
    directory = \"plugins\"\n";

fn check_name(name: &str) -> Result<(), AuthorError> {
    let wrong = |why| Err(AuthorError::Name(name.to_owned(), why));
    if !is_agent_name(name) {
        return wrong("a name is 1 to 40 lower-case letters, digits and `_`, such as `car_wash`");
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return wrong("it begins with a letter");
    }
    if name.ends_with('_') || name.contains("__") {
        return wrong("each `_` stands between two words");
    }
    if Analysis::of(&name.replace('_', " ")).said.whole.is_some() {
        return wrong(
            "the host hears it as a greeting, a yes or the like, so people who write it would not reach the agent",
        );
    }
    if TAKEN.contains(&name) || RUST_WORDS.contains(&name) || MORE_RUST_WORDS.contains(&name) {
        return wrong("Rust or this project has another meaning for it");
    }
    Ok(())
}

fn is_listed(manifest: &toml::Table, name: &str) -> bool {
    let agents = manifest.get("agent").and_then(toml::Value::as_array).into_iter().flatten();
    agents.filter_map(|agent| agent.get("name")?.as_str()).any(|listed| listed == name)
}

/// A manifest with the agent's entry at its end.
fn with_entry(manifest: &str, name: &str, kind: Kind) -> Result<String, AuthorError> {
    let capabilities = kind.capabilities();
    Ok(format!("{}\n\n[[agent]]\nname = \"{name}\"\ncapabilities = {capabilities:?}\n", manifest.trim_end()))
}

/// Makes the cargo workspace fit the new agent: there is one where an agent is a crate, and it leaves out folders that are none.
fn join_workspace(project: &Project, name: &str, kind: Kind) -> Result<(), AuthorError> {
    let path = project.root.join("Cargo.toml");
    let agents = project.root.join("agents");
    if !path.is_file() {
        if kind.is_rust() {
            let is_other = |name: &String| agents.join(name).join("build.sh").is_file();
            let others: Vec<String> = folders(&agents).into_iter().filter(is_other).collect();
            embedded::make_workspace(&project.root, &others)?;
            let rustfmt = "max_width = 120\nreorder_modules = false\nuse_small_heuristics = \"Max\"\n";
            embedded::write(&project.root.join("rustfmt.toml"), rustfmt)?;
        }
        return Ok(());
    }
    let dependencies = table(&path)?;
    let has_sdk =
        dependencies.get("workspace").and_then(|workspace| workspace.get("dependencies")?.get("agent-sdk")).is_some();
    if kind.is_rust() && !has_sdk {
        let why = "its workspace has no dependency `agent-sdk`: make the agent in a folder outside this project";
        return Err(AuthorError::project(path, why.to_owned()));
    }
    if !kind.is_rust() {
        let text = fs::read_to_string(&path).map_err(AuthorError::file(&path))?;
        let excluding = excluding(&text, &format!("agents/{name}")).ok_or_else(|| {
            AuthorError::project(path.clone(), format!("add \"agents/{name}\" to `exclude` of [workspace] by hand"))
        })?;
        embedded::write(&path, &excluding)?;
    }
    Ok(())
}

/// A workspace's manifest that leaves a folder out; none if it cannot be written into the text.
fn excluding(text: &str, folder: &str) -> Option<String> {
    let excluded = format!("exclude = [{folder:?}");
    let changed = match text.contains("\nexclude = [") {
        true => text.replacen("\nexclude = [", &format!("\n{excluded}, "), 1),
        false => text.replacen("[workspace]\n", &format!("[workspace]\n{excluded}]\n"), 1),
    };
    let table: toml::Table = changed.parse().ok()?;
    let listed = table.get("workspace")?.get("exclude")?.as_array()?;
    listed.contains(&folder.into()).then_some(changed)
}

fn folders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Formats a file, if rustfmt is there: how long its lines are depends on the agent's name.
fn format(root: &Path, file: &Path) {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024"]).arg(file).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = rustfmt.status();
}

/// A template with the agent's name in its places.
fn filled(template: &str, name: &str) -> String {
    let words = name.replace('_', " ");
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let title: String = capital(&words).chars().take(TITLE_MAX).collect();
    template
        .replace("@name@", name)
        .replace("@crate@", &name.replace('_', "-"))
        .replace("@Type@", &name.split('_').map(capital).collect::<String>())
        .replace("@Title@", title.trim_end())
        .replace("@words@", &words)
        .replace("@about@", &format!("{}: say here in a sentence what it is for.", capital(&words)))
        .replace("@contract@", embedded::contract_version())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_fit_is_told_why() {
        for (name, why) in [
            ("Car-Wash", "lower-case letters"),
            ("", "1 to 40"),
            ("../x", "lower-case letters"),
            ("_x", "lower-case letters"),
            ("3d", "begins with a letter"),
            ("a__b", "between two words"),
            ("x_", "between two words"),
            ("sdk", "another meaning"),
            ("match", "another meaning"),
            ("hello", "hears it as a greeting"),
            ("yield", "another meaning"),
        ] {
            let told = check_name(name).expect_err(name).to_string();
            assert!(told.contains(why), "{name}: {told}");
        }
        assert!(check_name("car_wash2").is_ok());
    }

    #[test]
    fn a_workspace_leaves_out_what_is_no_crate() {
        let once = excluding("[workspace]\nresolver = \"3\"\n", "agents/a").expect("changed");
        let twice = excluding(&once, "agents/b").expect("changed");
        assert_eq!(twice, "[workspace]\nexclude = [\"agents/b\", \"agents/a\"]\nresolver = \"3\"\n");
        assert_eq!(excluding("[package]\nname = \"x\"\n", "agents/a"), None);
        // The lists of others are not for us.
        assert_eq!(
            excluding("[workspace]\nexclude = [\n  \"x\",\n]\n", "agents/a").map(|text| text.contains("agents/a")),
            Some(true)
        );
    }
}
