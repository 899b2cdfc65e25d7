//! The products on the CPU, over all its cores.
//!
//! What they cost is reading the rows of the dense factor, which lie all over it: 64 numbers are four cache lines, and
//! the arithmetic hides behind the wait for them. So a row of the result is summed in registers, 64 columns at a time,
//! and written once. Every number is a sum in the order of the entries, by one thread, without fused operations: the
//! same bytes with any number of threads and on any processor.

use std::ops::Range;

use rayon::prelude::*;

use super::Csr;
use super::pattern::{ABSENT, Selection};

/// Entries and rows that are worth a task of their own.
const MIN_WORK: usize = 1 << 12;
/// More parts than cores, so that a core that was late does not keep the others waiting.
const MAX_PARTS: usize = 128;

/// `matrix xs`.
pub(super) fn multiply(matrix: Csr<'_>, xs: &[f32], dim: usize) -> Vec<f32> {
    let mut out = vec![0.0; matrix.n_rows() * dim];
    multiply_into(matrix, xs, dim, &mut out);
    out
}

/// `matrix xs`, over what was in `out`.
pub(super) fn multiply_into(matrix: Csr<'_>, xs: &[f32], dim: usize, out: &mut [f32]) {
    let work = |row: usize| matrix.offsets[row] as usize + row;
    in_parts(
        matrix.n_rows(),
        dim,
        out,
        work,
        #[inline(always)]
        |row, _, out| {
            let entries = matrix.entries(row);
            sum_row(&matrix.columns[entries.clone()], &matrix.values[entries], xs, dim, out);
        },
    );
}

/// The selected rows of `matrix xs`.
pub(super) fn multiply_rows(matrix: Csr<'_>, selection: &Selection, xs: &[f32], dim: usize) -> Vec<f32> {
    let rows = &selection.rows;
    let mut before = vec![0; rows.len() + 1];
    for (place, &row) in rows.iter().enumerate() {
        before[place + 1] = before[place] + matrix.entries(row as usize).len() + 1;
    }
    let mut out = vec![0.0; rows.len() * dim];
    in_parts(
        rows.len(),
        dim,
        &mut out,
        |place| before[place],
        #[inline(always)]
        |place, _, out| {
            let entries = matrix.entries(rows[place] as usize);
            sum_row(&matrix.columns[entries.clone()], &matrix.values[entries], xs, dim, out);
        },
    );
    out
}

/// The selected columns of `matrix` times `xs`, which has one row for each of them: what [`multiply_rows`] is to a
/// gradient. Reads the place of every entry, but the rows of `xs` for selected columns only.
pub(super) fn multiply_columns(matrix: Csr<'_>, selection: &Selection, xs: &[f32], dim: usize) -> Vec<f32> {
    let mut out = vec![0.0; matrix.n_rows() * dim];
    let work = |row: usize| matrix.offsets[row] as usize + row;
    in_parts(
        matrix.n_rows(),
        dim,
        &mut out,
        work,
        #[inline(always)]
        |row, kept, out| {
            let entries = matrix.entries(row);
            kept.columns.resize(kept.columns.len().max(entries.len()), 0);
            kept.values.resize(kept.columns.len(), 0.0);
            // Written always, counted if selected: a branch on it would be guessed wrongly all the time.
            let mut n_kept = 0;
            for entry in entries {
                let slot = selection.slots[matrix.columns[entry] as usize];
                kept.columns[n_kept] = slot;
                kept.values[n_kept] = matrix.values[entry];
                n_kept += usize::from(slot != ABSENT);
            }
            sum_row(&kept.columns[..n_kept], &kept.values[..n_kept], xs, dim, out);
        },
    );
    out
}

/// `out[rows[i]] += scale xs[i]`.
pub(super) fn add_to_rows(out: &mut [f32], rows: &[u32], scale: f32, xs: &[f32], dim: usize) {
    for (&row, xs) in rows.iter().zip(xs.chunks_exact(dim.max(1))) {
        add(&mut out[row as usize * dim..][..dim], scale, xs);
    }
}

/// `out[i] += scale xs[rows[i]]`.
pub(super) fn add_rows_of(out: &mut [f32], scale: f32, xs: &[f32], rows: &[u32], dim: usize) {
    for (&row, out) in rows.iter().zip(out.chunks_exact_mut(dim.max(1))) {
        add(out, scale, &xs[row as usize * dim..][..dim]);
    }
}

/// `out += scale xs`.
pub(super) fn add(out: &mut [f32], scale: f32, xs: &[f32]) {
    for (out, x) in out.iter_mut().zip(xs) {
        *out += scale * x;
    }
}

/// Room for the entries of one row that are wanted.
#[derive(Default)]
struct Kept {
    columns: Vec<u32>,
    values: Vec<f32>,
}

/// Calls `each` with every row of `out`, in parts of about the same work: degrees follow a power law, so parts of the
/// same number of rows would leave all but one core waiting. `work_before(row)` ascends.
#[inline(always)]
fn in_parts(
    n_rows: usize,
    dim: usize,
    out: &mut [f32],
    work_before: impl Fn(usize) -> usize,
    each: impl Fn(usize, &mut Kept, &mut [f32]) + Sync,
) {
    if dim == 0 {
        return;
    }
    let work = work_before(n_rows);
    let n_parts = (work / MIN_WORK).clamp(1, MAX_PARTS);
    let mut parts = Vec::with_capacity(n_parts);
    let (mut start, mut rest) = (0, out);
    for part in 1..=n_parts {
        let end = first(start..n_rows, |row| work_before(row) >= work / n_parts * part);
        let end = if part == n_parts { n_rows } else { end };
        let (head, tail) = rest.split_at_mut((end - start) * dim);
        parts.push((start..end, head));
        (start, rest) = (end, tail);
    }
    // Wider registers where the processor has them, found at run time: the binary starts without.
    let arch = pulp::Arch::new();
    parts.into_par_iter().with_max_len(1).for_each(|(rows, out)| {
        arch.dispatch(
            #[inline(always)]
            || {
                let mut kept = Kept::default();
                // No `for_each`: what it calls may stay a function of its own, compiled for narrow registers.
                for (row, out) in rows.zip(out.chunks_exact_mut(dim)) {
                    each(row, &mut kept, out);
                }
            },
        );
    });
}

/// The first of `range` that has an ascending property, or its end.
fn first(range: Range<usize>, has: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if has(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// `out = sum of values[i] xs[columns[i]]`.
#[inline(always)]
fn sum_row(columns: &[u32], values: &[f32], xs: &[f32], dim: usize, out: &mut [f32]) {
    let mut done = 0;
    done = sum_blocks::<64>(columns, values, xs, dim, done, out);
    done = sum_blocks::<16>(columns, values, xs, dim, done, out);
    done = sum_blocks::<4>(columns, values, xs, dim, done, out);
    sum_blocks::<1>(columns, values, xs, dim, done, out);
}

/// As many blocks of `WIDTH` columns as there are from `done` on; returns where they end.
#[inline(always)]
fn sum_blocks<const WIDTH: usize>(
    columns: &[u32],
    values: &[f32],
    xs: &[f32],
    dim: usize,
    mut done: usize,
    out: &mut [f32],
) -> usize {
    while done + WIDTH <= dim {
        let mut sums = [0.0f32; WIDTH];
        for (&column, &value) in columns.iter().zip(values) {
            let xs = &xs[column as usize * dim + done..][..WIDTH];
            for (sum, x) in sums.iter_mut().zip(xs) {
                *sum += value * x;
            }
        }
        out[done..done + WIDTH].copy_from_slice(&sums);
        done += WIDTH;
    }
    done
}
