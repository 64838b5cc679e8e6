//! The file `.env`.

use std::{collections::HashMap, path::Path};

use dotenvy::Error;

/// Reads the variables of a file in the format of the crate `dotenvy`; none if it is not there. The error is a sentence. It names the
/// variable before a line that cannot be read and shows nothing of that line, which may hold a secret.
pub(super) fn read(path: &Path) -> Result<HashMap<String, String>, String> {
    let file = path.display();
    let lines = match dotenvy::from_path_iter(path) {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return Ok(HashMap::new()),
        Err(error) => return Err(format!("{file} cannot be read: {error}")),
    };
    let mut vars = HashMap::new();
    let mut place = "its first variable".to_owned();
    for line in lines {
        let (name, value) = line.map_err(|error| match error {
            Error::LineParse(..) => {
                format!("{file}: {place} cannot be read; put a value with spaces, quotes, `$` or `\\` in single quotes")
            }
            error => format!("{file} cannot be read: {error}"),
        })?;
        place = format!("the line after {name}");
        vars.insert(name, value);
    }
    Ok(vars)
}
