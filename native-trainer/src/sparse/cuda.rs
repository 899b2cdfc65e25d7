//! The products on an NVIDIA GPU: `spmm.cu`, compiled by the driver's own compiler (NVRTC) when it is first needed.
//!
//! The machines that build this project have no GPU: there the feature is compiled, kernels included, and no more
//! (`make cuda-check`). The tests `tests/sparse.rs` and `tests/cuda.rs` compare the GPU with the CPU wherever there is one.

#![allow(unsafe_code, reason = "memory that is not set yet, and launches of kernels, are unsafe in cudarc")]

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{CudaSlice, CudaView, DeviceRepr, LaunchConfig, PushKernelArg};
use candle_core::cuda_backend::cudarc::nvrtc;
use candle_core::cuda_backend::{CudaDevice, DeviceId, WrapErr};
use candle_core::{CudaStorage, Layout, Result, bail};

use super::Csr;
use super::array::Array;
use super::pattern::Selection;

const SOURCE: &str = include_str!("spmm.cu");
const MODULE: &str = "sharp_distill_spmm";
/// Threads of a warp, and warps of a block: one row of the result each.
const WARP: u32 = 32;
const ROWS_PER_BLOCK: u32 = 8;
/// A pointer that a kernel understands as "none".
const NULL: u64 = 0;

/// The copies of an array that lie on devices. It is copied once to each; the numbers never change.
#[derive(Debug)]
pub(super) struct Copies<T>(Mutex<Vec<(DeviceId, Arc<CudaSlice<T>>)>>);

impl<T> Default for Copies<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: DeviceRepr + Default + 'static> Array<T> {
    fn on(&self, device: &CudaDevice) -> Result<Arc<CudaSlice<T>>> {
        let mut copies = self.copies.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, copy)) = copies.iter().find(|(id, _)| *id == device.id()) {
            return Ok(copy.clone());
        }
        // No device has an array of no numbers: one that nobody reads stands for it.
        let copy = if self.is_empty() { device.clone_htod(&[T::default()])? } else { device.clone_htod(&self[..])? };
        let copy = Arc::new(copy);
        copies.push((device.id(), copy.clone()));
        Ok(copy)
    }
}

/// What of a product is wanted.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// All of it.
    All,
    /// Some rows of it.
    Rows(&'a Selection),
    /// All of it, of some columns of the sparse matrix; the dense factor has a row for each of these only.
    Columns(&'a Selection),
}

/// `matrix xs`, or that part of it.
pub(super) fn multiply(
    matrix: Csr<'_>,
    part: Part<'_>,
    storage: &CudaStorage,
    layout: &Layout,
    dim: usize,
) -> Result<CudaStorage> {
    let device = storage.device();
    let (rows, slots) = match part {
        Part::All => (None, None),
        Part::Rows(selection) => (Some(&selection.rows), None),
        Part::Columns(selection) => (None, Some(&selection.slots)),
    };
    let n_out = rows.map_or(matrix.n_rows(), |rows| rows.len());
    let xs = view(storage, layout)?;
    let (offsets, columns, values) =
        (matrix.offsets.on(device)?, matrix.columns.on(device)?, matrix.values.on(device)?);
    let rows = rows.map(|rows| rows.on(device)).transpose()?;
    let slots = slots.map(|slots| slots.on(device)).transpose()?;
    if n_out * dim == 0 {
        return Ok(CudaStorage::wrap_cuda_slice(device.alloc_zeros::<f32>(0)?, device.clone()));
    }
    // SAFETY: the kernel writes every number of `out`.
    let mut out = unsafe { device.alloc::<f32>(n_out * dim)? };
    let function = device.get_or_load_custom_func("multiply", MODULE, ptx()?)?;
    let mut builder = function.builder();
    let (n_out, dim) = (n_out as u32, dim as u32);
    builder.arg(&n_out).arg(&dim).arg(&*offsets).arg(&*columns).arg(&*values);
    match &rows {
        Some(rows) => builder.arg(&**rows),
        None => builder.arg(&NULL),
    };
    match &slots {
        Some(slots) => builder.arg(&**slots),
        None => builder.arg(&NULL),
    };
    builder.arg(&xs).arg(&mut out);
    // SAFETY: the arguments are those of the kernel in `spmm.cu`; `Pattern` and `Selection` have checked every index
    // against the shapes, and `fits` the shape of the dense factor.
    unsafe { builder.launch(one_warp_a_row(n_out)) }.w()?;
    Ok(CudaStorage::wrap_cuda_slice(out, device.clone()))
}

/// `matrix diag(scale)`, dense.
pub(super) fn scale_columns(
    matrix: Csr<'_>,
    n_columns: usize,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<CudaStorage> {
    let device = storage.device();
    let scale = view(storage, layout)?;
    let (offsets, columns, values) =
        (matrix.offsets.on(device)?, matrix.columns.on(device)?, matrix.values.on(device)?);
    let mut out = device.alloc_zeros::<f32>(matrix.n_rows() * n_columns)?;
    if matrix.columns.is_empty() {
        return Ok(CudaStorage::wrap_cuda_slice(out, device.clone()));
    }
    let function = device.get_or_load_custom_func("scale_columns", MODULE, ptx()?)?;
    let mut builder = function.builder();
    let (n_rows, n_columns) = (matrix.n_rows() as u32, n_columns as u32);
    builder.arg(&n_rows).arg(&n_columns).arg(&*offsets).arg(&*columns).arg(&*values).arg(&scale).arg(&mut out);
    // SAFETY: the arguments are those of the kernel in `spmm.cu`; `Pattern` has checked every index against the shape.
    unsafe { builder.launch(one_warp_a_row(n_rows)) }.w()?;
    Ok(CudaStorage::wrap_cuda_slice(out, device.clone()))
}

/// The largest number of every row; `storage` has one number an entry.
pub(super) fn row_max(offsets: &Array<u32>, storage: &CudaStorage, layout: &Layout) -> Result<CudaStorage> {
    let device = storage.device();
    let n_rows = offsets.len() - 1;
    let values = view(storage, layout)?;
    let mut out = device.alloc_zeros::<f32>(n_rows)?;
    if n_rows == 0 || values.is_empty() {
        return Ok(CudaStorage::wrap_cuda_slice(out, device.clone()));
    }
    let offsets = offsets.on(device)?;
    let function = device.get_or_load_custom_func("row_max", MODULE, ptx()?)?;
    let mut builder = function.builder();
    let n_rows = n_rows as u32;
    builder.arg(&n_rows).arg(&*offsets).arg(&values).arg(&mut out);
    // SAFETY: the arguments are those of the kernel in `spmm.cu`; `RowMax` has checked the number of values against the
    // pattern, whose offsets ascend to it.
    unsafe { builder.launch(one_warp_a_row(n_rows)) }.w()?;
    Ok(CudaStorage::wrap_cuda_slice(out, device.clone()))
}

fn one_warp_a_row(n_rows: u32) -> LaunchConfig {
    LaunchConfig {
        grid_dim: (n_rows.div_ceil(ROWS_PER_BLOCK), 1, 1),
        block_dim: (WARP, ROWS_PER_BLOCK, 1),
        shared_mem_bytes: 0,
    }
}

/// The numbers of a contiguous `f32` tensor.
fn view<'a>(storage: &'a CudaStorage, layout: &Layout) -> Result<CudaView<'a, f32>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(storage.as_cuda_slice::<f32>()?.slice(start..end)),
        None => bail!("a sparse product wants contiguous f32 tensors"),
    }
}

/// What `spmm.cu` compiles to, once a process; candle loads it once a device. Compiling needs no GPU.
fn ptx() -> Result<&'static str> {
    static PTX: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let compiled = PTX.get_or_init(|| match nvrtc::compile_ptx(SOURCE) {
        Ok(ptx) => Ok(ptx.to_src()),
        Err(error) => Err(format!("spmm.cu does not compile: {error}")),
    });
    match compiled {
        Ok(ptx) => Ok(ptx),
        Err(message) => bail!("{message}"),
    }
}

#[cfg(test)]
mod tests {
    /// By the driver's compiler, which needs no device.
    #[test]
    fn the_kernels_compile() {
        let ptx = super::ptx().unwrap();
        for kernel in ["multiply", "scale_columns", "row_max"] {
            assert!(ptx.contains(&format!(".visible .entry {kernel}(")), "{kernel}");
        }
    }
}
