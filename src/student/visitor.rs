//! A visitor in the bytes of a [`Sketch`]: thresholds of the units, a factor a dimension, and the constants of the bound.

use bytemuck::cast_slice;

use super::cpu::ScoreTables;
use super::sketch::{COLUMNS, F64_SLACK, LEVELS, Sketch, byte_of, first_byte, positive, round_up};

/// Largest factor of a dimension on the CPU, which multiplies `i16`.
pub const WIDE_LEVELS: i32 = 32_767;
/// A rounding of `f32`, as a part of its result.
const F32_UNIT: f64 = 1.0 / (1 << 24) as f64;
/// Sums beyond this could overflow, or their bounds.
const TOO_LARGE: f64 = 1e37;

/// One request in bytes; keep it and the next one does not allocate.
#[derive(Debug, Clone, Default)]
pub struct SketchedVisitor {
    /// `beta`, four columns a word, as in the table: `[n_unit_words]`.
    pub thresholds: Vec<u32>,
    /// `n_d`, four dimensions a word of the table, the even ones before the odd: `[n_dot_words, 2, 2]`.
    pub factors: Vec<[[i16; 2]; 2]>,
    /// `q`.
    pub step: f32,
    /// `p`.
    pub dot_step: f32,
    /// `|z|`, not below.
    pub emb_norm: f32,
    /// The part of every item's bound that is the visitor's alone.
    pub constant: f64,
    /// Largest magnitude of a logit and of its bound's sum, added up.
    pub magnitude: f64,
    /// Logits that the best-known item loses.
    pub novelty: f32,
}

impl SketchedVisitor {
    /// Makes the bounds those of a request with novelty: what they compare with is then `s_i - novelty p_i`.
    ///
    /// The product is the same number on both sides, not above `novelty`. Each side rounds its difference once more: a
    /// 2^-24th part of the logit, or of its bound, and of the product.
    pub(super) fn with_novelty(&mut self, novelty: f32) {
        self.novelty = novelty;
        if novelty > 0.0 {
            self.constant += F32_UNIT * 1.01 * (self.magnitude + 2.0 * f64::from(novelty));
        }
    }

    /// What `q sum + p sum + unit_error + |z| dot_error`, computed in `f32`, must exceed so that the item's logit may exceed
    /// `floor`; with novelty, less `novelty p_i`, so that its score may.
    pub fn threshold(&self, floor: f32) -> f32 {
        ((f64::from(floor) - self.constant) as f32).next_down()
    }
}

impl Sketch {
    /// Quantises a visitor; `dot_levels` is the largest factor wanted: [`WIDE_LEVELS`], or 127 for `i8` (a looser bound).
    /// False where the numbers are too large for a bound, or not finite: then only the `f32` stages answer.
    ///
    /// # Shapes
    /// `user_emb` is `[emb_dim]`, `user_hidden` is `[hidden_dim]`; `tables` are those that were sketched.
    pub fn quantise(
        &self,
        tables: &ScoreTables<'_>,
        user_emb: &[f32],
        user_hidden: &[f32],
        dot_levels: i32,
        visitor: &mut SketchedVisitor,
    ) -> bool {
        visitor.constant = f64::from(tables.output_bias);
        // The sum of the magnitudes of a logit's terms, and that of the bound's terms.
        let (mut terms, mut bounds) = (visitor.constant.abs(), 0.0);
        let largest_hidden = largest(user_hidden.iter().map(|&x| f64::from(x)));
        let is_small = largest_hidden + self.largest_hidden < TOO_LARGE
            && user_hidden.iter().chain(user_emb).all(|x| x.is_finite());
        self.quantise_units(tables.output_weight, user_hidden, visitor, &mut terms, &mut bounds);
        self.quantise_dims(user_emb, dot_levels, visitor, &mut terms, &mut bounds);
        // A term of a logit is rounded when it is multiplied, added to the hidden half, added up in a lane, with the other
        // seven, with the tail of up to seven, and to the rest of the logit: at most width / 8 + 20 times, and a product may
        // underflow. The bound's sum in `f32` is rounded 8 times.
        let width = user_emb.len().max(user_hidden.len()) as f64;
        let underflow = 2.0 * width * f64::from(f32::MIN_POSITIVE);
        visitor.constant += (width / 8.0 + 20.0) * F32_UNIT * 1.01 * terms + underflow;
        visitor.constant +=
            8.0 * F32_UNIT * 1.01 * bounds + F64_SLACK * width * (terms + bounds + visitor.constant.abs());
        (visitor.magnitude, visitor.novelty) = (terms + bounds, 0.0);
        is_small && terms < TOO_LARGE && bounds < TOO_LARGE && visitor.constant.abs() < TOO_LARGE
    }

    fn quantise_units(
        &self,
        weights: &[f32],
        user_hidden: &[f32],
        visitor: &mut SketchedVisitor,
        terms: &mut f64,
        bounds: &mut f64,
    ) {
        visitor.step = self.step;
        visitor.thresholds.clear();
        let step = f64::from(self.step);
        let mut correction = 0.0;
        let mut most = [0.0, 0.0];
        for (word_idx, units) in self.units.chunks_exact(COLUMNS).enumerate() {
            let is_positive = word_idx < self.n_positive_words;
            let mut word = [0u8; COLUMNS];
            for (byte, &unit) in word.iter_mut().zip(units) {
                let unit = unit as usize;
                let Some(&weight) = weights.get(unit) else { continue };
                let pull = f64::from(user_hidden[unit]) * f64::from(weight.abs());
                let (threshold, lo) = (-pull, self.lo[unit]);
                *byte = (((threshold - lo) / step + 0.5) as u8).min(LEVELS as u8);
                let missing = threshold - (lo + step * f64::from(*byte));
                correction += match (is_positive, *byte) {
                    (true, _) => positive(-missing),
                    (false, 0) => missing,
                    (false, byte) if i32::from(byte) == LEVELS => 0.0,
                    (false, _) => positive(missing),
                };
                *terms += positive(pull + self.hi[unit]);
                most[usize::from(is_positive)] += step * f64::from(LEVELS - i32::from(*byte));
                visitor.constant += F64_SLACK * (lo.abs() + threshold.abs());
            }
            visitor.thresholds.push(u32::from_le_bytes(word));
        }
        visitor.constant += correction;
        *bounds += most[0].max(most[1]) + self.largest_unit_error;
    }

    fn quantise_dims(
        &self,
        user_emb: &[f32],
        dot_levels: i32,
        visitor: &mut SketchedVisitor,
        terms: &mut f64,
        bounds: &mut f64,
    ) {
        visitor.factors.clear();
        (visitor.dot_step, visitor.emb_norm) = (0.0, 0.0);
        if self.dims.is_empty() {
            return;
        }
        let scaled = || user_emb.iter().zip(&self.dims).map(|(&z, dim)| f64::from(z) * dim.step);
        // No smaller than what has an inverse.
        visitor.dot_step = (largest(scaled()) / f64::from(dot_levels)).max(1e-30) as f32;
        let (step, levels) = (f64::from(visitor.dot_step), f64::from(dot_levels));
        let (mut square, mut sum, mut norm) = (0.0, 0.0, 0.0);
        visitor.factors.resize(self.n_dot_words, [[0; 2]; 2]);
        for (d, ((exact, dim), &z)) in scaled().zip(&self.dims).zip(user_emb).enumerate() {
            let z = f64::from(z);
            let factor = (exact / step).round_ties_even().clamp(-levels, levels);
            visitor.factors[d / COLUMNS][d % 2][d % COLUMNS / 2] = factor as i16;
            square += (exact - step * factor).powi(2);
            sum += factor.abs();
            norm += z * z;
            *terms += z.abs() * dim.largest;
            visitor.constant += z * dim.centre;
        }
        visitor.emb_norm = round_up(norm.sqrt());
        visitor.constant += square.sqrt() * self.largest_dot_norm * 1.000_001;
        *bounds += step * sum * f64::from(LEVELS) + f64::from(visitor.emb_norm) * self.largest_dot_error;
    }

    /// The two integer sums of an item, as the scan has them: of the units, of the dimensions.
    pub fn sums(&self, visitor: &SketchedVisitor, item_idx: usize) -> (i32, i32) {
        let bytes: &[u8] = cast_slice(&self.rows);
        let bytes = bytes.get(first_byte(item_idx, self.n_words())..).unwrap_or_default();
        let thresholds: &[u8] = cast_slice(&visitor.thresholds);
        let of_unit = |(column, &threshold): (usize, &u8)| {
            let above = i32::from(bytes[byte_of(column)].saturating_sub(threshold));
            if column / COLUMNS < self.n_positive_words { above } else { -above }
        };
        let of_dim = |d: usize| {
            let factor = visitor.factors[d / COLUMNS][d % 2][d % COLUMNS / 2];
            i32::from(bytes[byte_of(self.units.len() + d)] as i8) * i32::from(factor)
        };
        (thresholds.iter().enumerate().map(of_unit).sum(), (0..self.dims.len()).map(of_dim).sum())
    }

    /// `U_i`, which the item's logit does not exceed.
    pub fn bound(&self, visitor: &SketchedVisitor, item_idx: usize) -> f64 {
        let (of_units, of_dims) = self.sums(visitor, item_idx);
        let dot_error = self.dot_errors().get(item_idx).copied().unwrap_or(0.0);
        visitor.constant
            + f64::from(visitor.step) * f64::from(of_units)
            + f64::from(visitor.dot_step) * f64::from(of_dims)
            + f64::from(self.unit_errors()[item_idx])
            + f64::from(visitor.emb_norm) * f64::from(dot_error)
    }
}

/// Largest magnitude.
fn largest(xs: impl Iterator<Item = f64>) -> f64 {
    xs.fold(0.0, |most, x| if x.abs() > most { x.abs() } else { most })
}
