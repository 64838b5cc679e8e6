//! The agent's own work. The benchmark compiles this file too and calls it without any sandbox: that is its native floor.

use serde_json::Value;

/// Reads the settings, about a kilobyte of JSON, and makes an answer.
pub fn answer(text: &str, settings: &str) -> Result<String, serde_json::Error> {
    let settings: Value = serde_json::from_str(settings)?;
    let greeting = settings["greeting"].as_str().unwrap_or("Echo");
    Ok(format!("{greeting}: {text}"))
}
