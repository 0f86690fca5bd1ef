//! Shipped arenas rank their rivals as they say, and cheats stand below the honest.

use std::num::NonZeroUsize;
use std::path::Path;

use flux_genome::Bounds;
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::tournament::{self, Options, Tournament};

use crate::{Verdict, root, sandbox};

/// Holds a tournament of two rounds.
fn hold(arena: &Arena, entrants: &[Entrant]) -> Result<Tournament, String> {
    let options = Options { rounds: 2, jobs: NonZeroUsize::MIN, ..Options::default() };
    tournament::hold(sandbox(), arena, entrants, &options, &|_| {}).map_err(|error| format!("{error:?}"))
}

fn load(folder: &Path) -> Result<(Arena, Vec<Entrant>), String> {
    let arena = Arena::load(folder).map_err(|error| format!("{error:?}"))?;
    let rivals = Entrant::read_rivals(&arena, &Bounds::DEFAULT).map_err(|error| format!("{error:?}"))?;
    Ok((arena, rivals))
}

/// Holds an arena, given by its `arena.toml`, to its own list of rivals, which stands best first.
///
/// # Errors
/// Another order; rivals that do not differ in cycles; a best one that is not right everywhere.
pub fn check_order(path: &Path) -> Verdict {
    let (arena, rivals) = load(path.parent().unwrap_or(path))?;
    if rivals.len() < 2 {
        return Err("expected at least two rivals".to_owned());
    }
    let held = hold(&arena, &rivals)?;
    let expected: Vec<&str> = rivals.iter().map(|rival| rival.name.as_str()).collect();
    let found: Vec<&str> = held.standings.iter().map(|standing| standing.name.as_str()).collect();
    if found != expected {
        return Err(format!("expected the order {}, found {}", expected.join(", "), found.join(", ")));
    }
    for pair in held.standings.windows(2) {
        if let [better, worse] = pair
            && better.score.fitness == worse.score.fitness
        {
            return Err(format!("`{}` and `{}` have the same fitness", better.name, worse.name));
        }
    }
    match held.standings.first() {
        Some(best) if best.meets_gate => Ok(()),
        _ => Err("the best rival does not reach the gate".to_owned()),
    }
}

/// Lets a cheat meet the rivals of the arena that its folder is named for.
///
/// # Errors
/// The cheat reaches the gate, stands above a rival that does, or has fitness without a correct result.
pub fn check_cheat(path: &Path) -> Verdict {
    let name = path.parent().and_then(Path::file_name).ok_or("expected a folder named for an arena")?;
    let (arena, mut entrants) = load(&root().join("genomes").join(name))?;
    let mut cheat = Entrant::read(path, &Bounds::DEFAULT).map_err(|error| format!("{error:?}"))?;
    cheat.name = "the cheat".to_owned();
    entrants.push(cheat);
    let held = hold(&arena, &entrants)?;
    let standing = held
        .standings
        .iter()
        .find(|standing| standing.name == "the cheat")
        .ok_or("the cheat is missing from the standings")?;
    if standing.meets_gate {
        return Err(format!("the cheat reaches the gate, with confidence {}", standing.score.confidence));
    }
    if let Some(beaten) =
        held.standings.iter().find(|other| other.meets_gate && other.place >= standing.place)
    {
        return Err(format!("the cheat stands above `{}`", beaten.name));
    }
    if standing.score.cycles_per_result.is_none() && standing.score.fitness != 0.0 {
        return Err(format!("the cheat has no correct result and fitness {}", standing.score.fitness));
    }
    Ok(())
}
