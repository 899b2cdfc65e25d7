//! Which text encoder a run uses, as it is typed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which encoder a run uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EncoderChoice {
    /// No text at all: `none`.
    None,
    /// Words and pairs of words, hashed: `hashing`.
    Hashing,
    /// The DeBERTa that comes with the program: `builtin`.
    Builtin,
    /// A folder with config.json, weights and tokenizer.json.
    Folder(PathBuf),
    /// A repository of the Hugging Face hub: `hf:REPO` or `hf:REPO@REVISION`.
    Hub(HubRepo),
}

/// A repository of the Hugging Face hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRepo {
    /// `owner/name`, or the name alone of an old one.
    pub repo: String,
    /// Branch, tag or commit; `main` when nothing is said.
    pub revision: Option<String>,
}

/// What is typed is no encoder.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChoiceError {
    /// Neither a name nor a folder.
    #[error(
        "there is no text encoder {given:?} and no folder of that name. Choose none, hashing, builtin, a folder with \
         config.json, model.safetensors and tokenizer.json, or hf:OWNER/NAME for one of the Hugging Face hub"
    )]
    Unknown {
        /// What was given.
        given: String,
    },
    /// `hf:` and something that no repository can be called.
    #[error("{given:?} names no repository: it must be hf:OWNER/NAME or hf:OWNER/NAME@REVISION")]
    BadRepo {
        /// What was given.
        given: String,
    },
}

impl FromStr for EncoderChoice {
    type Err = ChoiceError;

    fn from_str(given: &str) -> Result<Self, ChoiceError> {
        if let Some(repo) = given.strip_prefix("hf:") {
            return hub_repo(repo).map(Self::Hub).ok_or_else(|| ChoiceError::BadRepo { given: given.to_owned() });
        }
        match given {
            "none" => Ok(Self::None),
            "hashing" => Ok(Self::Hashing),
            "builtin" => Ok(Self::Builtin),
            folder if PathBuf::from(folder).is_dir() => Ok(Self::Folder(folder.into())),
            other => Err(ChoiceError::Unknown { given: other.to_owned() }),
        }
    }
}

fn hub_repo(given: &str) -> Option<HubRepo> {
    let (repo, revision) = match given.split_once('@') {
        Some((repo, revision)) => (repo, Some(revision)),
        None => (given, None),
    };
    let named = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && !part.starts_with('.')
    };
    let parts: Vec<&str> = repo.split('/').collect();
    let is_repo = parts.len() <= 2 && parts.iter().all(|part| named(part));
    let is_revision = revision.is_none_or(|revision| revision.split('/').all(named));
    (is_repo && is_revision).then(|| HubRepo { repo: repo.to_owned(), revision: revision.map(str::to_owned) })
}

impl fmt::Display for EncoderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Hashing => f.write_str("hashing"),
            Self::Builtin => f.write_str("builtin"),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Hub(repo) => write!(f, "hf:{repo}"),
        }
    }
}

impl fmt::Display for HubRepo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.revision {
            Some(revision) => write!(f, "{}@{revision}", self.repo),
            None => f.write_str(&self.repo),
        }
    }
}

impl TryFrom<String> for EncoderChoice {
    type Error = ChoiceError;

    fn try_from(given: String) -> Result<Self, ChoiceError> {
        given.parse()
    }
}

impl From<EncoderChoice> for String {
    fn from(choice: EncoderChoice) -> Self {
        choice.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().display().to_string();
        for given in
            ["none", "hashing", "builtin", "hf:gpt2", "hf:sentence-transformers/all-MiniLM-L6-v2@refs/pr/21", &folder]
        {
            assert_eq!(given.parse::<EncoderChoice>().unwrap().to_string(), given);
        }
        let hub: EncoderChoice = "hf:owner/name@v1.0".parse().unwrap();
        let expected = HubRepo { repo: "owner/name".to_owned(), revision: Some("v1.0".to_owned()) };
        assert_eq!(hub, EncoderChoice::Hub(expected));
    }

    #[test]
    fn what_is_no_encoder_is_answered_with_the_choices() {
        let said = "deberta".parse::<EncoderChoice>().unwrap_err().to_string();
        for word in ["\"deberta\"", "none", "hashing", "builtin", "tokenizer.json", "hf:OWNER/NAME"] {
            assert!(said.contains(word), "{said}");
        }
        for bad in ["hf:", "hf:a/b/c", "hf:/b", "hf:a/../b", "hf:a b", "hf:a/b@", "hf:a/b@x y", "hf:a/b@../c"] {
            assert!(matches!(bad.parse::<EncoderChoice>(), Err(ChoiceError::BadRepo { .. })), "{bad}");
        }
    }
}
