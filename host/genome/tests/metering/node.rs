//! Metered modules under V8: the same endings, results and cycles as under wasmtime.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use flux_genome::meter::{self, Options};
use serde_json::{Value as Json, json};
use wasmparser::ValType;

use super::engines::{Ending, From, Value, Wasmtime};
use super::smith::{Random, args, budget, exports, module, n_runs};
use super::with_stack;

#[test]
fn random_modules_cost_the_same_in_node() {
    let Ok(version) = Command::new("node").arg("--version").output() else {
        println!("skipped: no `node` on the path");
        return;
    };
    println!("node {}", String::from_utf8_lossy(&version.stdout).trim());
    with_stack(|| {
        let wasmtime = Wasmtime::for_metered();
        let mut random = Random::new(11);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("metered");
        std::fs::create_dir_all(&folder).unwrap();
        // One in twenty of the runs that the other engines make, a few hundred at least.
        let n_runs = (n_runs() / 20).max(200);
        let (mut plan, mut expected) = (Vec::new(), Vec::new());
        let mut n = 0;
        while n < n_runs {
            // V8 has several memories only since Node 22.
            let module = module(&mut random, 1);
            let metered = meter::meter(&module, &Options::DEFAULT).unwrap();
            let compiled = wasmtime.compile(&metered);
            let (mut runs, mut endings) = (Vec::new(), Vec::new());
            for export in exports(&module) {
                // JavaScript has no vectors.
                if export.params.iter().chain(&export.results).any(|ty| *ty == ValType::V128) {
                    continue;
                }
                for _ in 0..4 {
                    let args = args(&mut random, &export);
                    let budget = budget(&mut random);
                    let ending = wasmtime.run(&compiled, &export.name, &args, budget, From::Call);
                    let mut budgets = vec![(budget, described(&ending))];
                    if let Ending::Completed(completed) = &ending {
                        budgets.push((completed.cycles, described(&ending)));
                        budgets.push((completed.cycles - 1, described(&Ending::Exhausted)));
                    }
                    for (budget, ending) in budgets {
                        runs.push(json!({
                            "function": export.name,
                            "args": args.iter().map(argument).collect::<Vec<_>>(),
                            "results": export.results.iter().map(ToString::to_string).collect::<Vec<_>>(),
                            "budget": budget.to_string(),
                        }));
                        endings.push(ending);
                        n += 1;
                    }
                }
            }
            let path = folder.join(format!("{}.wasm", plan.len()));
            std::fs::write(&path, &metered).unwrap();
            plan.push(json!({ "module": path, "runs": runs }));
            expected.push(endings);
        }
        let runs = folder.join("runs.json");
        std::fs::write(&runs, Json::from(plan).to_string()).unwrap();

        let answers = node(&runs);
        let mut refused = BTreeMap::new();
        let mut compared = 0;
        assert_eq!(answers.len(), expected.len());
        for (i, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
            if let Some(reason) = answer.get("refused") {
                *refused.entry(reason.to_string()).or_insert(0) += 1;
                continue;
            }
            for (j, (answer, expected)) in answer.as_array().unwrap().iter().zip(expected).enumerate() {
                assert_eq!(answer, expected, "module {i}, run {j}");
                compared += 1;
            }
        }
        println!("{compared} runs agree; modules that V8 refuses: {refused:?}");
        assert!(compared * 4 > n, "V8 refuses most modules: {refused:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

/// Runs the script.
fn node(runs: &Path) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/metering/node.mjs");
    let output = Command::new("node").arg(script).arg(runs).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn argument(value: &Value) -> Json {
    match value {
        Value::I32(value) => json!(["i32", value.to_string()]),
        Value::I64(value) => json!(["i64", value.to_string()]),
        Value::F32(bits) => json!(["f32", bits.to_string()]),
        Value::F64(bits) => json!(["f64", bits.to_string()]),
        Value::V128(_) | Value::Null | Value::Reference => json!(["null", ""]),
    }
}

/// The ending as the script says it.
fn described(ending: &Ending) -> Json {
    match ending {
        Ending::Completed(completed) => json!({
            "ending": "completed",
            "results": completed.results.iter().map(result).collect::<Vec<_>>(),
            "cycles": completed.cycles.to_string(),
            "memories": completed.memories,
        }),
        // V8 has one message for both.
        Ending::Trapped("null" | "signature") => json!({ "ending": "trapped: callee" }),
        // Nor does it tell a NaN from a number that is too large.
        Ending::Trapped("conversion" | "overflow") => json!({ "ending": "trapped: number" }),
        Ending::Trapped(kind) => json!({ "ending": format!("trapped: {kind}") }),
        Ending::Exhausted => json!({ "ending": "exhausted" }),
        Ending::TooDeep => json!({ "ending": "too deep" }),
        Ending::NotInstantiated => json!({ "ending": "not instantiated" }),
    }
}

fn result(value: &Value) -> String {
    match value {
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::F32(bits) if f32::from_bits(*bits).is_nan() => "nan".to_owned(),
        Value::F64(bits) if f64::from_bits(*bits).is_nan() => "nan".to_owned(),
        Value::F32(bits) => bits.to_string(),
        Value::F64(bits) => bits.to_string(),
        Value::V128(bits) => bits.to_string(),
        Value::Null => "null".to_owned(),
        Value::Reference => "reference".to_owned(),
    }
}
