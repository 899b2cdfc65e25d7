//! JavaScript's plain objects, and what it throws.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

/// An object that is made field by field. By hand: what makes objects of any type would be 2 kB more to load.
pub(crate) struct Fields(Object);

impl Fields {
    pub(crate) fn new() -> Self {
        Self(Object::new())
    }

    /// With one field more; none where it is undefined.
    #[inline(never)]
    pub(crate) fn with(self, name: &str, value: JsValue) -> Self {
        if !value.is_undefined() {
            // Setting a field of a plain object does not fail.
            let _ = Reflect::set(&self.0, &name.into(), &value);
        }
        self
    }

    /// With a text.
    #[inline(never)]
    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.with(name, text.into())
    }

    /// With a number.
    #[inline(never)]
    pub(crate) fn number(self, name: &str, number: f64) -> Self {
        self.with(name, number.into())
    }

    /// The object.
    pub(crate) fn made(self) -> JsValue {
        self.0.into()
    }
}

/// A property of an object; none where it is undefined or null, or there is no object.
pub(crate) fn get(object: &JsValue, key: &str) -> Option<JsValue> {
    let value = object.is_object().then(|| Reflect::get(object, &key.into()).ok()).flatten()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// What stands under a name for all to use, in pages and in workers.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    get(&js_sys::global(), name)
}

/// A property that is a text; an empty one where it is anything else.
pub(crate) fn text_of(object: &JsValue, key: &str) -> String {
    get(object, key).and_then(|text| text.as_string()).unwrap_or_default()
}

/// What was thrown, in its own words.
pub(crate) fn told(error: JsValue) -> String {
    Object::from(error).to_string().into()
}
