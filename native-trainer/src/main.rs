//! The trainer's command line.
use native_trainer::{data, export, pipeline, progress::Progress, settings::Settings};
use sharp_distill::bundle::{Provenance, ResultRow};
fn main() -> anyhow::Result<()> {
    let data = data::load(&data::DataChoice::default())?;
    let out = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets"));
    export::check_writable(out)?;
    let mut settings = Settings::default();
    for set in std::env::args().skip(1) {
        settings.set(&set)?;
    }
    let start = std::time::Instant::now();
    let outcome = pipeline::run(&data, &settings, 42, &pipeline::Model::ALL, &Progress::shown())?;
    for row in &outcome.rows {
        println!(
            "{:>16} valid {:.4} test {:.6} r10 {:.4} p10 {:.4} h10 {:.4} n20 {:.4} r20 {:.6}",
            row.model.name(),
            row.valid.at_10.ndcg,
            row.test.at_10.ndcg,
            row.test.at_10.recall,
            row.test.at_10.precision,
            row.test.at_10.hit,
            row.test.at_20.ndcg,
            row.test.at_20.recall
        );
    }
    println!("{:?}", start.elapsed());
    if let Some(student) = &outcome.student {
        let provenance = Provenance {
            data: data.name.clone(),
            data_sha256: data.sha256.clone(),
            split: data.split.clone(),
            seed: 42,
            command: "cargo run -p native-trainer".into(),
            trainer_version: env!("CARGO_PKG_VERSION").into(),
            results: outcome.rows.iter().map(ResultRow::from).collect(),
        };
        let export = export::Export::new(&data, student, student.config().clone(), provenance)?;
        export.write(out)?;
        println!("{} {}", export.model.len(), export.catalogue.len());
    }
    Ok(())
}
