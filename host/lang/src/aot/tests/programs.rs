//! Programs as people write them: what they compute, and what becomes of their loops.

use flux_vm::host::Alone;
use flux_vm::machine::{Machine, Stop};
use flux_vm::{Program, Verified};

use super::engine::{self, Outcome};
use crate::aot::{CompileError, Compiled, Loops, MAX_INSTRUCTIONS, Options, Surroundings, compile};
use crate::assembly::{self, Limits, NoIncludes};

/// Counts down from R0 and adds up.
const SUM: &str = "
.inputs 1
        MOV R1, R0
        MOVI R0, 0
loop:   IADD R0, R0, R1
        DEC R1
        JNZ R1, loop
        HALT
";

const FACTORIAL: &str = "
.inputs 1
        MOV R1, R0
        MOVI R0, 1
loop:   IMUL R0, R0, R1
        DEC R1
        JNZ R1, loop
        HALT
";

const FIBONACCI: &str = "
.inputs 1
        MOV R3, R0
        MOVI R0, 0
        MOVI R1, 1
loop:   IADD R2, R0, R1
        MOV R0, R1
        MOV R1, R2
        DEC R3
        JNZ R3, loop
        HALT
";

/// The number of primes below R0, which is at most 8000: a byte for each number.
const SIEVE: &str = "
.inputs 1
        MOV R1, R0
        MOVI R0, 0
        MOVI R2, 2
        MOVI R4, 1
next:   CMP R2, R1
        JGE done
        LOAD8 R3, R2
        JNZ R3, composite
        INC R0
        IMUL R5, R2, R2
cross:  CMP R5, R1
        JGE composite
        STORE8 R4, R5
        IADD R5, R5, R2
        JMP cross
composite: INC R2
        JMP next
done:   HALT
";

/// Multiplies two matrices of 8 x 8 with i + j and i - j in them, and adds up what comes out.
const MATRIX: &str = "
        MOVI R6, 8
        MOVI R7, 4
        MOVI R1, 0
fill:   MOVI R2, 0
fill2:  IMUL R3, R1, R6
        IADD R3, R3, R2
        IMUL R3, R3, R7
        IADD R4, R1, R2
        STORE R4, R3
        MOVI R5, 256
        IADD R3, R3, R5
        ISUB R4, R1, R2
        STORE R4, R3
        INC R2
        CMP R2, R6
        JL fill2
        INC R1
        CMP R1, R6
        JL fill
        MOVI R0, 0
        MOVI R1, 0
row:    MOVI R2, 0
column: MOVI R8, 0
        MOVI R3, 0
dot:    IMUL R4, R1, R6
        IADD R4, R4, R3
        IMUL R4, R4, R7
        LOAD R4, R4
        IMUL R5, R3, R6
        IADD R5, R5, R2
        IMUL R5, R5, R7
        MOVI R9, 256
        IADD R5, R5, R9
        LOAD R5, R5
        IMUL R4, R4, R5
        IADD R8, R8, R4
        INC R3
        CMP R3, R6
        JL dot
        IMUL R0, R0, R6
        IADD R0, R0, R8
        INC R2
        CMP R2, R6
        JL column
        INC R1
        CMP R1, R6
        JL row
        HALT
";

/// Fibonacci by recursion, with frames on the stack.
const RECURSION: &str = "
.inputs 1
        CALL fib
        HALT
fib:    MOVI R1, 2
        CMP R0, R1
        JL back
        PUSH R0
        DEC R0
        CALL fib
        POP R1
        PUSH R0
        MOVI R2, 2
        ISUB R0, R1, R2
        CALL fib
        POP R1
        IADD R0, R0, R1
back:   RET
";

pub(super) fn assembled(text: &str) -> Program {
    let assembly = assembly::assemble("test", text, &NoIncludes, &Limits::DEFAULT);
    assembly.program.unwrap_or_else(|| panic!("{}", assembly.diagnostics.len()))
}

fn compiled(text: &str, options: &Options) -> (Verified, Compiled) {
    let verified = Verified::new(assembled(text)).unwrap();
    let compiled = compile(&verified, options).unwrap();
    (verified, compiled)
}

#[track_caller]
fn check(text: &str, inputs: &[i64], expected: &[i64]) {
    let (verified, compiled) = compiled(text, &Options::default());
    let mut machine = Machine::new(&verified);
    machine.give(inputs);
    assert_eq!(machine.run(1_000_000, &mut Alone), Stop::Halted);
    assert_eq!(machine.outputs(), expected);
    let (outcome, _) = engine::run(&engine::engine(), &compiled.module, inputs, 100_000_000);
    assert_eq!(outcome, Outcome::Results(expected.to_vec()));
    compiled.genome(&flux_genome::Bounds::DEFAULT).unwrap();
}

#[test]
fn usual_programs_compute_the_same() {
    check(SUM, &[1000], &[500_500]);
    check(FACTORIAL, &[20], &[2_432_902_008_176_640_000]);
    check(FIBONACCI, &[90], &[2_880_067_194_370_816_120]);
    check(SIEVE, &[1000], &[168]);
    check(RECURSION, &[15], &[610]);
}

#[test]
fn matrices_are_multiplied() {
    let mut expected = 0_i64;
    for i in 0..8_i64 {
        for j in 0..8 {
            let dot: i64 = (0..8).map(|k| (i + k) * (k - j)).sum();
            expected = expected.wrapping_mul(8).wrapping_add(dot);
        }
    }
    check(MATRIX, &[], &[expected]);
}

/// The operators of the innermost loop of a program.
fn innermost_loop(text: &str, loops: Loops) -> Vec<String> {
    let (_, compiled) = compiled(text, &Options { loops, ..Options::default() });
    let wat = wasmprinter::print_bytes(&compiled.module).unwrap();
    let lines: Vec<&str> = wat.lines().map(str::trim).collect();
    let begin = lines.iter().rposition(|line| line.starts_with("loop")).unwrap();
    let end = begin + lines[begin..].iter().position(|line| line.starts_with("end")).unwrap();
    lines[begin + 1..end]
        .iter()
        .map(|line| line.split_once(" (;").map_or(*line, |(line, _)| line).to_owned())
        .collect()
}

#[test]
fn a_loop_that_counts_down_is_one() {
    let operators = innermost_loop(SUM, Loops::Once);
    assert_eq!(
        operators,
        [
            "local.get 0",
            "local.get 1",
            "i64.add",
            "local.set 0",
            "local.get 1",
            "i64.const 1",
            "i64.sub",
            "local.tee 1",
            "i64.const 0",
            "i64.ne",
            "br_if 0",
        ]
    );
    assert_eq!(innermost_loop(FACTORIAL, Loops::Once).len(), operators.len());
    assert_eq!(innermost_loop(FIBONACCI, Loops::Once).len(), operators.len() + 4);
}

#[test]
fn a_small_loop_is_written_four_times_and_left_from_each() {
    for text in [SUM, FACTORIAL] {
        let operators = innermost_loop(text, Loops::Repeated);
        let n = |wanted: &str| operators.iter().filter(|operator| operator.starts_with(wanted)).count();
        assert_eq!(n("br_if"), 4, "{operators:?}");
        assert_eq!(n("i64.add") + n("i64.mul"), 4, "{operators:?}");
    }
}

/// A loop with two entries: the program jumps into its middle, or begins it.
const TWO_ENTRIES: &str = "
.inputs 2
        MOV R2, R0
        MOVI R0, 0
        JNZ R1, middle
first:  INC R0
        DEC R2
        JZ R2, done
middle: MOVI R3, 10
        IADD R0, R0, R3
        DEC R2
        JNZ R2, first
done:   HALT
";

#[test]
fn a_loop_with_two_entries_is_entered_at_both() {
    check(TWO_ENTRIES, &[7, 0], &[34]);
    check(TWO_ENTRIES, &[7, 1], &[43]);
}

/// Calls by address, through a table of two procedures.
const BY_ADDRESS: &str = "
.inputs 1
        MOVI R1, double
        JNZ R0, call
        MOVI R1, seven
call:   CALL_IND R1
        INC R0
        HALT
double: IADD R0, R0, R0
        RET
seven:  MOVI R0, 7
        RET
";

#[test]
fn procedures_are_called_by_address() {
    check(BY_ADDRESS, &[0], &[8]);
    check(BY_ADDRESS, &[20], &[41]);
}

/// Many loops, one after the other, and a choice in each.
fn many_loops(n: usize) -> String {
    let mut text = ".inputs 1\n MOV R9, R0\n MOVI R0, 0\n".to_owned();
    for i in 0..n {
        text += &format!(
            " MOV R1, R9\nloop{i}: MOVI R2, {i}\n CMP R1, R2\n JG more{i}\n INC R0\n JMP next{i}\n\
             more{i}: IADD R0, R0, R1\nnext{i}: DEC R1\n JNZ R1, loop{i}\n"
        );
    }
    text + " HALT\n"
}

/// Many procedures that call one another, with stores so that nothing is known of return addresses.
fn many_procedures(n: usize) -> String {
    let mut text = ".inputs 1\n MOVI R5, 0\n STORE R5, R5\n".to_owned();
    for i in 0..n {
        text += &format!(" CALL p{i}\n");
    }
    text += " HALT\n";
    for i in 0..n {
        text += &format!("p{i}: INC R0\n");
        if i + 1 < n {
            text += &format!(" CALL p{}\n", i + 1);
        }
        text += " RET\n";
    }
    text
}

#[test]
fn long_programs_are_genomes() {
    let expected: i64 = (0..30).map(|i| (1..=50).map(|r| if r > i { r } else { 1 }).sum::<i64>()).sum();
    check(&many_loops(30), &[50], &[expected]);
    check(&many_procedures(20), &[1], &[1 + 20 * 21 / 2]);
}

/// Sums without any jump, longer than a function of a genome may be.
fn many_sums(n: usize) -> String {
    let mut text = ".inputs 1\n MOVI R1, 1\n".to_owned();
    for i in 0..n {
        text += &format!(" IMUL R0, R0, R1\n MOVI R1, {}\n IADD R0, R0, R1\n", i % 7);
    }
    text + " HALT\n"
}

/// Many procedures that are called one after the other, with a store so that nothing is known of return addresses.
fn many_calls(n: usize) -> String {
    let mut text = ".inputs 1\n MOVI R5, 0\n STORE R5, R5\n".to_owned();
    text.extend((0..n).map(|i| format!(" CALL p{i}\n")));
    text += " HALT\n";
    text.extend((0..n).map(|i| format!("p{i}: INC R0\n RET\n")));
    text
}

#[test]
fn programs_too_long_for_a_function_become_several() {
    use flux_genome::gene::content;
    use flux_genome::view::ModuleView;
    for (text, inputs) in [(many_loops(400), [3]), (many_calls(1000), [5]), (many_sums(5000), [7])] {
        let (verified, compiled) = compiled(&text, &Options::default());
        assert!(verified.starts().len() > 3000);
        compiled.genome(&flux_genome::Bounds::DEFAULT).unwrap();
        let mut machine = Machine::new(&verified);
        machine.give(&inputs);
        assert_eq!(machine.run(u64::MAX, &mut Alone), Stop::Halted);
        let (outcome, _) = engine::run(&engine::engine(), &compiled.module, &inputs, 1 << 40);
        assert_eq!(outcome, Outcome::Results(machine.outputs().to_vec()));
        // Genes are found in the functions that they are in.
        let view = ModuleView::parse(&compiled.module).unwrap();
        let n_functions = view.functions.len();
        assert!(n_functions > 20, "{n_functions}");
        let is_constant = |gene| content(gene, &view).is_some_and(|content| content.starts_with("i64.const"));
        assert!(compiled.genes.genes.iter().all(is_constant));
    }
}

#[test]
fn constants_are_genes() {
    use flux_genome::gene::{GeneKind, GeneMap, Place};
    use flux_genome::view::ModuleView;
    let (_, compiled) = compiled(SIEVE, &Options::default());
    let view = ModuleView::parse(&compiled.module).unwrap();
    let section = view.genes.clone().unwrap();
    assert_eq!(GeneMap::decode(&compiled.module[section]).unwrap(), compiled.genes);
    let contents: Vec<String> =
        compiled.genes.genes.iter().filter_map(|gene| flux_genome::gene::content(gene, &view)).collect();
    assert_eq!(contents, ["i64.const 0", "i64.const 2", "i64.const 1"]);
    let text = "MOVI R1, 3\nCMP R0, R1\nJL end\nMOVI R2, 5\nIMUL R0, R0, R2\nend: HALT";
    let (_, compiled) = self::compiled(text, &Options::default());
    let kinds: Vec<GeneKind> = compiled.genes.genes.iter().map(|gene| gene.kind).collect();
    assert_eq!(kinds, [GeneKind::Threshold, GeneKind::Decay]);
    // A constant that is compared with in another block.
    let (_, compiled) =
        self::compiled("MOVI R1, 3\nagain: INC R0\nCMP R0, R1\nJL again\nHALT", &Options::default());
    assert_eq!(compiled.genes.genes[0].kind, GeneKind::Threshold);
    assert!(compiled.genes.genes.iter().all(|gene| matches!(gene.place, Place::Code { function: 0, .. })));
}

/// Every instruction about other agents that compiled programs have.
const MAIL: &str = r#"
        TELL R0, 1
        ASK R1, 2
        RECEIVE R1, R2
        DELEGATE R0, "friend"
        POLL R1, R2
        DELEGATE_RESULT R1
        BROADCAST R1
        SENSE R1, R2
        ACT R1, R2
        HALT
"#;

#[test]
fn the_host_is_asked_by_the_contract() {
    use flux_genome::capability::Capability;
    let options = Options {
        surroundings: Surroundings::Trial { agents: [("friend".to_owned(), 7)].into() },
        ..Options::default()
    };
    let (_, compiled) = compiled(MAIL, &options);
    let genome = compiled.genome(&flux_genome::Bounds::DEFAULT).unwrap();
    assert_eq!(genome.capabilities(), [Capability::Mail, Capability::Senses].into_iter().collect());
    let (_, pure) =
        self::compiled(MAIL, &Options { surroundings: Surroundings::Alone, ..Options::default() });
    let genome = pure.genome(&flux_genome::Bounds::DEFAULT).unwrap();
    assert!(genome.capabilities().is_empty());
}

#[track_caller]
fn check_unsupported(text: &str, expected: &[&str]) {
    let verified = Verified::new(assembled(text)).unwrap();
    let Err(CompileError::Unsupported(found)) = compile(&verified, &Options::default()) else {
        panic!("it can be compiled");
    };
    let found: Vec<String> = found.iter().map(|one| format!("{one}; {}", one.hint)).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_has_no_counterpart_is_named_with_its_place() {
    check_unsupported(
        "NOP\nBARRIER R0\nTELL R0, \"nobody\"\nCAP_REQUEST 3\nHALT",
        &[
            "hosts of genomes know nothing like `BARRIER` | opcode=0x78 | pc=1; run the program in the interpreter: `flux run` of its bytecode",
            "there is no agent `nobody` | opcode=0x60 | pc=6; name agents by their numbers, from 0, or say which number the name stands for",
            "`CAP_REQUEST` asks a host while it runs; a genome has what it was granted before | opcode=0x75 | pc=17; grant the capability when the program is compiled, or run it in the interpreter",
        ],
    );
}

#[test]
fn limits_are_kept() {
    let many = |n: usize| Verified::new(Program::raw([vec![0; n], vec![0x80]].concat())).unwrap();
    assert!(compile(&many(MAX_INSTRUCTIONS - 1), &Options::default()).is_ok());
    let refused = compile(&many(MAX_INSTRUCTIONS), &Options::default());
    let expected = CompileError::TooLong { limit: MAX_INSTRUCTIONS, actual: MAX_INSTRUCTIONS + 1 };
    assert_eq!(refused, Err(expected));
}

/// Two regions of 10 MiB, one after the other or both at once, of which the last bytes are looked at.
fn large_regions(between: &str) -> String {
    let size = 10 << 20;
    format!(
        "REGION_CREATE \"a\", {size}, \"system\"
         MEMSET \"a\", {}, 7, 8
         {between}
         REGION_CREATE \"b\", {size}, \"system\"
         MEMSET \"b\", {}, 9, 4
         MEMCMP \"b\", {}, {}, 4
         HALT",
        size - 8,
        size - 4,
        size - 8,
        size - 4,
    )
}

#[test]
fn memory_grows_when_large_regions_are_made() {
    use flux_genome::Bounds;
    use flux_vm::Limits;
    let run = |text: &str, limits: Limits| {
        let setting = flux_vm::machine::Setting { limits, ..flux_vm::machine::Setting::DEFAULT };
        let options = Options { surroundings: Surroundings::Alone, setting, ..Options::default() };
        let verified = Verified::new(assembled(text)).unwrap();
        let mut machine = Machine::with(&verified, &options.setting);
        let stop = machine.run(u64::MAX, &mut Alone);
        let compiled = compile(&verified, &options).unwrap();
        // The bounds of genomes are for what is there at the start.
        assert!(compiled.genome(&Bounds::DEFAULT).is_ok(), "{text}");
        let (outcome, _) = engine::run(&engine::engine(), &compiled.module, &[], 1 << 40);
        match stop {
            Stop::Halted => assert_eq!(outcome, Outcome::Results(machine.outputs().to_vec()), "{text}"),
            _ => assert_eq!(outcome, Outcome::Trap, "{text}"),
        }
        outcome
    };
    let before = Outcome::Results(vec![-1]);
    assert_eq!(run(&large_regions("REGION_DESTROY \"a\""), Limits::DEFAULT), before);
    assert_eq!(run(&large_regions(""), Limits::DEFAULT), Outcome::Trap);
    let double = Limits { region_bytes: 32 << 20, ..Limits::DEFAULT };
    assert_eq!(run(&large_regions(""), double), before);
    // `stack` and `heap` may be large from the start.
    let large = Limits { memory_size: 20 << 20, region_bytes: 64 << 20, ..Limits::DEFAULT };
    assert_eq!(
        run(&format!("MEMSET \"heap\", 20971519, 7, 1\nPUSH R0\n{}", large_regions("")), large),
        before
    );
}

#[test]
fn what_no_run_can_have_is_refused() {
    let refused = |text: &str, surroundings: Surroundings| {
        let options = Options { surroundings, ..Options::default() };
        match compile(&Verified::new(assembled(text)).unwrap(), &options) {
            Err(CompileError::TooMuchMemory { limit, actual }) => Some((limit >> 20, actual >> 20)),
            other => other.map(|_| None).unwrap(),
        }
    };
    let many = |n: u32| {
        let create = |number| format!("REGION_CREATE \"{number}\", {}, \"system\"\n", 15 << 20);
        (0..n).map(create).collect::<String>() + "HALT"
    };
    assert_eq!(refused(&many(67), Surroundings::Alone), None);
    assert_eq!(refused(&many(68), Surroundings::Alone), Some((1024, 1036)));
    // Messages are put behind what is there at the start.
    let mail = format!("POLL R1, R2\n{}", many(2));
    assert_eq!(refused(&mail, Surroundings::Alone), None);
    assert_eq!(refused(&mail, Surroundings::default()), Some((15, 46)));
}
