//! A page about a run is one file that fetches nothing, and the same for the same bank.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use flux_cli::{ExitStatus, Io};

const POLICY: &str =
    "strategy = 'map-elites'\nchildren = 24\nrestart_after = 0\n[stop]\ngenerations = 12\npatience = 0\n";

/// A name that a page has to escape.
const NAME: &str = "a<b>&\"c\"";

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command that must not fail to run, and gives what it printed.
fn flux(args: &[&str]) -> String {
    let (stdout, stderr) = (Shared::default(), Shared::default());
    let mut io = Io::of(Box::new(io::empty()), Box::new(stdout.clone()), Box::new(stderr.clone()));
    let status = flux_cli::run(std::iter::once("flux").chain(args.iter().copied()), &mut io);
    let text = |stream: &Shared| String::from_utf8_lossy(&stream.0.borrow()).into_owned();
    assert_ne!(status, ExitStatus::CouldNotRun, "{args:?}: {}", text(&stderr));
    text(&stdout)
}

#[test]
fn a_page_is_whole_escaped_and_the_same_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("policy.toml"), POLICY).expect("a file");
    let genomes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genomes/gcd");
    let (arena, founder) =
        (genomes.display().to_string(), genomes.join("subtract.wat").display().to_string());
    let (policy, bank) = (path("policy.toml"), path("b.bank"));
    flux(&["evolve", &arena, &founder, "--policy", &policy, "--bank", &bank, "--name", NAME, "--fresh", "1"]);
    let page = flux(&["report", NAME, "--bank", &bank, "-o", "-"]);
    assert_eq!(page, flux(&["report", NAME, "--bank", &bank, "-o", "-"]), "the same bank, the same page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    for fetched in ["http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    assert!(page.contains("a&lt;b&gt;&amp;&quot;c&quot;") && !page.contains("a<b>"));
    for shown in ["How it went", "What the operators were worth", "The grid", "The code", "The run"] {
        assert!(page.contains(shown), "{shown}");
    }
    // Every chart has a name for those who do not see it.
    assert_eq!(page.matches("role=\"img\"").count(), page.matches("<title id=").count());
}
