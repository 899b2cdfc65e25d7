//! The page without a network: a service worker keeps one whole version of it (`assets/offline/`). Where there can be
//! none, nothing here does anything.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // They throw where `offline` is missing because its script was not allowed to run, or could not be loaded. So they
    // are not `async` here: what such an import throws at once is not caught.
    #[wasm_bindgen(js_namespace = offline, js_name = ready, catch)]
    fn register() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = offline, js_name = forget, catch)]
    fn remove() -> Result<Promise, JsValue>;
}

async fn settled(started: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(started?).await
}

/// Stores the page on this device, from the first call on, and says whether it will open without a network. Call it
/// when the page has shown its first answer: what it fetches must not be in the way of that.
pub(crate) async fn ready() -> bool {
    settled(register()).await.is_ok_and(|is_ready| is_ready.is_truthy())
}

/// Removes what is stored and the worker with it, for a visitor who wants nothing kept.
pub(crate) async fn forget() {
    // What fails has nothing to remove.
    let _ = settled(remove()).await;
}
