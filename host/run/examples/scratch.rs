#![allow(clippy::print_stdout, missing_docs)]
use flux_run::{arena::Arena, entrant::Entrant, tournament::*};
fn main() {
    let sb = flux_sandbox::Sandbox::new().unwrap();
    for p in std::env::args().skip(1) {
        let a = match Arena::load(p.as_ref()) {
            Ok(a) => a,
            Err(e) => {
                println!("{:?}", miette::Report::new(e));
                continue;
            }
        };
        let e = match Entrant::read_rivals(&a, &flux_genome::Bounds::DEFAULT) {
            Ok(e) => e,
            Err(e) => {
                println!("{:?}", miette::Report::new(e));
                continue;
            }
        };
        let t0 = std::time::Instant::now();
        let t = match hold(
            &sb,
            &a,
            &e,
            &Options { rounds: 3, jobs: 2.try_into().unwrap(), ..Default::default() },
            &|_| {},
        ) {
            Ok(e) => e,
            Err(e) => {
                println!("{:?}", miette::Report::new(e));
                continue;
            }
        };
        println!("{} {:?}", t.arena, t0.elapsed());
        for s in &t.standings {
            println!(
                "  {} {:12} gate={} {:.1?} conf {:.3} trust {:.3} fit {:.3e} held {:?}",
                s.place,
                s.name,
                s.meets_gate,
                s.score.cycles_per_result,
                s.score.confidence,
                s.score.trust,
                s.score.fitness,
                s.held_out.map(|h| h.confidence)
            );
            if let Some(n) = s.evaluation.trials.iter().find(|t| t.note.is_some()) {
                println!("       {}: {}", n.case, n.note.as_ref().unwrap())
            }
        }
    }
}
