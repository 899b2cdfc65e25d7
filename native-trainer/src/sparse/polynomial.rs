//! A polynomial of a sparse matrix times a dense one: all layers of a linear graph convolution in one operation.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::pattern::Selection;
use super::{SparseMatrix, cpu};
use crate::ops::values;
use crate::paths::is_fused;

impl SparseMatrix {
    /// These rows of `(c_0 + c_1 A + c_2 A^2 + ...) xs`, all rows if none are named, with a gradient for `xs`.
    ///
    /// LightGCN (He et al., SIGIR 2020, eq. 8) with K layers has the coefficients `1 / (K + 1)`. As tensors, every layer
    /// would be kept for the way back and every layer's gradient added to a matrix of all nodes. But the gradient is
    /// the same polynomial of `A^T`, which needs none of them: two matrices of the size of `xs` are enough whatever the
    /// degree (Horner's rule), and of the last layer only the entries of `rows` are multiplied.
    ///
    /// # Shapes
    /// `A` is `[n, n]`, `xs` is `[n, dim]`, the result `[rows.len(), dim]`.
    ///
    /// # Errors
    /// A matrix that is not square, no coefficients, other shapes that do not fit, a row that is out of range or there
    /// twice.
    pub fn polynomial(&self, xs: &Tensor, coefficients: &[f32], rows: Option<&[u32]>) -> Result<Tensor> {
        let (n_rows, n_columns) = self.dims();
        if n_rows != n_columns || coefficients.is_empty() {
            bail!("sparse-polynomial: {} coefficients, {n_rows} x {n_columns}", coefficients.len());
        }
        if !is_fused(xs.device()) {
            return self.polynomial_of_tensors(xs, coefficients, rows);
        }
        let selection = rows.map(|rows| Selection::new(rows, n_rows)).transpose()?.map(Arc::new);
        let coefficients = Arc::new(coefficients.to_vec());
        xs.contiguous()?.apply_op1(Polynomial { matrix: self.clone(), coefficients, selection })
    }

    /// The same, product by product.
    fn polynomial_of_tensors(&self, xs: &Tensor, coefficients: &[f32], rows: Option<&[u32]>) -> Result<Tensor> {
        let selection = rows.map(|rows| SparseMatrix::selection(rows, self.dims().0)).transpose()?;
        let pick = |layer: &Tensor| match &selection {
            Some(selection) => selection.matmul(layer),
            None => Ok(layer.clone()),
        };
        let mut layer = xs.clone();
        let mut sum = (pick(&layer)? * f64::from(coefficients[0]))?;
        for (power, &coefficient) in coefficients.iter().enumerate().skip(1) {
            let term = match rows {
                Some(rows) if power + 1 == coefficients.len() => self.matmul_rows(&layer, rows)?,
                _ => {
                    layer = self.matmul(&layer)?;
                    pick(&layer)?
                }
            };
            sum = (sum + (term * f64::from(coefficient))?)?;
        }
        Ok(sum)
    }
}

struct Polynomial {
    matrix: SparseMatrix,
    coefficients: Arc<Vec<f32>>,
    selection: Option<Arc<Selection>>,
}

impl Polynomial {
    fn forward(&self, xs: &[f32], dim: usize) -> Vec<f32> {
        let (csr, degree) = (self.matrix.csr(), self.coefficients.len() - 1);
        let n_rows = self.selection.as_ref().map_or(csr.n_rows(), |selection| selection.rows.len());
        let mut out = vec![0.0; n_rows * dim];
        let add = |out: &mut [f32], coefficient: f32, layer: &[f32]| match &self.selection {
            Some(selection) => cpu::add_rows_of(out, coefficient, layer, &selection.rows, dim),
            None => cpu::add(out, coefficient, layer),
        };
        add(&mut out, self.coefficients[0], xs);
        let (mut layer, mut next) = (Vec::new(), Vec::new());
        for (power, &coefficient) in self.coefficients.iter().enumerate().skip(1) {
            let below = if power == 1 { xs } else { &layer };
            match &self.selection {
                Some(selection) if power == degree => {
                    cpu::add(&mut out, coefficient, &cpu::multiply_rows(csr, selection, below, dim));
                }
                _ => {
                    next.resize(xs.len(), 0.0);
                    cpu::multiply_into(csr, below, dim, &mut next);
                    std::mem::swap(&mut layer, &mut next);
                    add(&mut out, coefficient, &layer);
                }
            }
        }
        out
    }
}

impl CustomOp1 for Polynomial {
    fn name(&self) -> &'static str {
        "sparse-polynomial"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = self.matrix.fits(layout)?;
        let out = self.forward(values(storage, layout, self.name())?, dim);
        let n_rows = self.selection.as_ref().map_or(self.matrix.dims().0, |selection| selection.rows.len());
        Ok((CpuStorage::F32(out), (n_rows, dim).into()))
    }

    /// `d(S p(A) xs) = p(A^T) S^T grad`, where `S` selects the rows.
    fn bwd(&self, _xs: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let (matrix, coefficients) = (self.matrix.t(), self.coefficients.clone());
        let grad = grad_res.contiguous()?;
        Ok(Some(match &self.selection {
            None => grad.apply_op1_no_bwd(&Polynomial { matrix, coefficients, selection: None })?,
            Some(selection) => grad.apply_op1_no_bwd(&Spread { matrix, coefficients, selection: selection.clone() })?,
        }))
    }
}

/// `p(A) S^T xs`: a polynomial of the columns that are selected.
struct Spread {
    matrix: SparseMatrix,
    coefficients: Arc<Vec<f32>>,
    selection: Arc<Selection>,
}

impl CustomOp1 for Spread {
    fn name(&self) -> &'static str {
        "sparse-polynomial-spread"
    }

    /// Horner's rule: `A (A (A c_3 + c_2) + c_1) + c_0`, each applied to the selected rows of nothing but `xs`.
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, dim) = layout.shape().dims2()?;
        let xs = values(storage, layout, self.name())?;
        let (csr, selection) = (self.matrix.csr(), &self.selection);
        let (last, lower) = self.coefficients.split_last().map_or((0.0, &[][..]), |(last, lower)| (*last, lower));
        let mut out = match lower {
            [] => vec![0.0; csr.n_rows() * dim],
            _ => cpu::multiply_columns(csr, selection, &xs.iter().map(|x| last * x).collect::<Vec<_>>(), dim),
        };
        let mut next = Vec::new();
        for (power, &coefficient) in lower.iter().enumerate().rev() {
            cpu::add_to_rows(&mut out, &selection.rows, coefficient, xs, dim);
            if power > 0 {
                next.resize(out.len(), 0.0);
                cpu::multiply_into(csr, &out, dim, &mut next);
                std::mem::swap(&mut out, &mut next);
            }
        }
        if lower.is_empty() {
            cpu::add_to_rows(&mut out, &selection.rows, last, xs, dim);
        }
        Ok((CpuStorage::F32(out), (csr.n_rows(), dim).into()))
    }
}
