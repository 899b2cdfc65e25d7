//! Operations made of tensors, with a gradient of our own that is made of tensors too: on any device, nothing of it passes
//! through the host, and nothing is kept for the way back but what the gradient names.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail};

use crate::ops::values;

/// `value` as a function of `x` whose gradient is `backward(gradient of value)`.
pub(crate) fn with_gradient(
    x: &Tensor,
    value: Tensor,
    backward: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Result<Tensor> {
    x.apply_op1(Made { value: value.detach(), backward })
}

/// `value` as a function of two arguments whose gradients are `backward(gradient of value)`.
pub(crate) fn with_two_gradients(
    [x, y]: [&Tensor; 2],
    value: Tensor,
    backward: impl Fn(&Tensor) -> Result<[Tensor; 2]> + Send + Sync + 'static,
) -> Result<Tensor> {
    x.apply_op2(y, Made { value: value.detach(), backward })
}

/// `value` as a function of three arguments whose gradients are `backward(gradient of value)`.
pub(crate) fn with_gradients(
    [x, y, z]: [&Tensor; 3],
    value: Tensor,
    backward: impl Fn(&Tensor) -> Result<[Tensor; 3]> + Send + Sync + 'static,
) -> Result<Tensor> {
    x.apply_op3(y, z, Made { value: value.detach(), backward })
}

struct Made<F> {
    value: Tensor,
    backward: F,
}

impl<F> Made<F> {
    fn on_cpu(&self) -> Result<(CpuStorage, Shape)> {
        let (storage, layout) = self.value.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            bail!("made: the value lies on another device than its argument")
        };
        Ok((CpuStorage::F32(values(storage, layout, "made")?.to_vec()), self.value.shape().clone()))
    }

    /// A copy on the device: storages are not shared.
    #[cfg(feature = "cuda")]
    fn on_cuda(&self) -> Result<(candle_core::CudaStorage, Shape)> {
        use candle_core::backend::{BackendDevice, BackendStorage};
        let (storage, layout) = self.value.storage_and_layout();
        let Storage::Cuda(storage) = &*storage else {
            bail!("made: the value lies on another device than its argument")
        };
        let mut copy = storage.device().zeros_impl(self.value.shape(), storage.dtype())?;
        storage.copy_strided_src(&mut copy, 0, layout)?;
        Ok((copy, self.value.shape().clone()))
    }
}

impl<F: Fn(&Tensor) -> Result<Tensor> + Send + Sync> CustomOp1 for Made<F> {
    fn name(&self) -> &'static str {
        "made"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, _: &candle_core::CudaStorage, _: &Layout) -> Result<(candle_core::CudaStorage, Shape)> {
        self.on_cuda()
    }

    fn bwd(&self, _x: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        (self.backward)(&grad_res.contiguous()?).map(Some)
    }
}

impl<F: Fn(&Tensor) -> Result<[Tensor; 2]> + Send + Sync> CustomOp2 for Made<F> {
    fn name(&self) -> &'static str {
        "made"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        _: &candle_core::CudaStorage,
        _: &Layout,
        _: &candle_core::CudaStorage,
        _: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        self.on_cuda()
    }

    fn bwd(
        &self,
        _x: &Tensor,
        _y: &Tensor,
        _res: &Tensor,
        grad_res: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [x, y] = (self.backward)(&grad_res.contiguous()?)?;
        Ok((Some(x), Some(y)))
    }
}

impl<F: Fn(&Tensor) -> Result<[Tensor; 3]> + Send + Sync> CustomOp3 for Made<F> {
    fn name(&self) -> &'static str {
        "made"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.on_cpu()
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        _: &candle_core::CudaStorage,
        _: &Layout,
        _: &candle_core::CudaStorage,
        _: &Layout,
        _: &candle_core::CudaStorage,
        _: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        self.on_cuda()
    }

    fn bwd(
        &self,
        _x: &Tensor,
        _y: &Tensor,
        _z: &Tensor,
        _res: &Tensor,
        grad_res: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [x, y, z] = (self.backward)(&grad_res.contiguous()?)?;
        Ok((Some(x), Some(y), Some(z)))
    }
}
