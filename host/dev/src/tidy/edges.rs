//! Who may know whom: the edges between crates of the workspace, and fences around some dependencies.

use super::Finding;
use crate::portable;
use crate::workspace::{Dependency, Kind, Member};

/// The edges of DESIGN section 2 that exist: each crate with the crates it may depend on.
///
/// A new edge changes this table and ARCHITECTURE.md in the same commit.
const EDGES: &[(&str, &[&str])] = &[
    ("flux-genome", &[]),
    ("flux-vm", &[]),
    ("flux-lang", &["flux-genome", "flux-vm"]),
    ("flux-evolve", &["flux-genome"]),
    ("flux-sandbox", &["flux-genome"]),
    ("flux-bank", &[]),
    ("flux-broker", &[]),
    ("flux-ecosystem", &["flux-lang", "flux-bank", "flux-broker"]),
    (
        "flux-run",
        &["flux-vm", "flux-genome", "flux-lang", "flux-evolve", "flux-sandbox", "flux-bank", "flux-broker"],
    ),
    (
        "flux",
        &[
            "flux-vm",
            "flux-genome",
            "flux-lang",
            "flux-evolve",
            "flux-sandbox",
            "flux-bank",
            "flux-broker",
            "flux-ecosystem",
            "flux-run",
        ],
    ),
    ("flux-dev", &[]),
    (
        "flux-tests",
        &[
            "flux-vm",
            "flux-genome",
            "flux-lang",
            "flux-evolve",
            "flux-sandbox",
            "flux-bank",
            "flux-run",
            "flux",
        ],
    ),
    (
        "flux-benches",
        &[
            "flux-vm",
            "flux-genome",
            "flux-lang",
            "flux-evolve",
            "flux-sandbox",
            "flux-bank",
            "flux-broker",
            "flux-run",
            "flux-ecosystem",
        ],
    ),
];

/// A dependency that only some crates may have.
struct Fence {
    dependency: &'static str,
    /// The features that are fenced; the whole dependency when empty.
    features: &'static [&'static str],
    inside: &'static [&'static str],
    reason: &'static str,
}

/// Fences hold for what a crate is built from; its tests may use what they like.
const FENCES: &[Fence] = &[
    Fence {
        dependency: "wasmtime",
        features: &[],
        inside: &["flux-sandbox", "flux-benches"],
        reason: "its types stay inside flux-sandbox",
    },
    Fence {
        dependency: "wasmi",
        features: &[],
        inside: &["flux-sandbox", "flux-tests", "flux-benches"],
        reason: "its types stay inside flux-sandbox",
    },
    Fence {
        dependency: "rusqlite",
        features: &[],
        inside: &["flux-bank"],
        reason: "its types stay inside flux-bank",
    },
    Fence {
        dependency: "clap",
        features: &[],
        inside: &["flux", "flux-dev"],
        reason: "only programs read a command line",
    },
    Fence {
        dependency: "rustyline",
        features: &[],
        inside: &["flux"],
        reason: "only the program reads a terminal",
    },
    Fence {
        dependency: "miette",
        features: &["fancy", "fancy-no-backtrace", "fancy-no-syscall"],
        inside: &["flux"],
        reason: "only the program draws reports",
    },
];

/// What no portable crate is built from, because it is there for files, threads, clocks, sockets or entropy.
const NOT_PORTABLE: &[&str] = &["cap-std", "getrandom", "rand", "rayon", "tempfile", "tokio"];

/// Finds forbidden edges and crates without a line in the table.
pub fn check(members: &[Member]) -> Vec<Finding> {
    members.iter().flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let name = member.name.as_str();
    let Some((_, allowed)) = EDGES.iter().find(|(crate_name, _)| *crate_name == name) else {
        let what = format!("the crate `{name}` is not in the table of edges");
        let remedy = "add it to host/dev/src/tidy/edges.rs and to ARCHITECTURE.md";
        return vec![Finding::of(&member.manifest, what, remedy)];
    };
    let mut findings = Vec::new();
    for dependency in &member.dependencies {
        let other = dependency.name.as_str();
        let is_ours = EDGES.iter().any(|(crate_name, _)| *crate_name == other);
        if is_ours && !allowed.contains(&other) {
            let what = format!("`{name}` may not depend on `{other}`");
            let remedy = "move the code down a floor, or change ARCHITECTURE.md and the table of edges";
            findings.push(Finding::of(&member.manifest, what, remedy));
        }
        if dependency.kind == Kind::Dev {
            continue;
        }
        for fence in FENCES.iter().filter(|fence| fence.stops(name, dependency)) {
            let what = format!("`{name}` may not depend on `{other}`: {}", fence.reason);
            let remedy = format!("use it in {} only", fence.inside.join(", "));
            findings.push(Finding::of(&member.manifest, what, remedy));
        }
        if portable::CRATES.contains(&name) && NOT_PORTABLE.contains(&other) {
            let what = format!("`{name}` is portable and may not depend on `{other}`");
            findings.push(Finding::of(&member.manifest, what, "hand in what is needed from above"));
        }
    }
    findings
}

impl Fence {
    fn stops(&self, crate_name: &str, dependency: &Dependency) -> bool {
        let fenced = |feature: &String| self.features.contains(&feature.as_str());
        self.dependency == dependency.name
            && !self.inside.contains(&crate_name)
            && (self.features.is_empty() || dependency.features.iter().any(fenced))
    }
}

#[cfg(test)]
mod tests {
    use super::{EDGES, check};
    use crate::workspace::{Dependency, Kind, Member};

    fn member(name: &str, dependency: &str, kind: Kind, features: &[&str]) -> Member {
        let features = features.iter().map(|feature| (*feature).to_owned()).collect();
        let dependency = Dependency { name: dependency.to_owned(), kind, features };
        Member { name: name.to_owned(), manifest: "Cargo.toml".to_owned(), dependencies: vec![dependency] }
    }

    fn n_found(name: &str, dependency: &str, kind: Kind, features: &[&str]) -> usize {
        check(&[member(name, dependency, kind, features)]).len()
    }

    #[test]
    fn edges_point_down_only() {
        assert_eq!(n_found("flux-run", "flux-sandbox", Kind::Normal, &[]), 0);
        assert_eq!(n_found("flux-sandbox", "flux-run", Kind::Normal, &[]), 1);
        assert_eq!(n_found("flux-sandbox", "flux-evolve", Kind::Dev, &[]), 1);
        assert_eq!(n_found("flux-genome", "serde", Kind::Normal, &[]), 0);
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (at, (name, allowed)) in EDGES.iter().enumerate() {
            for other in *allowed {
                let below = EDGES[..at].iter().any(|(crate_name, _)| crate_name == other);
                assert!(below, "`{name}` stands above `{other}`, so its line comes later");
            }
        }
    }

    #[test]
    fn a_crate_needs_a_line() {
        assert_eq!(n_found("flux-attic", "serde", Kind::Normal, &[]), 1);
    }

    #[test]
    fn fences_hold_outside_tests() {
        assert_eq!(n_found("flux-run", "wasmtime", Kind::Normal, &[]), 1);
        assert_eq!(n_found("flux-run", "wasmtime", Kind::Dev, &[]), 0);
        assert_eq!(n_found("flux-run", "miette", Kind::Normal, &[]), 0);
        assert_eq!(n_found("flux-run", "miette", Kind::Normal, &["fancy"]), 1);
        assert_eq!(n_found("flux-genome", "rayon", Kind::Normal, &[]), 1);
    }
}
