//! Validation of a component before it serves: its imports are granted, and its profile is usable.

use super::{
    capability::{Capability, Grants, wasi},
    errors::Unfit,
};
use switchboard_core::contract::types::Profile;
use switchboard_understand::lexicon;

/// The contract's package name, up to its interfaces.
const PACKAGE: &str = "switchboard:agent/";

/// Checks that all that a component imports is granted; returns the capabilities it imports.
pub(crate) fn imports<'a>(names: impl IntoIterator<Item = &'a str>, grants: Grants) -> Result<Vec<String>, Unfit> {
    let (mut imports, mut missing, mut unfit) = (Vec::new(), Vec::new(), Vec::new());
    for import in names {
        match capability(import) {
            Ok(None) => {}
            Ok(Some(capability)) => {
                let list = if grants.holds(capability) { &mut imports } else { &mut missing };
                if !list.contains(&capability) {
                    list.push(capability);
                }
            }
            Err(error) => unfit.push(error),
        }
    }
    let names = |capabilities: &[Capability]| capabilities.iter().map(|it| it.name().to_owned()).collect();
    if !missing.is_empty() {
        let line = grants.iter().chain(missing.iter().copied()).map(Capability::name).collect::<Vec<_>>();
        unfit.push(Unfit::NotGranted { missing: names(&missing), line: format!("capabilities = {line:?}") });
    }
    match unfit.len() {
        0 => Ok(names(&imports)),
        1 => Err(unfit.remove(0)),
        _ => Err(Unfit::Several(unfit)),
    }
}

/// The capability that an import needs; none for the contract's types and what a panic says.
fn capability(import: &str) -> Result<Option<Capability>, Unfit> {
    if import.starts_with("wasi:") {
        return if wasi::has(import) { Ok(Some(Capability::Wasi)) } else { Err(Unfit::WasiLacks(import.to_owned())) };
    }
    let named = import.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'));
    match named {
        Some(("types" | "panics", version)) if version.starts_with("1.") => Ok(None),
        Some((interface, version)) if version.starts_with("1.") => match Capability::named(interface) {
            Some(Capability::Wasi) | None => Err(Unfit::Unknown(import.to_owned())),
            capability => Ok(capability),
        },
        _ => Err(Unfit::Unknown(import.to_owned())),
    }
}

/// Checks what the fields of a profile say together, or of what the host knows; each alone is within its bound.
pub(super) fn check(profile: &Profile, expected: &str) -> Result<(), String> {
    if profile.name != expected {
        return Err(format!(
            "it calls itself `{}`, but its file or entry is `{expected}`: name them alike",
            profile.name
        ));
    }
    let mut flows: Vec<&str> = profile.flows.iter().map(|flow| flow.name.as_str()).collect();
    flows.sort_unstable();
    if let Some(twice) = flows.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("it has two flows named `{}`", twice[0]));
    }
    if let Some(unknown) = profile.wants.iter().find(|want| Capability::named(want).is_none()) {
        return Err(format!("it wants `{unknown}`, which is no capability"));
    }
    for extra in profile.extras.iter().filter(|extra| extra.name == lexicon::EXTRA) {
        lexicon::own(&extra.value).map_err(|error| error.to_string())?;
    }
    Ok(())
}
