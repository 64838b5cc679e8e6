//! What `deploy/` gives a host of the machine.

use std::{path::Path, process::Command};

/// The greatest exposure of the unit, in tenths, by `systemd-analyze security`.
const EXPOSURE_MAX: &str = "30";

#[test]
fn the_unit_leaves_the_service_little_of_the_machine() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/switchboard.service");
    let threshold = format!("--threshold={EXPOSURE_MAX}");
    let mut rate = Command::new("systemd-analyze");
    match rate.args(["security", "--offline=true", "--no-pager", &threshold]).arg(&unit).output() {
        Ok(rated) => assert!(rated.status.success(), "{}", String::from_utf8_lossy(&rated.stdout)),
        Err(error) => eprintln!("the unit's exposure is NOT CHECKED: systemd-analyze: {error}"),
    }
    let text = std::fs::read_to_string(unit).expect("the unit");
    for setting in ["LimitNOFILE=", "MemoryMax=", "UMask=0077", "CapabilityBoundingSet=\n", "SystemCallFilter="] {
        assert!(text.contains(setting), "{setting}");
    }
    assert!(
        !text.lines().any(|line| line.starts_with("MemoryDenyWriteExecute")),
        "components are compiled at run time"
    );
}

#[test]
fn every_container_keeps_the_restricted_profile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a manifest");
    let text = ["hosts.yaml", "migrate.yaml", "ingress.yaml"].map(read).join("---\n");
    let containers = text.matches("\n          image: ").count();
    assert_eq!(containers, 3);
    for setting in [
        "allowPrivilegeEscalation: false",
        "readOnlyRootFilesystem: true",
        "capabilities: { drop: [ALL] }",
        "resources: ",
    ] {
        let there = text.lines().filter(|line| line.starts_with("          ") && line.contains(setting)).count();
        assert_eq!(there, containers, "{setting}");
    }
    for setting in
        ["runAsNonRoot: true", "seccompProfile: { type: RuntimeDefault }", "ReadWriteMany", "kind: NetworkPolicy"]
    {
        assert!(text.contains(setting), "{setting}");
    }
    for setting in ["kind: PodDisruptionBudget", "kind: Ingress", "kind: Job", "prometheus.io/scrape: \"true\""] {
        assert!(text.contains(setting), "{setting}");
    }
    let kustomization = read("kustomization.yaml");
    assert!(kustomization.contains("resources: [hosts.yaml, ingress.yaml]"), "{kustomization}");
}
