//! Reading a buffer back: waiting until the CPU may, and then its bytes.

#[cfg(target_arch = "wasm32")]
pub(super) use browser::{Mapping, mapped_values};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::{Mapping, mapped_values};

/// By hand: wgpu's way is 2 kB more to load, and copies the bytes once more.
#[cfg(target_arch = "wasm32")]
mod browser {
    use std::time::Duration;

    use js_sys::{Object, Promise, Uint8Array};
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    use crate::clock;
    use crate::gpu::device::Gpu;

    #[wasm_bindgen]
    extern "C" {
        type Buffer;
        #[wasm_bindgen(method, js_name = mapAsync)]
        fn map_async(this: &Buffer, mode: u32, offset: f64, n_bytes: f64) -> Promise;
        #[wasm_bindgen(method, catch, js_name = getMappedRange)]
        fn mapped_range(this: &Buffer, offset: f64, n_bytes: f64) -> Result<JsValue, JsValue>;
    }

    /// `GPUMapMode.READ`.
    const READ: u32 = 1;

    fn browsers(buffer: &wgpu::Buffer) -> Option<&Buffer> {
        let buffer: &JsValue = buffer.as_webgpu()?.as_ref();
        Some(buffer.unchecked_ref())
    }

    fn told(error: JsValue) -> String {
        Object::from(error).to_string().into()
    }

    /// The first bytes of a buffer on their way to the CPU. `unmap` takes back what has not happened yet.
    #[derive(Debug)]
    pub(crate) struct Mapping(Option<JsFuture>);

    impl Mapping {
        pub(crate) fn begin(buffer: &wgpu::Buffer, n_bytes: u64) -> Self {
            Self(browsers(buffer).map(|buffer| JsFuture::from(buffer.map_async(READ, 0.0, n_bytes as f64))))
        }

        /// Whether they have arrived; nothing when the device says nothing for so long.
        pub(crate) async fn end(self, _gpu: &Gpu, limit: Duration) -> Option<Result<(), String>> {
            let Some(mapped) = self.0 else { return Some(Ok(())) };
            let mapped = clock::within(limit, mapped).await?;
            Some(mapped.map(drop).map_err(told))
        }
    }

    /// The first bytes of a buffer that is mapped.
    pub(crate) fn mapped_values<T: bytemuck::Pod>(buffer: &wgpu::Buffer, n_bytes: u64) -> Result<Vec<T>, String> {
        let buffer = browsers(buffer).ok_or("it is none of the browser's")?;
        let bytes = Uint8Array::new(&buffer.mapped_range(0.0, n_bytes as f64).map_err(told)?);
        let mut values = vec![T::zeroed(); bytes.length() as usize / size_of::<T>()];
        bytes.copy_to(bytemuck::cast_slice_mut(&mut values));
        Ok(values)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::time::Duration;

    use futures_channel::oneshot;

    use crate::gpu::device::Gpu;

    /// The first bytes of a buffer on their way to the CPU. `unmap` takes back what has not happened yet.
    #[derive(Debug)]
    pub(crate) struct Mapping(oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>);

    impl Mapping {
        pub(crate) fn begin(buffer: &wgpu::Buffer, n_bytes: u64) -> Self {
            let (sender, mapped) = oneshot::channel();
            buffer.map_async(wgpu::MapMode::Read, ..n_bytes, move |outcome| {
                // Nobody listens when the request was dropped.
                let _ = sender.send(outcome);
            });
            Self(mapped)
        }

        /// Whether they have arrived; nothing when the device says nothing for so long.
        pub(crate) async fn end(self, gpu: &Gpu, limit: Duration) -> Option<Result<(), String>> {
            let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(limit) };
            match gpu.device.poll(wait) {
                Err(wgpu::PollError::Timeout) => return None,
                Err(error) => return Some(Err(error.to_string())),
                Ok(_) => {}
            }
            let given_up = |_| Err("the request was given up".to_owned());
            Some(self.0.await.map_or_else(given_up, |mapped| mapped.map_err(|error| error.to_string())))
        }
    }

    /// The first bytes of a buffer that is mapped.
    pub(crate) fn mapped_values<T: bytemuck::Pod>(buffer: &wgpu::Buffer, n_bytes: u64) -> Result<Vec<T>, String> {
        let view = buffer.get_mapped_range(..n_bytes).map_err(|error| error.to_string())?;
        Ok(bytemuck::try_cast_slice(&view).map_err(|error| error.to_string())?.to_vec())
    }
}
