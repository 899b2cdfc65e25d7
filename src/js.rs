//! JavaScript's plain objects, and what it throws.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

/// An object with these fields; those that are undefined are left out. By hand: what makes objects of any type would be
/// 2 kB more to load.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_undefined()) {
        // Setting a field of a plain object does not fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// A property of an object; none where it is undefined or null, or there is no object.
pub(crate) fn get(object: &JsValue, key: &str) -> Option<JsValue> {
    let value = object.is_object().then(|| Reflect::get(object, &key.into()).ok()).flatten()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// What stands under a name for all to use, in pages and in workers.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    GLOBAL.with(|global| get(global, name))
}

/// A property that is a text; an empty one where it is anything else.
pub(crate) fn text_of(object: &JsValue, key: &str) -> String {
    get(object, key).and_then(|text| text.as_string()).unwrap_or_default()
}

/// What was thrown, in its own words.
pub(crate) fn told(error: JsValue) -> String {
    Object::from(error).to_string().into()
}
