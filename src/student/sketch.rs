//! The items' side of the head in 8 bits, with a certificate of what that leaves out.
//!
//! [`super::scan`] reads it instead of the `f32` tables, a quarter of their bytes, and looks at the `f32` row only of items
//! that may enter the list; the answer is that of the stages `score`, `mask` and `top_k`, bit for bit. A GPU can do the
//! same with [`Sketch::words`].
//!
//! # The MLP
//! relu is positively homogeneous, so with `T_ih = |w_h| C_ih` and the visitor's threshold `M_h = -|w_h| a_h`
//! ```text
//! w_h relu(a_h + C_ih) = sgn(w_h) relu(T_ih - M_h)
//! ```
//! and all units are on one scale: `T~ = lo_h + q t`, `M~ = lo_h + q beta` with one step `q` and `t`, `beta` in 0..=127, so
//! `relu(T~ - M~) = q max(t - beta, 0) = q (max(t, beta) - beta)`. relu is monotone and 1-Lipschitz:
//! - `w_h > 0`: `relu(T - M) <= relu(T~ - M~) + max(T - T~, 0) + max(M~ - M, 0)`;
//! - `w_h < 0`: `-relu(T - M) <= -relu(T~ - M~) + max(T~ - T, 0) + max(M - M~, 0)`. Where `beta` was cut off at 127 the last
//!   term is 0 (the left side is at most 0, the first term on the right is 0), and where it was cut off at 0 it is `M - M~`,
//!   below 0 (there `relu(T~ - M~) = T~ - M~` and `relu(T - M) >= T - M`).
//!
//! Neither needs `T` to lie in the range: any error of `t` is in `T - T~`. Summed over the units, the middle terms are the
//! item's `unit_error`, the last ones a number of the request.
//!
//! # The dot product
//! `Z_id = c_d + q_d t_id + err_id` with `t` in -127..=127, and `z_d q_d = p n_d + delta_d` with one step `p` a request:
//! ```text
//! z . Z_i <= z . c + p (n . t_i) + |delta| max_i |t_i| + |z| |err_i|
//! ```
//!
//! # The bound
//! ```text
//! U_i = constant + q (sum_{w > 0} max(t - beta, 0) - sum_{w < 0} max(t - beta, 0)) + p (n . t_i) + unit_error_i + |z| dot_error_i
//! ```
//! is at least the `f32` logit; `constant` includes what rounding can do ([`super::visitor`]).

use bytemuck::{cast_slice, cast_slice_mut};

use super::cpu::ScoreTables;
use super::lanes::Lanes;

/// Items of one block: a word of the seen mask.
pub const BLOCK: usize = 32;
/// Largest byte of a unit, and largest magnitude of a byte of a dimension: 7 bits, so that two of them add up in a byte.
pub const LEVELS: i32 = 127;
/// Columns in a word.
pub const COLUMNS: usize = 4;
/// Widths up to this are sketched: sums of pairs of columns stay below 2^15.
const MAX_WIDTH: usize = 512;
/// Stands in for a unit where a group is filled up.
const NO_UNIT: u32 = u32::MAX;
/// Steps are not smaller, so that their inverses are finite.
const MIN_STEP: f64 = 1e-30;
/// What `f64` can lose in an expression of a few terms, as a part of their sum.
pub(super) const F64_SLACK: f64 = 1e-14;

/// One word of the 32 items of a block.
pub(super) type Row = [Lanes; BLOCK / 4];

/// The table; made once a model.
#[derive(Debug, Clone)]
pub struct Sketch {
    pub(super) n_items: usize,
    pub(super) rows: Vec<Row>,
    pub(super) unit_error: Vec<Row>,
    pub(super) dot_error: Vec<Row>,
    /// The unit of each column: positive `w_h`, then negative, each group filled up to whole words.
    pub(super) units: Vec<u32>,
    pub(super) n_positive_words: usize,
    pub(super) n_dot_words: usize,
    /// `q`.
    pub(super) step: f32,
    /// `lo_h`, `[hidden_dim]`.
    pub(super) lo: Vec<f64>,
    /// `max_i T_ih`, `[hidden_dim]`.
    pub(super) hi: Vec<f64>,
    /// `max |C_ih|`.
    pub(super) largest_hidden: f64,
    pub(super) largest_unit_error: f64,
    pub(super) dims: Vec<Dim>,
    pub(super) largest_dot_error: f64,
    /// `max_i |t_i|`.
    pub(super) largest_dot_norm: f64,
}

/// One dimension of the dot product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dim {
    /// `c_d`.
    pub(super) centre: f64,
    /// `q_d`.
    pub(super) step: f64,
    /// `1 / q_d`.
    inverse: f64,
    /// `max_i |Z_id|`.
    pub(super) largest: f64,
}

impl Sketch {
    /// Sketches the tables of the stage `score`; `None` where they are not all finite, too wide, or of no items.
    ///
    /// # Shapes
    /// As in [`ScoreTables`], with `n_items` rows.
    pub fn new(tables: &ScoreTables<'_>, n_items: usize, emb_dim: usize) -> Option<Self> {
        let weights = tables.output_weight;
        let item_emb = if tables.has_dot { tables.item_emb } else { &[] };
        let is_finite = |xs: &[f32]| xs.iter().all(|x| x.is_finite());
        if n_items == 0
            || weights.len() > MAX_WIDTH
            || emb_dim > MAX_WIDTH
            || !(is_finite(weights) && is_finite(tables.item_hidden) && is_finite(item_emb))
        {
            return None;
        }
        let mut units = group(weights, |weight| weight > 0.0);
        let n_positive_words = units.len() / COLUMNS;
        units.extend(group(weights, |weight| weight < 0.0));
        let n_dot_words = if tables.has_dot { emb_dim.div_ceil(COLUMNS) } else { 0 };

        let ranges = ranges(tables.item_hidden, weights.len());
        let scaled = |pick: fn(&(f32, f32)) -> f32| {
            let scaled =
                ranges.iter().zip(weights).map(|(range, weight)| f64::from(pick(range)) * f64::from(weight.abs()));
            scaled.collect::<Vec<f64>>()
        };
        let (lo, hi) = (scaled(|range| range.0), scaled(|range| range.1));
        let widest = lo.iter().zip(&hi).map(|(lo, hi)| hi - lo).fold(0.0, f64::max);
        let step = (widest / f64::from(LEVELS)).max(MIN_STEP) as f32;
        if !step.is_finite() {
            return None;
        }
        let dims = self::ranges(item_emb, if tables.has_dot { emb_dim } else { 0 }).into_iter().map(|(lo, hi)| {
            let (lo, hi) = (f64::from(lo), f64::from(hi));
            let step = ((hi - lo) / f64::from(2 * LEVELS)).max(MIN_STEP);
            Dim { centre: (lo + hi) / 2.0, step, inverse: 1.0 / step, largest: lo.abs().max(hi.abs()) }
        });
        let n_blocks = n_items.div_ceil(BLOCK);
        let zeros = [Lanes::zero(); BLOCK / 4];
        // An item that does not exist is below everything.
        let nothing = [Lanes::splat_f32(f32::NEG_INFINITY); BLOCK / 4];
        let mut sketch = Self {
            n_items,
            rows: vec![zeros; n_blocks * (units.len() / COLUMNS + n_dot_words)],
            unit_error: vec![nothing; n_blocks],
            dot_error: vec![zeros; if tables.has_dot { n_blocks } else { 0 }],
            units,
            n_positive_words,
            n_dot_words,
            step,
            lo,
            hi,
            largest_hidden: ranges.iter().map(|(lo, hi)| f64::from(lo.abs().max(hi.abs()))).fold(0.0, f64::max),
            largest_unit_error: 0.0,
            dims: dims.collect(),
            largest_dot_error: 0.0,
            largest_dot_norm: 0.0,
        };
        sketch.fill_units(tables);
        if tables.has_dot {
            sketch.fill_dims(item_emb);
        }
        Some(sketch)
    }

    fn fill_units(&mut self, tables: &ScoreTables<'_>) {
        let (hidden_dim, n_words, step) = (self.lo.len(), self.n_words(), f64::from(self.step));
        let bytes: &mut [u8] = cast_slice_mut(&mut self.rows);
        let errors: &mut [f32] = cast_slice_mut(&mut self.unit_error);
        let columns: Vec<Column> = (self.units.iter().enumerate())
            .filter(|(_, unit)| **unit != NO_UNIT)
            .map(|(column, &unit)| {
                let (unit, weight) = (unit as usize, f64::from(tables.output_weight[unit as usize]));
                Column { byte: byte_of(column), unit, sign: weight.signum(), scale: weight.abs(), lo: self.lo[unit] }
            })
            .collect();
        let slack: f64 = columns.iter().map(|column| column.lo.abs() + step * f64::from(LEVELS)).sum();
        for (item_idx, error) in errors[..self.n_items].iter_mut().enumerate() {
            let hidden = &tables.item_hidden[item_idx * hidden_dim..][..hidden_dim];
            let missing =
                write_units(&columns, step, hidden, bytes.get_mut(first_byte(item_idx, n_words)..).unwrap_or_default());
            *error = round_up(missing + slack * F64_SLACK);
            self.largest_unit_error = self.largest_unit_error.max(f64::from(*error));
        }
    }

    fn fill_dims(&mut self, item_emb: &[f32]) {
        let (n_words, first_column) = (self.n_words(), self.units.len());
        let bytes: &mut [u8] = cast_slice_mut(&mut self.rows);
        let errors: &mut [f32] = cast_slice_mut(&mut self.dot_error);
        let slack: f64 = self.dims.iter().map(|dim| dim.largest + dim.step).sum();
        for (item_idx, (z, error)) in item_emb.chunks_exact(self.dims.len()).zip(errors).enumerate() {
            let bytes = &mut bytes[first_byte(item_idx, n_words) + byte_of(first_column)..];
            let (missing, norm) = write_dims(&self.dims, z, bytes);
            *error = round_up(missing + slack * F64_SLACK);
            self.largest_dot_error = self.largest_dot_error.max(f64::from(*error));
            self.largest_dot_norm = self.largest_dot_norm.max(norm);
        }
    }

    /// Words of an item: those of the positive units, of the negative units, of the dimensions.
    pub fn n_words(&self) -> usize {
        self.units.len() / COLUMNS + self.n_dot_words
    }

    /// Words of the units, and how many of them, the first, have positive weights.
    pub fn n_unit_words(&self) -> (usize, usize) {
        (self.units.len() / COLUMNS, self.n_positive_words)
    }

    /// The table, `[n_blocks, n_words, BLOCK]`: four columns of an item in a word, the first in its lowest byte; bytes of
    /// units are `u8`, those of dimensions `i8`. Zeros fill up columns and items.
    pub fn words(&self) -> &[u32] {
        cast_slice(&self.rows)
    }

    /// `unit_error`, `[n_blocks * BLOCK]`; minus infinity for items that only fill up.
    pub fn unit_errors(&self) -> &[f32] {
        cast_slice(&self.unit_error)
    }

    /// `dot_error`, `[n_blocks * BLOCK]`; empty without a dot product.
    pub fn dot_errors(&self) -> &[f32] {
        cast_slice(&self.dot_error)
    }
}

/// A column of a unit, as it is written.
struct Column {
    byte: usize,
    unit: usize,
    sign: f64,
    /// `|w_h|`.
    scale: f64,
    lo: f64,
}

/// Writes an item's bytes of the units and gives its `unit_error`.
///
/// Not inlined: a browser compiles a function well once it has been called often, not while it runs.
#[inline(never)]
fn write_units(columns: &[Column], step: f64, hidden: &[f32], bytes: &mut [u8]) -> f64 {
    let (inverse, mut sum) = (1.0 / step, 0.0);
    for column in columns {
        let offset = f64::from(hidden[column.unit]) * column.scale - column.lo;
        let t = ((offset * inverse + 0.5) as i32).clamp(0, LEVELS);
        bytes[column.byte] = t as u8;
        sum += positive((offset - step * f64::from(t)) * column.sign);
    }
    sum
}

/// Writes an item's bytes of the dimensions and gives `|err_i|` and `|t_i|`.
#[inline(never)]
fn write_dims(dims: &[Dim], z: &[f32], bytes: &mut [u8]) -> (f64, f64) {
    let (mut missing, mut norm) = (0.0, 0);
    for (d, (dim, &z)) in dims.iter().zip(z).enumerate() {
        let offset = f64::from(z) - dim.centre;
        // Not below 0 where it is cut to an integer, so that it rounds to the nearest.
        let t = ((offset * dim.inverse + (f64::from(LEVELS) + 0.5)) as i32).clamp(0, 2 * LEVELS) - LEVELS;
        bytes[byte_of(d)] = t as u8;
        missing += (offset - dim.step * f64::from(t)).powi(2);
        norm += t * t;
    }
    (missing.sqrt(), f64::from(norm).sqrt())
}

/// The units whose weights are `wanted`, filled up to whole words; a unit of weight 0 is in neither group.
fn group(weights: &[f32], wanted: fn(f32) -> bool) -> Vec<u32> {
    let mut units: Vec<u32> = (0..weights.len() as u32).filter(|unit| wanted(weights[*unit as usize])).collect();
    units.resize(units.len().next_multiple_of(COLUMNS), NO_UNIT);
    units
}

/// Least and largest of each column of `[n_rows, width]`.
fn ranges(rows: &[f32], width: usize) -> Vec<(f32, f32)> {
    let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); width];
    for row in rows.chunks_exact(width.max(1)) {
        for ((lo, hi), &x) in ranges.iter_mut().zip(row) {
            *lo = if x < *lo { x } else { *lo };
            *hi = if x > *hi { x } else { *hi };
        }
    }
    ranges
}

/// Where an item's first word lies in the bytes of the table.
pub(super) fn first_byte(item_idx: usize, n_words: usize) -> usize {
    (item_idx / BLOCK * n_words * BLOCK + item_idx % BLOCK) * COLUMNS
}

/// Where a column's byte lies, from there.
pub(super) fn byte_of(column: usize) -> usize {
    column / COLUMNS * BLOCK * COLUMNS + column % COLUMNS
}

/// `max(x, 0)`; `f64::max` minds NaN, and is a call of a function in WebAssembly.
#[inline(always)]
pub(super) fn positive(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

/// The next `f32` that is surely not below.
pub(super) fn round_up(x: f64) -> f32 {
    (x as f32).next_up()
}
