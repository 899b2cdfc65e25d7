//! The committed files that figures come from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;
use sharp_distill::bundle::Bundle;

use super::Fault;

const REPORTS: &str = "native-trainer/reports";
const MODEL: &str = "assets/model.safetensors";

/// A repository, of which every file is read once.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    read: RefCell<BTreeMap<String, Rc<Json>>>,
}

/// A file of data.
#[derive(Debug)]
pub struct Json {
    /// Its name in the repository.
    pub file: String,
    /// What is in it.
    pub value: Value,
}

impl Sources {
    /// Of a repository.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), read: RefCell::default() }
    }

    /// The report of that name (`movielens`), or a JSON file by its path in the repository.
    ///
    /// # Errors
    /// A file that is not there or no JSON.
    pub fn report(&self, name: &str) -> Result<Rc<Json>, Fault> {
        match name.ends_with(".json") {
            true => self.json(name.to_owned()),
            false => self.json(format!("{REPORTS}/{name}/{}", crate::report::JSON_FILE)),
        }
    }

    /// What `tune` wrote under that name.
    ///
    /// # Errors
    /// A file that is not there or no JSON.
    pub fn tuning(&self, name: &str) -> Result<Rc<Json>, Fault> {
        self.json(format!("{REPORTS}/tuning/{name}/tune.json"))
    }

    fn json(&self, file: String) -> Result<Rc<Json>, Fault> {
        if let Some(json) = self.read.borrow().get(&file) {
            return Ok(json.clone());
        }
        let fault = |reason: String| Fault::NoData { file: file.clone(), reason };
        let text = std::fs::read_to_string(self.root.join(&file)).map_err(|reason| fault(reason.to_string()))?;
        let value = serde_json::from_str(&text).map_err(|reason| fault(reason.to_string()))?;
        let json = Rc::new(Json { file: file.clone(), value });
        self.read.borrow_mut().insert(file, json.clone());
        Ok(json)
    }

    /// The shipped model.
    ///
    /// # Errors
    /// A file that is not there or no model.
    pub fn model(&self) -> Result<Bundle, Fault> {
        let fault = |reason: String| Fault::NoData { file: MODEL.to_owned(), reason };
        let bytes = std::fs::read(self.root.join(MODEL)).map_err(|reason| fault(reason.to_string()))?;
        Bundle::read(&bytes).map_err(|reason| fault(reason.to_string()))
    }
}

impl Json {
    /// What lies at a pointer (`/models/0/name`), from the top of the file.
    ///
    /// # Errors
    /// Nothing lies there.
    pub fn at(&self, pointer: &str) -> Result<&Value, Fault> {
        self.value.pointer(pointer).ok_or_else(|| self.lacks("value", pointer))
    }

    /// The elements of a list.
    ///
    /// # Errors
    /// There is no list.
    pub fn list(&self, pointer: &str) -> Result<&[Value], Fault> {
        self.at(pointer)?.as_array().map(Vec::as_slice).ok_or_else(|| self.lacks("list", pointer))
    }

    /// A number of a part of this file.
    ///
    /// # Errors
    /// There is no number.
    pub fn number(&self, part: &Value, pointer: &str) -> Result<f64, Fault> {
        part.pointer(pointer).and_then(Value::as_f64).ok_or_else(|| self.lacks("number", pointer))
    }

    /// A text of a part of this file.
    ///
    /// # Errors
    /// There is no text.
    pub fn text<'v>(&self, part: &'v Value, pointer: &str) -> Result<&'v str, Fault> {
        part.pointer(pointer).and_then(Value::as_str).ok_or_else(|| self.lacks("text", pointer))
    }

    /// The element of a list in which these keys are these texts.
    ///
    /// # Errors
    /// There is none.
    pub fn element(&self, pointer: &str, keys: &[(&str, &str)]) -> Result<&Value, Fault> {
        let list = self.list(pointer)?;
        let is_it = |element: &&Value| keys.iter().all(|(key, text)| element[*key] == *text);
        list.iter().find(is_it).ok_or_else(|| {
            let said = |element: &Value| {
                keys.iter().map(|(key, _)| element[*key].as_str().unwrap_or("?")).collect::<Vec<_>>().join(" - ")
            };
            Fault::NotIn {
                file: self.file.clone(),
                what: keys.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" - "),
                known: list.iter().map(said).collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// That something is not there.
    pub fn lacks(&self, what: &'static str, pointer: &str) -> Fault {
        Fault::NoValue { file: self.file.clone(), what, pointer: pointer.to_owned() }
    }
}
