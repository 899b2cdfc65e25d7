//! Files from where the page comes from, by the browser's `fetch`, in pages and in workers.

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::js::{global, told};

/// The bytes that lie at an address, or why they cannot be had.
pub(crate) async fn fetched(address: &str) -> Result<Vec<u8>, String> {
    let fetch: Function = global("fetch")
        .and_then(|fetch| fetch.dyn_into().ok())
        .ok_or("there is no fetch() here, pass the bytes instead")?;
    let answer = fetch.call1(&JsValue::UNDEFINED, &address.into()).map_err(told)?;
    let response: Response = JsFuture::from(Promise::resolve(&answer)).await.map_err(told)?.unchecked_into();
    if !response.ok() {
        return Err(format!("the server answers {} {}", u32::from(response.status()), response.status_text()));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(told)?).await.map_err(told)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
