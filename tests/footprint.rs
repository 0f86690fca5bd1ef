//! Memory does not grow from run to run: the process's own figures, alone in its process.

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_runs_leave_nothing_behind() {
    use flux_genome::{Bounds, CapabilitySet, text};
    use flux_sandbox::{Ending, Input, Setting};

    /// Resident memory of this process in KiB.
    fn resident_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a figure");
        line.split_whitespace().nth(1).and_then(|figure| figure.parse().ok()).expect("a number")
    }

    let genome = text::compile(
        r#"(module (memory 2) (func (export "run") (param i64) (result i64)
            (memory.fill (i32.const 4096) (i32.const 7) (i32.const 65536))
            (i64.add (local.get 0) (i64.load (i32.const 4096)))))"#,
        &Bounds::DEFAULT,
    )
    .expect("a genome");
    let sandbox = flux_tests::sandbox();
    let loaded = sandbox.load(&genome, CapabilitySet::EMPTY).expect("loads");
    let round = |n: i64| {
        let outcome = sandbox.run(&loaded, &Input::Numbers(vec![n]), &Setting::default());
        assert_eq!(outcome.ending, Ending::Numbers(vec![n + 0x0707_0707_0707_0707]));
    };
    (0..200).for_each(round);
    let before = resident_kib();
    (0..1000).for_each(round);
    let grown = resident_kib().saturating_sub(before);
    // A leak of one page of WebAssembly memory a run would be 64,000 KiB, one of 1 KiB a run would be 1,000.
    assert!(grown < 512, "a thousand runs left {grown} KiB behind");
}
