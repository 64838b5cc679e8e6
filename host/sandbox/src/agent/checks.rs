//! Validation of a component before it serves: its imports are granted, and its profile is usable.

use super::{
    capability::{Capability, Grants, wasi},
    engine::{Compiled, Engine},
    errors::Unfit,
};
use switchboard_core::contract::types::Profile;

/// The contract's package name, up to its interfaces.
const PACKAGE: &str = "switchboard:agent/";

/// Checks that everything a component imports is granted; returns the capabilities it imports.
pub(super) fn imports(engine: &Engine, compiled: &Compiled, grants: Grants) -> Result<Vec<String>, Unfit> {
    let mut imports = Vec::new();
    for (import, _) in compiled.0.component_type().imports(engine.wasmtime()) {
        if import.starts_with("wasi:") {
            match grants.holds(Capability::Wasi) {
                _ if !wasi::has(import) => return Err(Unfit::WasiLacks(import.to_owned())),
                false => return Err(Unfit::Wasi(import.to_owned())),
                true if imports.iter().any(|import| import == "wasi") => {}
                true => imports.push("wasi".to_owned()),
            }
            continue;
        }
        let named = import.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'));
        let Some((interface, version)) = named else { return Err(Unfit::Unknown(import.to_owned())) };
        if !version.starts_with("1.") {
            return Err(Unfit::Unknown(import.to_owned()));
        }
        match Capability::named(interface) {
            Some(Capability::Wasi) => return Err(Unfit::Unknown(import.to_owned())),
            Some(capability) if grants.holds(capability) => imports.push(interface.to_owned()),
            Some(_) => return Err(Unfit::NotGranted(interface.to_owned())),
            None if interface == "types" => {}
            None => return Err(Unfit::Unknown(import.to_owned())),
        }
    }
    Ok(imports)
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
    Ok(())
}
