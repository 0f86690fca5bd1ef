use super::{Colony, ColonyError, Environment, MAILBOX_LEN, MAX_AGENTS, Member, Policy};
use crate::capability::{Capabilities, Passing};
use crate::container::Program;
use crate::isa::Opcode;
use crate::machine::{Setting, Stop};
use crate::trust::AgentIndex;
use crate::verify::Verified;

const BUDGET: u64 = 100_000;

/// Bytes of an instruction with a message payload.
fn say(opcode: Opcode, message: u8, second: u8, name: &str) -> Vec<u8> {
    let mut bytes = vec![opcode.byte(), name.len() as u8 + 2, 0, message, second];
    bytes.extend(name.as_bytes());
    bytes
}

fn movi(register: u8, value: i16) -> Vec<u8> {
    let [low, high] = value.to_le_bytes();
    vec![0x2b, register, low, high]
}

fn mov(to: u8, from: u8) -> Vec<u8> {
    vec![0x01, to, from]
}

fn program(parts: &[Vec<u8>]) -> Verified {
    let mut code = parts.concat();
    code.push(Opcode::Halt.byte());
    Verified::new(Program::raw(code)).expect("it is in order")
}

/// Runs agents `a`, `b`, ... and returns the registers R0 to R9 of each.
fn run(programs: &[Verified]) -> Vec<[i64; 10]> {
    let colony = ran(programs);
    let registers = |me| {
        let machine = colony.machine(me).expect("it takes part");
        std::array::from_fn(|number| machine.r(number as u8))
    };
    (0..programs.len()).map(registers).collect()
}

fn ran(programs: &[Verified]) -> Colony<'_> {
    let names = ["a", "b", "c", "d"];
    let members = programs.iter().zip(names).map(|(program, name)| Member::new(name, program));
    let mut colony = Colony::new(members).expect("names differ");
    let stops = colony.run(BUDGET);
    assert!(stops.iter().all(|stop| *stop == Stop::Halted), "{stops:?}");
    colony
}

#[test]
fn what_one_tells_another_receives() {
    let a =
        program(&[movi(1, 42), say(Opcode::Tell, 1, 255, "b"), mov(5, 0), say(Opcode::Tell, 1, 255, "1")]);
    let b = program(&[
        say(Opcode::Receive, 1, 2, ""),
        say(Opcode::Receive, 3, 255, ""),
        say(Opcode::Poll, 4, 255, ""),
    ]);
    let registers = run(&[a, b]);
    assert_eq!(registers[0][5], 0);
    assert_eq!(registers[1][..4], [1, 42, 0, 42], "the mailbox is empty in the end");
}

#[test]
fn nobody_of_that_name_is_refused() {
    let a = program(&[say(Opcode::Tell, 1, 255, "z"), mov(5, 0), say(Opcode::Ask, 1, 255, "7"), mov(6, 0)]);
    assert_eq!(run(&[a])[0][5..7], [1, 1]);
}

#[test]
fn a_question_is_answered() {
    let a = program(&[movi(1, 20), say(Opcode::Ask, 1, 255, "b")]);
    let b = program(&[
        say(Opcode::Receive, 1, 2, ""),
        vec![0x08, 1, 1, 1],
        say(Opcode::DelegateResult, 1, 255, ""),
        mov(5, 0),
        say(Opcode::DelegateResult, 1, 255, ""),
        mov(6, 0),
    ]);
    let registers = run(&[a, b]);
    assert_eq!(registers[0][..2], [0, 40]);
    assert_eq!(registers[1][5..7], [0, 1], "there is nothing more to be answered");
}

#[test]
fn a_question_is_handed_on() {
    let a = program(&[movi(1, 20), say(Opcode::Ask, 1, 255, "b")]);
    let b = program(&[say(Opcode::Receive, 1, 2, ""), say(Opcode::Delegate, 1, 255, "c"), mov(5, 0)]);
    let c = program(&[say(Opcode::Receive, 1, 2, ""), movi(3, 7), say(Opcode::DelegateResult, 3, 255, "")]);
    let registers = run(&[a, b, c]);
    assert_eq!(registers[0][..2], [0, 7]);
    assert_eq!(registers[1][5], 0);
    assert_eq!(registers[2][1..3], [20, 0], "the question and who asked it");
}

#[test]
fn a_question_that_nobody_answers_is_refused() {
    let a = program(&[movi(1, 20), say(Opcode::Ask, 1, 255, "b")]);
    let deaf = program(&[say(Opcode::Receive, 1, 2, "")]);
    assert_eq!(run(&[a.clone(), deaf])[0][..2], [1, 20]);
    let gone = program(&[]);
    assert_eq!(run(&[gone, a])[1][..2], [1, 20], "it has ended before it is asked");
}

#[test]
fn everybody_hears_a_broadcast() {
    let a = program(&[movi(1, 9), say(Opcode::Broadcast, 1, 255, "")]);
    let b = program(&[say(Opcode::Receive, 1, 2, "")]);
    let registers = run(&[b.clone(), a, b]);
    assert_eq!(registers[1][0], 2);
    assert_eq!((registers[0][1], registers[2][1], registers[2][2]), (9, 9, 1));
}

#[test]
fn all_meet_at_a_barrier() {
    let quick = program(&[say(Opcode::Barrier, 0, 255, ""), mov(5, 0), say(Opcode::SyncClock, 6, 255, "")]);
    let slow = program(&[
        movi(1, 500),
        vec![0x0f, 1, 0x06, 1, 0xfa, 0xff],
        say(Opcode::Barrier, 0, 255, ""),
        mov(5, 0),
    ]);
    let registers = run(&[quick.clone(), slow, quick]);
    assert!(registers.iter().all(|of| of[5] == 3));
    assert!(registers[0][6] > 1000, "it went on after the slow one came");
}

#[test]
fn all_reduce_together() {
    let part = |value, name| program(&[movi(1, value), say(Opcode::Reduce, 1, 255, name)]);
    let check = |name, expected| {
        let registers = run(&[part(6, name), part(10, name), part(-3, name)]);
        assert!(registers.iter().all(|of| of[..2] == [3, expected]), "{name}: {registers:?}");
    };
    check("sum", 13);
    check("min", -3);
    check("max", 10);
    check("and", 6 & 10 & -3);
    check("or", 6 | 10 | -3);
    check("xor", 6 ^ 10 ^ -3);
    check("count", 3);
    // One who ended is not waited for.
    let registers = run(&[part(6, "sum"), program(&[]), part(1, "sum")]);
    assert_eq!(registers[0][..2], [2, 7]);
    // They do not mean the same.
    let registers = run(&[part(6, "sum"), part(1, "max")]);
    assert!(registers[0][..2] == [0, 6] && registers[1][..2] == [0, 1], "{registers:?}");
}

#[test]
fn a_deadlock_ends() {
    let waits = program(&[say(Opcode::Receive, 1, 2, "")]);
    assert_eq!(run(&[waits.clone(), waits.clone()]).iter().map(|of| of[0]).collect::<Vec<_>>(), [1, 1]);
    let asks = |name| program(&[say(Opcode::Ask, 1, 255, name)]);
    let registers = run(&[asks("b"), asks("a")]);
    assert_eq!((registers[0][0], registers[1][0]), (1, 1));
    let meets = program(&[say(Opcode::Barrier, 0, 255, "")]);
    let registers = run(&[meets, waits]);
    assert_eq!((registers[0][0], registers[1][0]), (1, 1), "the one at the barrier is alone in the end");
}

#[test]
fn revoked_trust_refuses() {
    let a = program(&[
        say(Opcode::TrustQuery, 2, 255, "b"),
        say(Opcode::RevokeTrust, 0, 255, "b"),
        say(Opcode::TrustQuery, 3, 255, "b"),
        movi(1, 1),
        say(Opcode::TrustUpdate, 1, 255, "b"),
        say(Opcode::TrustCheck, 1, 255, "b"),
        mov(4, 0),
        say(Opcode::Tell, 1, 255, "b"),
        mov(5, 0),
        say(Opcode::Barrier, 0, 255, ""),
    ]);
    let b = program(&[say(Opcode::Barrier, 0, 255, ""), say(Opcode::Tell, 1, 255, "a"), mov(5, 0)]);
    let programs = [a, b];
    let mut colony = ran(&programs);
    let r = |number| colony.machine(0).map(|machine| machine.r(number));
    assert_eq!((r(2), r(3), r(4), r(5)), (Some(500_000), Some(0), Some(0), Some(1)));
    assert_eq!(colony.machine(1).map(|machine| machine.r(5)), Some(1));
    colony.trust_mut().restore(0, 1);
    assert!(colony.trust().level(0, 1, 0.0) > 0.7);
}

#[test]
fn trust_grows_with_messages_and_falls_with_failures() {
    let a = program(&[
        say(Opcode::Tell, 1, 255, "b"),
        say(Opcode::TrustQuery, 2, 255, "b"),
        movi(3, 0),
        movi(4, 505),
        say(Opcode::TrustUpdate, 3, 4, "b"),
        say(Opcode::TrustQuery, 5, 255, "b"),
    ]);
    let registers = run(&[a, program(&[])]);
    assert!(registers[0][2] >= 764_999 && registers[0][5] < registers[0][2], "{registers:?}");
}

#[test]
fn a_mailbox_is_full_one_day() {
    let n = MAILBOX_LEN as i16 + 1;
    let tell = say(Opcode::Tell, 1, 255, "b");
    let back = -(tell.len() as i16 + 3 + 4 + 2 + 4);
    let [low, high] = back.to_le_bytes();
    // Adds up the refusals in R5.
    let a = program(&[movi(2, n), tell, mov(6, 0), vec![0x08, 5, 5, 6, 0x0f, 2, 0x06, 2], vec![low, high]]);
    let code_is_a_loop = a.starts().len();
    assert_eq!(code_is_a_loop, 7);
    let b = program(&[say(Opcode::Barrier, 0, 255, "")]);
    let registers = run(&[a, b]);
    assert_eq!(registers[0][5], 1);
}

#[test]
fn capabilities_come_from_the_host_and_are_passed_on() {
    let capability = |opcode: Opcode, name: &str| {
        let mut bytes = vec![opcode.byte(), 4 + name.len() as u8, 0, 5, 0, 0, 0];
        bytes.extend(name.as_bytes());
        bytes
    };
    let a = program(&[
        capability(Opcode::CapRequire, ""),
        capability(Opcode::CapGrant, "b"),
        mov(5, 0),
        say(Opcode::Barrier, 0, 255, ""),
        capability(Opcode::CapRevoke, ""),
        capability(Opcode::CapGrant, "b"),
        mov(6, 0),
    ]);
    // What it got it cannot pass on.
    let b = program(&[
        say(Opcode::Barrier, 0, 255, ""),
        capability(Opcode::CapRequire, ""),
        capability(Opcode::CapGrant, "a"),
        mov(6, 0),
    ]);
    let setting =
        Setting { capabilities: Capabilities::from_iter([(5, Passing::Delegable)]), ..Setting::DEFAULT };
    let members = [Member::new("a", &a).with_setting(&setting), Member::new("b", &b)];
    let mut colony = Colony::new(members).expect("names differ");
    assert_eq!(colony.run(BUDGET), [Stop::Halted, Stop::Halted]);
    let r = |me, number| colony.machine(me).map(|machine| machine.r(number));
    assert_eq!((r(0, 5), r(0, 6), r(1, 6)), (Some(0), Some(1), Some(1)));

    let asks = program(&[capability(Opcode::CapRequest, ""), mov(5, 0), capability(Opcode::CapRequire, "")]);
    let mut colony = Colony::new([Member::new("a", &asks)]).expect("one name");
    assert!(matches!(colony.run(BUDGET)[..], [Stop::Failed(_)]), "nobody grants it");
    let mut colony = Colony::new([Member::new("a", &asks)]).expect("one name");
    let policy: Policy = |agent, id| (agent == 0 && id == 5).then_some(Passing::Kept);
    colony.set_policy(policy);
    assert_eq!(colony.run(BUDGET), [Stop::Halted]);
}

#[test]
fn what_is_told_to_the_host_is_written_down() {
    let a = program(&[movi(1, 7), say(Opcode::ReportStatus, 1, 255, "ready"), vec![0x7b]]);
    let programs = [a];
    let colony = ran(&programs);
    let events: Vec<_> =
        colony.events().iter().map(|event| (event.opcode, event.value, event.name.as_str())).collect();
    assert_eq!(events, [(Opcode::ReportStatus, 7, "ready"), (Opcode::EmergencyStop, 0, "")]);
    assert_eq!(colony.events()[0].tick, 1);
}

/// Reads the agent's number and the channel, in tens, but for channel 9; and takes everything on channel 1.
#[derive(Default)]
struct Lab {
    acts: Vec<(AgentIndex, i64)>,
}

impl Environment for Lab {
    fn sense(&mut self, agent: AgentIndex, channel: u32) -> Option<i64> {
        (channel != 9).then(|| agent as i64 * 100 + i64::from(channel) * 10)
    }

    fn act(&mut self, agent: AgentIndex, channel: u32, value: i64) -> bool {
        self.acts.push((agent, value));
        channel == 1
    }
}

#[test]
fn each_agent_has_channels_of_its_own() {
    // SENSE R2 on the channel in R1
    let sense = || vec![0x85, 2, 1];
    let a = program(&[movi(1, 3), sense(), say(Opcode::Tell, 2, 255, "b")]);
    // ACT with R2 on the channel in R1
    let b = program(&[movi(1, 1), sense(), say(Opcode::Receive, 3, 255, ""), vec![0x86, 1, 3]]);
    let c = program(&[movi(1, 9), sense()]);
    let members = [Member::new("a", &a), Member::new("b", &b), Member::new("c", &c)];
    let mut colony = Colony::new(members).expect("names differ");
    let mut lab = Lab::default();
    let stops = colony.run_in(BUDGET, &mut lab);
    assert_eq!(stops[..2], [Stop::Halted, Stop::Halted]);
    assert!(matches!(stops[2], Stop::Failed(_)), "channel 9 is refused: {stops:?}");
    assert_eq!(colony.machine(1).map(|machine| (machine.r(2), machine.r(3))), Some((110, 30)));
    assert_eq!(lab.acts, [(1, 30)]);
}

#[test]
fn without_an_environment_channels_are_refused() {
    let senses = program(&[vec![0x85, 2, 1]]);
    let acts = program(&[vec![0x86, 1, 2]]);
    let members = [Member::new("a", &senses), Member::new("b", &acts)];
    let mut colony = Colony::new(members).expect("names differ");
    let stops = colony.run(BUDGET);
    assert!(stops.iter().all(|stop| matches!(stop, Stop::Failed(_))), "{stops:?}");
}

#[test]
fn a_budget_is_an_ending() {
    let forever = program(&[vec![0x81, 0x04, 0, 0xfb, 0xff]]);
    let receives = program(&[say(Opcode::Receive, 1, 2, "")]);
    let members = [Member::new("a", &forever), Member::new("b", &receives)];
    let mut colony = Colony::new(members).expect("names differ");
    assert_eq!(colony.run(30_000), [Stop::OutOfCycles, Stop::Halted]);
    assert_eq!(colony.machine(0).map(crate::Machine::cycles), Some(30_000));
    assert_eq!(colony.tick(), 30_002);
}

#[test]
fn names_tell_agents_apart() {
    let a = program(&[]);
    let error = |names: &[&'static str]| Colony::new(names.iter().map(|name| Member::new(name, &a))).err();
    assert_eq!(error(&["a", "a"]), Some(ColonyError::SameName("a".to_owned())));
    assert_eq!(error(&["7"]), Some(ColonyError::Name("7".to_owned())));
    assert_eq!(error(&[""]), Some(ColonyError::Name(String::new())));
    let names: Vec<String> = (0..=MAX_AGENTS).map(|number| format!("n{number}")).collect();
    let colony =
        |n_agents: usize| Colony::new(names[..n_agents].iter().map(|name| Member::new(name, &a))).err();
    assert_eq!(colony(MAX_AGENTS), None);
    assert_eq!(colony(MAX_AGENTS + 1), Some(ColonyError::TooMany(MAX_AGENTS + 1)));
}

mod random {
    use proptest::prelude::*;

    use super::{Colony, Member, Opcode, Stop, Verified, movi, program, say};

    fn part() -> impl Strategy<Value = Vec<u8>> {
        let message = prop::sample::select(
            Opcode::ALL
                .iter()
                .copied()
                .filter(|opcode| matches!(opcode.byte(), 0x60..=0x73 | 0x78..=0x7a))
                .collect::<Vec<_>>(),
        );
        let name = prop::sample::select(vec!["a", "b", "c", "0", "2", "sum", "max", ""]);
        prop_oneof![
            8 => (message, 0_u8..10, 0_u8..10, name).prop_map(|(opcode, first, second, name)| say(opcode, first, second, name)),
            2 => (0_u8..10, -3_i16..600).prop_map(|(register, value)| movi(register, value)),
            1 => Just(vec![Opcode::Yield.byte()]),
        ]
    }

    fn programs() -> impl Strategy<Value = Vec<Verified>> {
        prop::collection::vec(prop::collection::vec(part(), 0..12).prop_map(|parts| program(&parts)), 1..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn colonies_end_and_do_the_same_again(programs in programs(), budget in 0_u64..20) {
            let run = || {
                let members = programs.iter().zip(["a", "b", "c"]).map(|(program, name)| Member::new(name, program));
                let mut colony = Colony::new(members).expect("names differ");
                let stops = colony.run(budget);
                let seen: Vec<_> = (0..programs.len()).filter_map(|me| colony.machine(me)).map(crate::Machine::observe).collect();
                (stops, seen, colony.events().to_vec(), colony.tick())
            };
            let (stops, seen, events, tick) = run();
            prop_assert!(stops.iter().all(|stop| matches!(stop, Stop::Halted | Stop::OutOfCycles)));
            prop_assert!(seen.iter().all(|seen| seen.cycles <= budget));
            prop_assert_eq!(seen.iter().map(|seen| seen.cycles).sum::<u64>(), tick);
            prop_assert_eq!(run(), (stops, seen, events, tick));
        }
    }
}
