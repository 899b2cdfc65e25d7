//! The reader breaks off in the middle of some damaged files: a panic in it is an error here, and said once.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is in the reader.
    static READING: Cell<bool> = const { Cell::new(false) };
}
static HOOK: Once = Once::new();

/// Runs a step of the reader; an error is what it said, whether it returned it or broke off with it.
pub(super) fn guarded<T, E: ToString>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    // What other threads and other code say when they break off is said as before.
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !READING.get() {
                usual(panic);
            }
        }));
    });
    READING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(step));
    READING.set(false);
    match outcome {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(panic) => Err(match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(said), _) => said.clone(),
            (None, Some(said)) => (*said).to_owned(),
            (None, None) => "the reader broke off".to_owned(),
        }),
    }
}
