//! Which of two ways an operation of ours is computed.
//!
//! On the CPU most are **fused**: one pass over plain slices, written for its caches and cores. Everywhere else they are
//! **composed** of tensors and of the sparse product, so that neither values nor gradients leave the device. Both give the
//! same numbers up to rounding: the tests run the composed ways on the CPU too, beside the fused ones.

use std::cell::Cell;

use candle_core::Device;

thread_local! {
    static COMPOSED: Cell<bool> = const { Cell::new(false) };
}

/// Whether an operation on this device is fused.
pub(crate) fn is_fused(device: &Device) -> bool {
    device.is_cpu() && !is_composed()
}

/// Whether this runs inside [`composed`].
pub fn is_composed() -> bool {
    COMPOSED.get()
}

/// Runs `f` with every operation composed, as on a GPU, whatever the device: on this thread, forward and backward.
pub fn composed<T>(f: impl FnOnce() -> T) -> T {
    /// Puts back what was said before, also when `f` panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            COMPOSED.set(self.0);
        }
    }
    let _before = Before(COMPOSED.replace(true));
    f()
}
