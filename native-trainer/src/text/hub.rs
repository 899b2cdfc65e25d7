//! Encoders of the Hugging Face hub: fetched once, then found in the hub's own cache, also without a network.

use std::borrow::Cow;
use std::path::PathBuf;

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use indicatif::ProgressBar;

use super::files::{CONFIG, EncoderFiles, PICKLE, SAFETENSORS, TOKENIZER, Weights};
use super::{HubRepo, TextError};
use crate::progress::Progress;

impl HubRepo {
    fn repo(&self) -> Repo {
        let revision = self.revision.clone().unwrap_or_else(|| "main".to_owned());
        Repo::with_revision(self.repo.clone(), RepoType::Model, revision)
    }
}

/// The files of a repository. What lies in the hub's cache (`HF_HOME`) is not asked for again.
///
/// # Errors
/// A file that is neither in the cache nor given by the hub.
pub(super) fn fetch(repo: &HubRepo, progress: Progress) -> Result<EncoderFiles, TextError> {
    fetch_with(repo, &Cache::from_env(), ApiBuilder::from_env, progress)
}

fn fetch_with(
    repo: &HubRepo,
    cache: &Cache,
    api_builder: impl Fn() -> ApiBuilder,
    progress: Progress,
) -> Result<EncoderFiles, TextError> {
    let cache = cache.repo(repo.repo());
    let mut api: Option<ApiRepo> = None;
    let mut get = |file: &str| -> Result<PathBuf, TextError> {
        if let Some(path) = cache.get(file) {
            return Ok(path);
        }
        let failed = |error: &dyn std::error::Error| TextError::Hub {
            repo: repo.clone(),
            file: file.to_owned(),
            reason: reasons(error),
        };
        let api = match &mut api {
            Some(api) => api,
            none => {
                let built = api_builder().with_progress(false).with_retries(2).build();
                none.insert(built.map_err(|error| failed(&error))?.repo(repo.repo()))
            }
        };
        api.download_with_progress(file, Download(progress.fetched("text"))).map_err(|error| failed(&error))
    };
    let read = |path: PathBuf| std::fs::read(&path).map(Cow::Owned).map_err(|reason| TextError::File { path, reason });
    let config = read(get(CONFIG)?)?;
    let tokenizer = read(get(TOKENIZER)?)?;
    let weights = match get(SAFETENSORS) {
        Ok(path) => Weights::Safetensors(read(path)?),
        // An old repository may have PyTorch's file only; if it has none, the first answer is the one to show.
        Err(error) => get(PICKLE).map(Weights::Pickle).map_err(|_| error)?,
    };
    Ok(EncoderFiles { name: format!("hf:{repo}"), config, weights, tokenizer })
}

/// An error with its causes, on one line.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !said.contains(&reason) {
            said = format!("{said}: {reason}");
        }
        cause = error.source();
    }
    said.lines().collect::<Vec<_>>().join(" ")
}

struct Download(ProgressBar);

impl hf_hub::api::Progress for Download {
    fn init(&mut self, size: usize, filename: &str) {
        self.0.set_length(size as u64);
        self.0.set_message(filename.to_owned());
    }

    fn update(&mut self, size: usize) {
        self.0.inc(size as u64);
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repo() -> HubRepo {
        HubRepo { repo: "owner/name".to_owned(), revision: None }
    }

    fn fetch_from(cache: &Cache) -> Result<EncoderFiles, TextError> {
        // Port 9 discards: nobody answers there.
        let nobody = || ApiBuilder::from_cache(cache.clone()).with_endpoint("http://127.0.0.1:9".to_owned());
        fetch_with(&repo(), cache, nobody, Progress::quiet())
    }

    #[test]
    fn a_hub_that_does_not_answer_is_named_with_the_repository_and_the_way_round() {
        let folder = tempfile::tempdir().unwrap();
        let said = fetch_from(&Cache::new(folder.path().to_owned())).unwrap_err().to_string();
        for word in ["config.json of hf:owner/name", "cannot be fetched", "--text-encoder DIR"] {
            assert!(said.contains(word), "{said}");
        }
        assert!(!said.contains('\n'), "{said}");
    }

    #[test]
    fn what_lies_in_the_hubs_cache_needs_no_network() {
        let folder = tempfile::tempdir().unwrap();
        let of_repo = folder.path().join("models--owner--name");
        let snapshot = of_repo.join("snapshots/0123");
        std::fs::create_dir_all(&snapshot).unwrap();
        std::fs::create_dir_all(of_repo.join("refs")).unwrap();
        std::fs::write(of_repo.join("refs/main"), "0123").unwrap();
        for file in [CONFIG, TOKENIZER, SAFETENSORS] {
            std::fs::write(snapshot.join(file), file).unwrap();
        }
        let files = fetch_from(&Cache::new(folder.path().to_owned())).unwrap();
        assert_eq!((&*files.config, &*files.tokenizer), (CONFIG.as_bytes(), TOKENIZER.as_bytes()));
        assert_eq!(files.name, "hf:owner/name");
    }
}
