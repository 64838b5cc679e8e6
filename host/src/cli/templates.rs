//! `switchboard templates`: the account's message templates, as Meta has them now.

use clap::Subcommand;
use serde_json::{Value, json};

use super::common;
use crate::config::Config;
use switchboard_edge::whatsapp::account::TemplateAbout;

/// The subcommands.
#[derive(Subcommand)]
pub(super) enum TemplatesCommand {
    /// List the account's templates: status, category, quality.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one: its parts, and the values that they need.
    Show {
        /// Its name.
        name: String,
        /// Print JSON, with the parts as Meta has them.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: TemplatesCommand) -> anyhow::Result<()> {
    let config = Config::for_command(match command {
        TemplatesCommand::List { .. } => "templates list",
        TemplatesCommand::Show { .. } => "templates show",
    })?;
    let (graph, account) = common::account(&config)?;
    let templates = graph.templates(account).await?;
    match command {
        TemplatesCommand::List { json: true } => print_json(&templates),
        TemplatesCommand::List { json: false } => {
            if templates.is_empty() {
                println!("The account has no templates: make them in WhatsApp Manager.");
            }
            for template in &templates {
                println!("{}", line(template));
            }
        }
        TemplatesCommand::Show { name, json } => {
            let named: Vec<TemplateAbout> = templates.into_iter().filter(|template| template.name == name).collect();
            anyhow::ensure!(
                !named.is_empty(),
                "the account has no template `{name}`: `switchboard templates list` shows all"
            );
            if json {
                print_json(&named);
            } else {
                named.iter().for_each(show);
            }
        }
    }
    Ok(())
}

fn line(template: &TemplateAbout) -> String {
    let TemplateAbout { name, language, status, category, quality, rejected, .. } = template;
    let quality = if quality.is_empty() { String::new() } else { format!(", quality {quality}") };
    let rejected = if rejected.is_empty() { String::new() } else { format!(", because {rejected}") };
    format!("{name}:{language}  {status}{rejected}, {category}{quality}")
}

fn show(template: &TemplateAbout) {
    println!("{}", line(template));
    for part in &template.parts {
        let kind = part["type"].as_str().unwrap_or("part").to_lowercase();
        let words = part["text"]
            .as_str()
            .map_or_else(|| part["format"].as_str().unwrap_or_default().to_lowercase(), str::to_owned);
        let buttons = part["buttons"].as_array().into_iter().flatten();
        let titles: Vec<&str> = buttons.filter_map(|button| button["text"].as_str()).collect();
        let words = if titles.is_empty() { words } else { titles.join(" | ") };
        println!("  {kind}: {}", words.replace('\n', "\n    "));
    }
    let variables = template.variables();
    if !variables.is_empty() {
        println!("  needs: {}", variables.join(", "));
    }
}

fn print_json(templates: &[TemplateAbout]) {
    let about = |template: &TemplateAbout| {
        json!({
            "name": template.name, "language": template.language, "status": template.status,
            "category": template.category, "quality": template.quality, "rejected": template.rejected,
            "needs": template.variables(), "components": template.parts,
        })
    };
    println!("{:#}", templates.iter().map(about).collect::<Value>());
}
