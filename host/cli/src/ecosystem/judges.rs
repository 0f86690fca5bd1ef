//! What was measured of judges, as the bank keeps it.

use std::collections::BTreeMap;

use flux_bank::Bank;
use flux_broker::calibration::Calibration;
use flux_broker::judge::{Judge, prompt};
use flux_broker::{Model, ModelError, Terms};
use flux_lang::ecosystem::tree::{Ecosystem, Entity};

use super::models::Models;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, mistakes};

/// Keeps what was measured.
pub(crate) fn keep(args: &BankArgs, calibrations: &[&Calibration]) -> miette::Result<()> {
    let mut bank = bank_file::open(args.path())?;
    let mut rows = Vec::new();
    for calibration in calibrations {
        let value = serde_json::to_vec(calibration)
            .map_err(|error| mistakes::failed("write the calibration", &error, None))?;
        rows.push((calibration.key(), value));
    }
    bank.write(|writer| {
        rows.iter().try_for_each(|(key, value)| writer.put_calibration(key.as_bytes(), value))
    })
    .map_err(|error| mistakes::failed_for("keep the calibration", &error, error.hint()))
}

/// Everything that the bank says of judges; nothing where there is no bank.
pub(crate) fn all(args: &BankArgs) -> miette::Result<Vec<Calibration>> {
    if !args.path().exists() {
        return Ok(Vec::new());
    }
    let bank = bank_file::open_read_only(args.path())?;
    bank_file::asked(bank.snapshot(read))
}

/// What another version of flux wrote in another shape was not measured with these prompts, and is passed over.
fn read(bank: &Bank) -> Result<Vec<Calibration>, flux_bank::BankError> {
    let mut found = Vec::new();
    for key in bank.calibrations()? {
        let value = bank.calibration(&key)?.unwrap_or_default();
        found.extend(serde_json::from_slice::<Calibration>(&value));
    }
    found.retain(|calibration| calibration.prompt_version == prompt::VERSION);
    Ok(found)
}

/// The judge with what was measured of the weights that it has now.
pub(crate) async fn measured(
    model: &dyn Model,
    key: &str,
    calibrations: &[Calibration],
) -> Result<Judge, ModelError> {
    let digest = model.show(key).await?.digest;
    let fits = |calibration: &&Calibration| calibration.model == key && calibration.digest == digest;
    let mut judge = Judge::new(key);
    for calibration in calibrations.iter().filter(fits) {
        let place = if calibration.references { &mut judge.calibration } else { &mut judge.blind };
        *place = Some(calibration.clone());
    }
    Ok(judge)
}

/// What was measured of judges with the weights that they have now, by the keys of their models, for a kernel. What was
/// measured of others is told of and left out.
pub(crate) async fn of_now(
    io: &mut Io,
    models: &Models,
    tree: &Ecosystem,
    args: &BankArgs,
) -> miette::Result<BTreeMap<String, Vec<Calibration>>> {
    let mut known: BTreeMap<String, Vec<Calibration>> = BTreeMap::new();
    for calibration in all(args)? {
        known.entry(calibration.model.clone()).or_default().push(calibration);
    }
    let is_named = |key: &String| {
        let of_entity = |entity: &Entity| entity.model_key.as_ref() == Some(key);
        models.config.models.contains_key(key) || tree.entities.iter().any(of_entity)
    };
    known.retain(|key, _| is_named(key));
    let model = models.broker.bound(Terms::unlimited());
    for (key, calibrations) in &mut known {
        // Who cannot be looked up cannot be asked either, and that is told of when it matters.
        let digest = model.show(key).await.ok().and_then(|shown| shown.digest);
        let n_known = calibrations.len();
        calibrations.retain(|calibration| calibration.digest == digest);
        if calibrations.is_empty() && n_known > 0 {
            io.note(format!(
                "what was measured of judge `{key}` was measured on another model; measure it with `flux judge --calibrate`"
            ));
        }
    }
    Ok(known)
}
