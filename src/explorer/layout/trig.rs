//! Sines: the library's natively, the browser's in the page, where they need not be shipped.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{atan2, cos, sin};
#[cfg(target_arch = "wasm32")]
pub(super) use wasm::{atan2, cos, sin};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    pub(in crate::explorer::layout) fn sin(angle: f32) -> f32 {
        angle.sin()
    }
    pub(in crate::explorer::layout) fn cos(angle: f32) -> f32 {
        angle.cos()
    }
    pub(in crate::explorer::layout) fn atan2(y: f32, x: f32) -> f32 {
        y.atan2(x)
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use js_sys::Math;

    pub(in crate::explorer::layout) fn sin(angle: f32) -> f32 {
        Math::sin(angle.into()) as f32
    }
    pub(in crate::explorer::layout) fn cos(angle: f32) -> f32 {
        Math::cos(angle.into()) as f32
    }
    pub(in crate::explorer::layout) fn atan2(y: f32, x: f32) -> f32 {
        Math::atan2(y.into(), x.into()) as f32
    }
}
