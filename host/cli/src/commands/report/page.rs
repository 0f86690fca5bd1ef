//! The page: one file of HTML, without anything from elsewhere.

use flux_run::evolution::record::OperatorRecordV1;
use flux_run::record::ScoreRecordV1;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{self, Lines, Node, Scale, Series};
use super::code;
use super::facts::{ContenderV1, Facts, ISLANDS, PointV1, ReportV1, StepV1};
use crate::commands::evolve::quoted;
use crate::table::count;

mod grid;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Rows of the table of generations.
const ROWS: usize = 25;

/// Steps of the lineage that are listed; of more, the first ones are left out.
const STEPS: usize = 400;

/// Nothing is fetched, whatever the page says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Writes the page.
pub(super) fn render(facts: &Facts) -> String {
    let run = &facts.record;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("flux ", env!("CARGO_PKG_VERSION")));
                title { (run.run) " - flux" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(run))
                main {
                    (contenders(run))
                    (progress(run))
                    (operators(run))
                    (grid::section(run))
                    (lineage(facts))
                    (champion_code(facts))
                    (about(run))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn head(run: &ReportV1) -> Markup {
    let end = match &run.stop {
        Some(stop) => format!("ended by {stop}"),
        None => "not ended".to_owned(),
    };
    html! {
        header {
            p.crumbs { "flux evolve / " (run.arena) }
            h1 { (run.run) }
            p.verdict { (verdict(run)) }
            p.sub {
                (count(run.counts.variants)) " variants in " (count(run.counts.generations)) " generations, "
                (run.strategy) ", seed " (run.seed) ", " (end)
            }
        }
    }
}

/// How the run came out, in a sentence.
fn verdict(run: &ReportV1) -> String {
    let (Some(champion), Some(founder)) = (&run.champion, &run.founder) else {
        return "Nothing has been measured yet.".to_owned();
    };
    let of = founder.name.as_deref().unwrap_or("its founder");
    let (now, before) = (champion.selection.confidence, founder.selection.confidence);
    if champion.variant == founder.variant {
        return format!("Nothing better than {of} has been found.");
    }
    if now > before {
        return format!("The champion is right in {} of the cases, {of} in {}.", share(now), share(before));
    }
    match run.speedup {
        _ if now < before => {
            format!("The champion comes nearer to right results than {of}, and reaches fewer of them.")
        }
        Some(speedup) if speedup > 1.0 => {
            format!("The champion takes {} times fewer cycles a result than {of}.", chart::short(speedup))
        }
        _ => format!("The champion is as right as {of}, and costs as much."),
    }
}

fn share(value: f64) -> String {
    format!("{:.1} %", 100.0 * value)
}

fn cycles(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.1}"))
}

fn contenders(run: &ReportV1) -> Markup {
    let (Some(champion), Some(founder)) = (&run.champion, &run.founder) else { return html! {} };
    let held = |contender: &ContenderV1| {
        contender.held_out.as_ref().map_or_else(|| "-".to_owned(), |score| share(score.confidence))
    };
    let tile = |name: &str, now: String, before: String, note: &str| {
        html! {
            div.tile {
                dt { (name) }
                dd { strong { (now) } span.from { "from " (before) } small { (note) } }
            }
        }
    };
    let is_as_right = champion.selection.confidence >= founder.selection.confidence;
    let speedup = run.speedup.filter(|speedup| is_as_right && *speedup > 1.0);
    let speedup = speedup.map_or_else(String::new, |speedup| format!("{speedup:.2} times fewer"));
    let held_note = match champion.held_out_trials {
        0 => "not tested, or none in the arena".to_owned(),
        trials => format!("{} trials that selection never saw", count(trials)),
    };
    html! {
        section aria-label="the champion against its founder" {
            dl.tiles {
                (tile("cycles a result", cycles(champion.selection.cycles_per_result), cycles(founder.selection.cycles_per_result), &speedup))
                (tile("right in selection", share(champion.selection.confidence), share(founder.selection.confidence), "cases that decide who survives"))
                (tile("right on held-out cases", held(champion), held(founder), &held_note))
                @if let Some(fresh) = &run.fresh {
                    (tile("right on fresh inputs", share(fresh.champion.confidence), share(fresh.founder.confidence), &format!("{} inputs drawn anew at the end", count(fresh.inputs))))
                }
                (tile("size in bytes", count(champion.len_bytes), count(founder.len_bytes), "the whole component"))
                (tile("fitness", format!("{:.3e}", champion.selection.fitness), format!("{:.3e}", founder.selection.fitness), "(1 / cycles) x confidence x trust"))
            }
            p.note {
                "Champion: variant " (champion.variant) ", genome " code { (abbreviated(&champion.genome)) }
                ". Founder: " (founder.name.as_deref().unwrap_or("-")) ", genome " code { (abbreviated(&founder.genome)) } "."
                @if run.is_better == Some(true) { " The champion stood its last test, on inputs that were drawn anew." }
                @if run.is_better == Some(false) { " By the last test, on held-out and on fresh inputs, the champion is not better than its founder." }
            }
        }
    }
}

fn abbreviated(genome: &str) -> String {
    genome.chars().take(12).collect()
}

/// A line for each island, and one for the best of all where not every island has one.
fn by_island(run: &ReportV1, value: impl Fn(&ScoreRecordV1) -> Option<f64>) -> Vec<Series> {
    let n_shown = run.islands.min(ISLANDS);
    let mut series: Vec<Series> = (0..n_shown)
        .map(|at| Series {
            name: if run.islands == 1 { "best".to_owned() } else { format!("island {}", at + 1) },
            class: format!("c{at}"),
            values: of_points(run, |point| point.islands.get(at)?.best.as_ref().and_then(&value)),
        })
        .collect();
    if run.islands > ISLANDS {
        series.push(Series {
            name: "best of all".to_owned(),
            class: "all".to_owned(),
            values: of_points(run, |point| point.best.as_ref().and_then(&value)),
        });
    }
    // A grid keeps whatever is new: its middle says nothing.
    if run.islands == 1 && run.grid.is_none() {
        series.push(Series {
            name: "median".to_owned(),
            class: "median".to_owned(),
            values: of_points(run, |point| point.islands.first()?.median.as_ref().and_then(&value)),
        });
    }
    series
}

fn of_points(run: &ReportV1, value: impl Fn(&PointV1) -> Option<f64>) -> Vec<Option<f64>> {
    run.points.iter().map(value).collect()
}

/// What a chart shows of the best, for those who do not see it.
fn from_to(run: &ReportV1, what: &str, value: impl Fn(&ScoreRecordV1) -> Option<f64>) -> String {
    let mut values = run.points.iter().filter_map(|point| point.best.as_ref().and_then(&value));
    match (values.next(), values.next_back()) {
        (Some(first), Some(last)) => {
            format!(
                "{what} of the best goes from {} to {} over {} generations.",
                chart::short(first),
                chart::short(last),
                run.counts.generations
            )
        }
        _ => format!("{what} of the best over {} generations.", run.counts.generations),
    }
}

fn progress(run: &ReportV1) -> Markup {
    let generations: Vec<u64> = run.points.iter().map(|point| point.generation).collect();
    let chart = |id, title, summary, scale, reach, series| {
        chart::lines(&Lines {
            id,
            title,
            summary,
            scale,
            reach,
            generations: &generations,
            series,
            band: None,
        })
    };
    let diversity = (0..run.islands.min(ISLANDS)).map(|at| Series {
        name: if run.islands == 1 { "behaviours".to_owned() } else { format!("island {}", at + 1) },
        class: format!("c{at}"),
        values: of_points(run, |point| Some(point.islands.get(at)?.diversity as f64)),
    });
    let slope = Series {
        name: "slope".to_owned(),
        class: "c0".to_owned(),
        // What is left of adding and subtracting equal numbers is no slope.
        values: of_points(run, |point| {
            Some(if point.trend.slope.abs() < 1e-9 { 0.0 } else { point.trend.slope })
        }),
    };
    let trend = Lines {
        id: "trend",
        title: "Trend: change a generation, with twice its error",
        summary: run.points.last().map_or_else(String::new, |point| {
            format!("At the end the run is {}.", direction(&point.trend.direction))
        }),
        scale: Scale::Linear,
        reach: &[0.0],
        generations: &generations,
        series: vec![slope],
        band: Some(run.points.iter().map(|point| 2.0 * point.trend.error).collect()),
    };
    html! {
        section {
            h2 { "How it went" }
            div.charts {
                (chart("cycles", "Cycles a result, of the best", from_to(run, "Cycles a result", |score| score.cycles_per_result), Scale::Log, &[], by_island(run, |score| score.cycles_per_result)))
                (chart("confidence", "Share of cases that the best is right in", from_to(run, "The share of cases", |score| Some(score.confidence)), Scale::Linear, &[0.0, 1.0], by_island(run, |score| Some(score.confidence))))
                (chart("fitness", "Fitness of the best", from_to(run, "Fitness", |score| Some(score.fitness)), Scale::Log, &[], by_island(run, |score| Some(score.fitness))))
                (chart("diversity", "Different behaviours among the members", "How many different behaviours each population has.".to_owned(), Scale::Linear, &[0.0], diversity.collect()))
                (chart::lines(&trend))
                (fates(run))
            }
            @if run.islands > ISLANDS {
                p.note { "Of " (run.islands) " islands the first " (ISLANDS) " are drawn." }
            }
            (generations_table(run))
        }
    }
}

fn direction(word: &str) -> &str {
    if word == "plateau" { "on a plateau" } else { word }
}

/// What came of the proposals, as one bar.
fn fates(run: &ReportV1) -> Markup {
    let counts = &run.counts;
    let all = (counts.measured + counts.dropped + counts.stillborn + counts.too_large).max(1);
    let parts = [
        ("measured to the end", counts.measured, "c0"),
        ("below the bar", counts.dropped, "c1"),
        ("too large", counts.too_large, "c3"),
        ("not made", counts.stillborn, "c7"),
    ];
    html! {
        figure.chart {
            figcaption { "What came of " (count(all)) " children" }
            div.stack aria-hidden="true" {
                @for (_, number, class) in parts {
                    @if number > 0 { i class=(class) style=(format!("flex-grow:{number}")) {} }
                }
            }
            table.plain {
                tbody {
                    @for (name, number, class) in parts {
                        tr {
                            th scope="row" { i class=(format!("key {class}")) {} (name) }
                            td { (count(number)) }
                            td { (share(number as f64 / all as f64)) }
                        }
                    }
                    tr { th scope="row" { "became members" } td { (count(counts.accepted)) } td { (share(counts.accepted as f64 / all as f64)) } }
                    tr { th scope="row" { "crowned champion" } td { (run.crowned.len()) } td {} }
                    tr { th scope="row" { "rolled back by held-out cases" } td { (count(counts.rolled_back)) } td {} }
                }
            }
        }
    }
}

fn generations_table(run: &ReportV1) -> Markup {
    let stride = run.points.len().div_ceil(ROWS).max(1);
    let last = run.points.len().saturating_sub(1);
    let rows = run.points.iter().enumerate().filter(|(at, _)| at % stride == 0 || *at == last);
    html! {
        details {
            summary { "The same in numbers" }
            div.scroll tabindex="0" role="region" aria-label="generations in numbers" {
                table.plain {
                    thead { tr {
                        th { "generation" } th { "variants" } th { "right" } th { "cycles/result" } th { "fitness" } th { "behaviours" } th { "trend" }
                    } }
                    tbody {
                        @for (_, point) in rows {
                            tr {
                                td { (point.generation) }
                                td { (count(point.variants)) }
                                @match &point.best {
                                    Some(best) => {
                                        td { (share(best.confidence)) }
                                        td { (cycles(best.cycles_per_result)) }
                                        td { (format!("{:.3e}", best.fitness)) }
                                    }
                                    None => { td {} td {} td {} }
                                }
                                td { (point.islands.iter().map(|island| island.diversity).sum::<usize>()) }
                                td { (direction(&point.trend.direction)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn operators(run: &ReportV1) -> Markup {
    let pay = |operator: &OperatorRecordV1| operator.better as f64 / operator.tried.max(1) as f64;
    let even = |operator: &OperatorRecordV1| operator.neutral as f64 / operator.tried.max(1) as f64;
    let mut operators: Vec<&OperatorRecordV1> =
        run.operators.iter().filter(|operator| operator.tried > 0).collect();
    operators.sort_by(|a, b| pay(b).total_cmp(&pay(a)).then_with(|| a.operator.cmp(&b.operator)));
    let most = operators.first().map_or(0.0, |operator| pay(operator)).max(1e-9);
    if operators.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "What the operators were worth" }
            p.note { "Of the children that an operator had a part in: how many were better than their parent, and how many as good." }
            div.scroll tabindex="0" role="region" aria-label="operators" {
                table.plain.bars {
                    thead { tr { th { "operator" } th.wide { "better" } th { "share" } th { "as good" } th { "tried" } } }
                    tbody {
                        @for operator in operators {
                            tr {
                                th scope="row" { (operator.operator) }
                                td.wide { i.bar style=(format!("width:{:.1}%", 100.0 * pay(operator) / most)) {} }
                                td { (format!("{:.2} %", 100.0 * pay(operator))) }
                                td { (share(even(operator))) }
                                td { (count(operator.tried)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How a step came about.
fn made_by(step: &StepV1) -> String {
    let variant = &step.variant;
    let mut how = Vec::new();
    if let Some(founder) = variant.founder {
        how.push(format!("founder {}", founder + 1));
    }
    if let [_, second] = variant.parents[..] {
        how.push(format!("breed with {second}"));
    }
    how.extend(variant.operators.iter().map(|operator| match variant.donor {
        Some(donor) if operator == "graft" => format!("graft of {donor}"),
        _ => operator.clone(),
    }));
    how.join(", ")
}

fn lineage(facts: &Facts) -> Markup {
    let run = &facts.record;
    if run.lineage.len() < 2 {
        return html! {};
    }
    let nodes: Vec<Node> = run
        .ancestors
        .iter()
        .map(|ancestor| Node {
            id: ancestor.variant,
            generation: ancestor.generation,
            value: ancestor.cycles_per_result,
            note: format!(
                "variant {}, generation {}: {} right, {} cycles a result",
                ancestor.variant,
                ancestor.generation,
                share(ancestor.confidence),
                cycles(ancestor.cycles_per_result)
            ),
            sources: ancestor.sources.clone(),
            is_main: ancestor.on_the_way,
            is_whole: ancestor.confidence >= 1.0,
        })
        .collect();
    let n_steps = run.lineage.len() - 1;
    let skipped = run.lineage.len().saturating_sub(STEPS);
    let mut before: Option<&StepV1> = None;
    let steps =
        run.lineage.iter().zip(&facts.steps).map(|(step, change)| (before.replace(step), step, change));
    let steps: Vec<_> = steps.skip(skipped).collect();
    html! {
        section {
            h2 { "From founder to champion in " (n_steps) @if n_steps == 1 { " step" } @else { " steps" } }
            (chart::tree(
                "Ancestors of the champion, by cycles a result",
                &format!("The champion's way from its founder has {n_steps} steps; {} ancestors are drawn. The steps are listed below.", nodes.len()),
                &nodes,
            ))
            p.note {
                "Thick: the way over first parents. Thin: second parents and donors of grafted code. Filled: right in every case of selection."
            }
            @if skipped > 0 { p.note { "The first " (skipped) " steps are left out." } }
            details open[steps.len() <= 30] {
                summary { "Every step, and what it changed" }
                ol.steps {
                    @for (before, step, change) in steps {
                        li { (step_line(before, step)) @if let Some(change) = change {
                            @if change.is_empty() { p.note { "The text is the same." } } @else { details { summary { "code" } (code::step(change)) } }
                        } }
                    }
                }
            }
        }
    }
}

fn step_line(before: Option<&StepV1>, step: &StepV1) -> Markup {
    let variant = &step.variant;
    let score = &variant.score;
    let change = |now: Option<f64>, then: Option<f64>, text: String| match now.zip(then) {
        Some((now, then)) if now < then => html! { b.less { (text) } },
        Some((now, then)) if now > then => html! { b.more { (text) } },
        _ => html! { (text) },
    };
    let then = before.map(|before| &before.variant);
    html! {
        span.how { (made_by(step)) }
        span.what {
            "generation " (step.generation) ", variant " (variant.variant) ": "
            (change(then.map(|then| then.score.confidence), Some(score.confidence), format!("{} right", share(score.confidence))))
            ", "
            (change(score.cycles_per_result, then.and_then(|then| then.score.cycles_per_result), format!("{} cycles a result", cycles(score.cycles_per_result))))
            ", "
            (change(Some(variant.len_bytes as f64), then.map(|then| then.len_bytes as f64), format!("{} bytes", count(variant.len_bytes))))
        }
    }
}

fn champion_code(facts: &Facts) -> Markup {
    let run = &facts.record;
    let Some(champion) = &run.champion else { return html! {} };
    let founder = run.founder.as_ref();
    let name = founder.and_then(|founder| founder.name.as_deref()).unwrap_or("founder");
    html! {
        section {
            h2 { "The code" }
            @match &facts.code {
                None => { p.note { "The genomes are not in the bank any more." } }
                Some(_) if founder.is_some_and(|founder| founder.genome == champion.genome) => {
                    p.note { "The champion is the founder itself." }
                }
                Some((genome, found)) => {
                    @if found.is_empty() { p.note { "The texts are the same; the bytes differ in how numbers are written." } }
                    (code::side_by_side(found, &format!("founder {name}"), "champion"))
                    (whole(genome))
                }
            }
        }
    }
}

/// The champion as text, where that is not too long.
fn whole(genome: &flux_genome::Genome) -> Markup {
    const MOST_BYTES: usize = 100_000;
    match flux_genome::text::print(genome) {
        Ok(text) if text.len() <= MOST_BYTES => html! {
            details {
                summary { "The champion as WebAssembly text" }
                pre { (text.trim_end()) }
            }
        },
        _ => html! {},
    }
}

fn about(run: &ReportV1) -> Markup {
    let name = quoted(&run.run);
    let times = &run.timings;
    let rate = times.made as f64 / times.total_s.max(1e-9);
    let mut commands = vec![
        (format!("flux replay {name}"), "computes it again and compares every record"),
        (format!("flux champion {name} -o best.wasm"), "writes the champion"),
        (format!("flux lineage {name}"), "lists the steps"),
    ];
    if run.stop.is_none() {
        commands.insert(0, (format!("flux evolve --resume {name}"), "takes it up where it is"));
    }
    let again = format!("flux evolve {} --policy policy.toml --seed {}", quoted(&run.arena_path), run.seed);
    html! {
        section {
            h2 { "The run" }
            div.scroll tabindex="0" role="region" aria-label="facts of the run" {
                table.plain.facts {
                    tbody {
                        tr { th scope="row" { "arena" } td { (run.arena) " in " code { (run.arena_path) } } }
                        tr { th scope="row" { "founders" } td {
                            @for (at, founder) in run.founders.iter().enumerate() {
                                @if at > 0 { ", " } (founder.name) " " code { (abbreviated(&founder.genome)) }
                            }
                        } }
                        tr { th scope="row" { "strategy" } td { (run.strategy) } }
                        tr { th scope="row" { "seed" } td { (run.seed) } }
                        tr { th scope="row" { "cost table" } td { (run.cost_table) } }
                        tr { th scope="row" { "end" } td { (run.stop.as_deref().unwrap_or("not ended")) } }
                        tr { th scope="row" { "root" } td { @match &run.root { Some(root) => { code { (root) } } None => { "known when it ends" } } } }
                        tr { th scope="row" { "time" } td {
                            (format!("{:.1} s", times.total_s)) ", of which "
                            (format!("{:.1} s", times.making_s)) " for making children and "
                            (format!("{:.1} s", times.measuring_s)) " for measuring them"
                            @if times.sessions > 1 { ", in " (times.sessions) " sessions" }
                        } }
                        tr { th scope="row" { "speed" } td { (count(rate.round() as u64)) " children a second; " (share(times.known_share)) " were genomes that had been measured before" } }
                    }
                }
            }
            h3 { "Commands" }
            ul.commands {
                @for (command, what) in commands { li { code { (command) } " " (what) } }
                li { code { (again) } " with the policy below, and the founders' files if they are not the arena's rivals, begins the same run anew" }
            }
            details {
                summary { "The policy" }
                pre { (run.policy.trim_end()) }
            }
        }
    }
}
