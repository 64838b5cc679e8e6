//! `make lint`: the contract keeps to its releases.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agents-wit");
    match switchboard_contract_check::check_folder(&folder) {
        Ok((version, kept)) => {
            let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
            println!("contract: {version} keeps {}", kept.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("contract: {error}");
            ExitCode::FAILURE
        }
    }
}
