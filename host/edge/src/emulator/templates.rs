//! Whether Meta would send a template message, by the account's templates.

use serde_json::Value;

/// Checks a template message against the account's templates: Meta's code and words if it would be refused.
pub(super) fn check_template(templates: &[Value], sent: &Value) -> Result<(), (i64, String)> {
    if templates.is_empty() {
        return Ok(());
    }
    let (name, language) = (&sent["name"], &sent["language"]["code"]);
    let known = templates.iter().find(|known| known["name"] == *name && known["language"] == *language);
    let known = known.ok_or((132_001, "Template name does not exist in the translation".to_owned()))?;
    if known["status"] == "PAUSED" {
        return Err((132_015, "Template is paused".into()));
    }
    if known["status"] != "APPROVED" {
        return Err((132_001, "Template is not approved".into()));
    }
    for part in known["components"].as_array().into_iter().flatten() {
        let variables = part["text"].as_str().unwrap_or_default().matches("{{").count();
        let variables = if part["format"].as_str().is_some_and(|format| format != "TEXT") { 1 } else { variables };
        let kind = part["type"].as_str().unwrap_or_default().to_lowercase();
        if kind == "buttons" {
            continue;
        }
        let given = sent["components"].as_array().into_iter().flatten().find(|given| given["type"] == kind.as_str());
        let given = given.and_then(|given| given["parameters"].as_array().map(Vec::len)).unwrap_or(0);
        if given != variables {
            let words = format!("Number of parameters does not match: {kind} has {variables}, and {given} came");
            return Err((132_000, words));
        }
    }
    Ok(())
}
