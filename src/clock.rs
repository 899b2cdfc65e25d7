//! Time, in a browser and natively: what it is, waiting for a moment that suits, and giving up.

use std::time::Duration;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub(crate) use browser::breathe;
#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{idle, moment, within};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{moment, within};

/// Milliseconds since some moment. Browsers round it, Chromium to 0.1 ms, others further.
pub(crate) fn now_ms() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return browser::now();
    #[cfg(not(target_arch = "wasm32"))]
    return native::now();
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::future::{pending, poll_fn};
    use std::pin::pin;
    use std::task::{Context, Poll};

    use js_sys::{Function, Promise};
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    use super::Duration;
    use crate::js::{Fields, global};

    // Workers have these, too; they have no `window`.
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        pub(super) fn now() -> f64;
        #[wasm_bindgen(js_name = setTimeout)]
        fn set_timeout(callback: &Function, milliseconds: i32) -> JsValue;
        #[wasm_bindgen(js_name = clearTimeout)]
        fn clear_timeout(timer: &JsValue);
    }

    /// How often the time of [`within`] is looked at.
    const N_TICKS: u32 = 4;

    /// After what time a page that is never idle is taken as if it were.
    const NEVER_IDLE_MS: u32 = 1000;
    /// Where a browser does not tell when it is idle (Safari): the first paint is over then.
    const PROBABLY_IDLE: Duration = Duration::from_millis(200);

    const MOMENT: Duration = Duration::from_millis(60);

    /// Two frames and some.
    #[cfg(feature = "page")]
    const BREATH: Duration = Duration::from_millis(40);

    /// A timer that ends with its owner.
    struct Timer {
        fired: JsFuture,
        id: JsValue,
    }

    impl Timer {
        fn new(after: Duration) -> Self {
            let mut id = JsValue::UNDEFINED;
            let after = i32::try_from(after.as_millis()).unwrap_or(i32::MAX);
            let fired = Promise::new(&mut |resolve, _| id = set_timeout(&resolve, after));
            Self { fired: JsFuture::from(fired), id }
        }
    }

    impl Drop for Timer {
        fn drop(&mut self) {
            clear_timeout(&self.id);
        }
    }

    /// What `work` gives, or nothing when it takes longer than `limit`.
    ///
    /// The limit is waited for in parts: when a tab is frozen or a computer sleeps, one part is over on waking, and
    /// `work` still has the others.
    pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut done = None;
        race(limit, &mut |context| match work.as_mut().poll(context) {
            Poll::Ready(value) => {
                done = Some(value);
                true
            }
            Poll::Pending => false,
        })
        .await;
        done
    }

    /// Polls until it says that it is done or the time is over. Compiled once for all kinds of work.
    async fn race(limit: Duration, is_done: &mut dyn FnMut(&mut Context<'_>) -> bool) {
        for _ in 0..N_TICKS {
            let mut timer = Timer::new(limit / N_TICKS);
            let tick = poll_fn(|context| {
                if is_done(context) {
                    return Poll::Ready(true);
                }
                pin!(&mut timer.fired).poll(context).map(|_| false)
            });
            if tick.await {
                return;
            }
        }
    }

    /// Time for what the browser has to tell already.
    pub(crate) async fn moment() {
        let _ = within(MOMENT, pending::<()>()).await;
    }

    /// Between the parts of a long piece of work: until the browser has nothing better to do, but not for long, so that
    /// the work ends soon in a page that is never idle, too.
    #[cfg(feature = "page")]
    pub(crate) async fn breathe() {
        let _ = within(BREATH, idle()).await;
    }

    /// Waits until the browser has nothing better to do.
    pub(crate) async fn idle() {
        let request = global("requestIdleCallback");
        let Some(request) = request.and_then(|request| request.dyn_into::<Function>().ok()) else {
            let _ = within(PROBABLY_IDLE, pending::<()>()).await;
            return;
        };
        let options = Fields::new().number("timeout", NEVER_IDLE_MS.into()).made();
        let idle = Promise::new(&mut |resolve, reject| {
            if let Err(error) = request.call2(&JsValue::UNDEFINED, &resolve, &options) {
                let _ = reject.call1(&JsValue::UNDEFINED, &error);
            }
        });
        let _ = JsFuture::from(idle).await;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::sync::OnceLock;
    use std::time::Instant;

    use super::Duration;

    pub(super) fn now() -> f64 {
        static BEGAN: OnceLock<Instant> = OnceLock::new();
        1000.0 * BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
    }

    /// Natively there is no need: callbacks run while the GPU is polled.
    pub(crate) async fn moment() {}

    /// What `work` gives. Natively waiting for the GPU blocks inside of `work`, which has the limit itself.
    pub(crate) async fn within<T>(_limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        Some(work.await)
    }
}
