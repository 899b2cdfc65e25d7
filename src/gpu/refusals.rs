//! What a device refuses: the errors of some work, and those that belong to no work that is waited for.

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{Scopes, on_uncaptured};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{Scopes, on_uncaptured};

/// By hand: wgpu's way is 5 kB more to load, and panics at an error that is neither of validation nor of memory.
#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::Promise;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    use crate::gpu::error::GpuError;

    #[wasm_bindgen]
    extern "C" {
        #[derive(Debug)]
        type Device;
        #[wasm_bindgen(method, js_name = pushErrorScope)]
        fn push_error_scope(this: &Device, filter: &str);
        #[wasm_bindgen(method, js_name = popErrorScope)]
        fn pop_error_scope(this: &Device) -> Promise;
        #[wasm_bindgen(method, setter, js_name = onuncapturederror)]
        fn set_on_uncaptured_error(this: &Device, handler: &JsValue);

        type UncapturedError;
        #[wasm_bindgen(method, getter)]
        fn error(this: &UncapturedError) -> Error;

        type Error;
        #[wasm_bindgen(method, getter)]
        fn message(this: &Error) -> String;

        #[wasm_bindgen(js_name = GPUOutOfMemoryError)]
        type OutOfMemoryError;
    }

    impl From<Error> for GpuError {
        fn from(error: Error) -> Self {
            if error.has_type::<OutOfMemoryError>() { Self::OutOfMemory } else { Self::refused(&error.message()) }
        }
    }

    /// There is one wherever wgpu goes through WebGPU: always, in a browser.
    fn browsers(device: &wgpu::Device) -> Option<Device> {
        let device: &JsValue = device.as_webgpu()?.as_ref();
        Some(device.clone().unchecked_into())
    }

    /// Tells `refused` of errors outside of [`Scopes`].
    pub(crate) fn on_uncaptured(device: &wgpu::Device, refused: impl Fn(GpuError) + 'static) {
        if let Some(device) = browsers(device) {
            let handler = Closure::<dyn Fn(UncapturedError)>::new(move |event: UncapturedError| {
                refused(event.error().into());
            });
            device.set_on_uncaptured_error(&handler.into_js_value());
        }
    }

    /// Hears the errors of what is done until it is closed.
    #[derive(Debug)]
    pub(crate) struct Scopes(Option<Device>);

    impl Scopes {
        pub(crate) fn open(device: &wgpu::Device) -> Self {
            let device = browsers(device);
            for filter in ["out-of-memory", "validation"] {
                device.iter().for_each(|device| device.push_error_scope(filter));
            }
            Self(device)
        }

        /// The first error; no memory first, for what is made of a buffer that does not exist is invalid in turn.
        pub(crate) async fn close(self) -> Option<GpuError> {
            let device = self.0?;
            let (validation, memory) = (device.pop_error_scope(), device.pop_error_scope());
            let mut first = None;
            for popped in [validation, memory] {
                // A device that is lost tells so elsewhere.
                let error = JsFuture::from(popped).await.unwrap_or(JsValue::NULL);
                if !error.is_null() {
                    first = Some(error.unchecked_into::<Error>().into());
                }
            }
            first
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::sync::Arc;

    use crate::gpu::error::GpuError;

    impl From<wgpu::Error> for GpuError {
        fn from(error: wgpu::Error) -> Self {
            match error {
                wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory,
                wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                    Self::refused(&description)
                }
            }
        }
    }

    /// Tells `refused` of errors outside of [`Scopes`].
    pub(crate) fn on_uncaptured(device: &wgpu::Device, refused: impl Fn(GpuError) + Send + Sync + 'static) {
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| refused(error.into())));
    }

    /// Hears the errors of what is done until it is closed.
    #[derive(Debug)]
    pub(crate) struct Scopes {
        memory: wgpu::ErrorScopeGuard,
        validation: wgpu::ErrorScopeGuard,
    }

    impl Scopes {
        pub(crate) fn open(device: &wgpu::Device) -> Self {
            Self {
                memory: device.push_error_scope(wgpu::ErrorFilter::OutOfMemory),
                validation: device.push_error_scope(wgpu::ErrorFilter::Validation),
            }
        }

        /// The first error; no memory first, for what is made of a buffer that does not exist is invalid in turn.
        pub(crate) async fn close(self) -> Option<GpuError> {
            let (validation, memory) = (self.validation.pop(), self.memory.pop());
            let (validation, memory) = (validation.await, memory.await);
            memory.or(validation).map(GpuError::from)
        }
    }
}
