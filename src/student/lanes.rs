//! Sixteen bytes that are computed with at once. A method's name says what the bytes are taken for.
//!
//! The loops over items are written in these, so that they are SIMD at any `opt-level`: in WebAssembly every method is
//! one instruction (or two); elsewhere it is code over arrays that the compiler vectorises.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use portable::Lanes;
#[cfg(target_arch = "wasm32")]
pub(super) use wasm::Lanes;

/// Lanes of `f32` in [`Lanes`].
pub(super) const F32_LANES: usize = 4;

#[cfg(target_arch = "wasm32")]
mod wasm {
    use bytemuck::{Pod, Zeroable, must_cast};
    use core::arch::wasm32::*;

    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    #[repr(transparent)]
    pub(in crate::student) struct Lanes(v128);

    impl Lanes {
        #[inline(always)]
        pub(in crate::student) fn zero() -> Self {
            Self(u64x2(0, 0))
        }

        #[inline(always)]
        pub(in crate::student) fn splat_u32(x: u32) -> Self {
            Self(u32x4_splat(x))
        }

        #[inline(always)]
        pub(in crate::student) fn splat_u64(x: u64) -> Self {
            Self(u64x2_splat(x))
        }

        #[inline(always)]
        pub(in crate::student) fn splat_f32(x: f32) -> Self {
            Self(f32x4_splat(x))
        }

        #[inline(always)]
        pub(in crate::student) fn from_f32(xs: [f32; 4]) -> Self {
            Self(must_cast(xs))
        }

        #[inline(always)]
        pub(in crate::student) fn to_f32(self) -> [f32; 4] {
            must_cast(self.0)
        }

        /// `max(x - y, 0)` of 16 `u8`.
        #[inline(always)]
        pub(in crate::student) fn sub_saturating_u8(self, other: Self) -> Self {
            Self(u8x16_sub_sat(self.0, other.0))
        }

        #[inline(always)]
        pub(in crate::student) fn add_u8(self, other: Self) -> Self {
            Self(u8x16_add(self.0, other.0))
        }

        /// Sums of neighbouring `u8`, as 8 `u16`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_u8(self) -> Self {
            Self(u16x8_extadd_pairwise_u8x16(self.0))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i16(self, other: Self) -> Self {
            Self(i16x8_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in crate::student) fn sub_i16(self, other: Self) -> Self {
            Self(i16x8_sub(self.0, other.0))
        }

        /// Sums of neighbouring `i16`, as 4 `i32`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_i16(self) -> Self {
            Self(i32x4_extadd_pairwise_i16x8(self.0))
        }

        /// The first 8 `i8` as `i16`.
        #[inline(always)]
        pub(in crate::student) fn low_i8_as_i16(self) -> Self {
            Self(i16x8_extend_low_i8x16(self.0))
        }

        /// The last 8 `i8` as `i16`.
        #[inline(always)]
        pub(in crate::student) fn high_i8_as_i16(self) -> Self {
            Self(i16x8_extend_high_i8x16(self.0))
        }

        /// Inner products of neighbouring pairs of `i16`, as 4 `i32`.
        #[inline(always)]
        pub(in crate::student) fn dot_pairs_i16(self, other: Self) -> Self {
            Self(i32x4_dot_i16x8(self.0, other.0))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i32(self, other: Self) -> Self {
            Self(i32x4_add(self.0, other.0))
        }

        /// Sums of neighbouring `i32`: two of `self`, then two of `other`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_i32(self, other: Self) -> Self {
            let even = i32x4_shuffle::<0, 2, 4, 6>(self.0, other.0);
            Self(i32x4_add(even, i32x4_shuffle::<1, 3, 5, 7>(self.0, other.0)))
        }

        /// 4 `i32` as `f32`.
        #[inline(always)]
        pub(in crate::student) fn i32_as_f32(self) -> Self {
            Self(f32x4_convert_i32x4(self.0))
        }

        #[inline(always)]
        pub(in crate::student) fn add_f32(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub(in crate::student) fn mul_f32(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }

        /// `max(x, 0)` of 4 `f32`; 0 for NaN, as `f32::max` has it.
        #[inline(always)]
        pub(in crate::student) fn relu_f32(self) -> Self {
            Self(f32x4_pmax(f32x4_splat(0.0), self.0))
        }

        /// One bit a lane, lane 0 lowest: `x > y` of 4 `f32`.
        #[inline(always)]
        pub(in crate::student) fn greater_f32(self, other: Self) -> u32 {
            u32::from(i32x4_bitmask(f32x4_gt(self.0, other.0)))
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod portable {
    use bytemuck::{Pod, Zeroable, must_cast};
    use std::array::from_fn;

    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    #[repr(C, align(16))]
    pub(in crate::student) struct Lanes([u32; 4]);

    impl Lanes {
        #[inline(always)]
        fn u8s(self) -> [u8; 16] {
            must_cast(self.0)
        }

        #[inline(always)]
        fn i16s(self) -> [i16; 8] {
            must_cast(self.0)
        }

        #[inline(always)]
        fn i32s(self) -> [i32; 4] {
            must_cast(self.0)
        }

        #[inline(always)]
        fn map_f32(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
            let (xs, ys) = (self.to_f32(), other.to_f32());
            Self::from_f32(from_fn(|at| f(xs[at], ys[at])))
        }

        #[inline(always)]
        pub(in crate::student) fn zero() -> Self {
            Self([0; 4])
        }

        #[inline(always)]
        pub(in crate::student) fn splat_u32(x: u32) -> Self {
            Self([x; 4])
        }

        #[inline(always)]
        pub(in crate::student) fn splat_u64(x: u64) -> Self {
            Self(must_cast([x; 2]))
        }

        #[inline(always)]
        pub(in crate::student) fn splat_f32(x: f32) -> Self {
            Self::from_f32([x; 4])
        }

        #[inline(always)]
        pub(in crate::student) fn from_f32(xs: [f32; 4]) -> Self {
            Self(must_cast(xs))
        }

        #[inline(always)]
        pub(in crate::student) fn to_f32(self) -> [f32; 4] {
            must_cast(self.0)
        }

        /// `max(x - y, 0)` of 16 `u8`.
        #[inline(always)]
        pub(in crate::student) fn sub_saturating_u8(self, other: Self) -> Self {
            let (xs, ys) = (self.u8s(), other.u8s());
            Self(must_cast::<[u8; 16], _>(from_fn(|at| xs[at].saturating_sub(ys[at]))))
        }

        #[inline(always)]
        pub(in crate::student) fn add_u8(self, other: Self) -> Self {
            let (xs, ys) = (self.u8s(), other.u8s());
            Self(must_cast::<[u8; 16], _>(from_fn(|at| xs[at].wrapping_add(ys[at]))))
        }

        /// Sums of neighbouring `u8`, as 8 `u16`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_u8(self) -> Self {
            let pairs: [u16; 8] = must_cast(self.0);
            Self(must_cast::<[u16; 8], _>(pairs.map(|pair| (pair & 0xff) + (pair >> 8))))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i16(self, other: Self) -> Self {
            let (xs, ys) = (self.i16s(), other.i16s());
            Self(must_cast::<[i16; 8], _>(from_fn(|at| xs[at].wrapping_add(ys[at]))))
        }

        #[inline(always)]
        pub(in crate::student) fn sub_i16(self, other: Self) -> Self {
            let (xs, ys) = (self.i16s(), other.i16s());
            Self(must_cast::<[i16; 8], _>(from_fn(|at| xs[at].wrapping_sub(ys[at]))))
        }

        /// Sums of neighbouring `i16`, as 4 `i32`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_i16(self) -> Self {
            // Halves of one number, so that no lane moves.
            Self(must_cast::<[i32; 4], _>(self.i32s().map(|pair| ((pair << 16) >> 16) + (pair >> 16))))
        }

        /// The first 8 `i8` as `i16`.
        #[inline(always)]
        pub(in crate::student) fn low_i8_as_i16(self) -> Self {
            let xs = self.u8s();
            Self(must_cast::<[i16; 8], _>(from_fn(|at| i16::from(xs[at] as i8))))
        }

        /// The last 8 `i8` as `i16`.
        #[inline(always)]
        pub(in crate::student) fn high_i8_as_i16(self) -> Self {
            let xs = self.u8s();
            Self(must_cast::<[i16; 8], _>(from_fn(|at| i16::from(xs[8 + at] as i8))))
        }

        /// Inner products of neighbouring pairs of `i16`, as 4 `i32`.
        #[inline(always)]
        pub(in crate::student) fn dot_pairs_i16(self, other: Self) -> Self {
            let (xs, ys) = (self.i16s(), other.i16s());
            let product = |at: usize| i32::from(xs[at]) * i32::from(ys[at]);
            Self(must_cast::<[i32; 4], _>(from_fn(|at| product(2 * at) + product(2 * at + 1))))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i32(self, other: Self) -> Self {
            let (xs, ys) = (self.i32s(), other.i32s());
            Self(must_cast::<[i32; 4], _>(from_fn(|at| xs[at].wrapping_add(ys[at]))))
        }

        /// Sums of neighbouring `i32`: two of `self`, then two of `other`.
        #[inline(always)]
        pub(in crate::student) fn add_pairs_i32(self, other: Self) -> Self {
            let (xs, ys) = (self.i32s(), other.i32s());
            Self(must_cast([xs[0] + xs[1], xs[2] + xs[3], ys[0] + ys[1], ys[2] + ys[3]]))
        }

        /// 4 `i32` as `f32`.
        #[inline(always)]
        pub(in crate::student) fn i32_as_f32(self) -> Self {
            Self::from_f32(self.i32s().map(|x| x as f32))
        }

        #[inline(always)]
        pub(in crate::student) fn add_f32(self, other: Self) -> Self {
            self.map_f32(other, |x, y| x + y)
        }

        #[inline(always)]
        pub(in crate::student) fn mul_f32(self, other: Self) -> Self {
            self.map_f32(other, |x, y| x * y)
        }

        /// `max(x, 0)` of 4 `f32`; 0 for NaN, as `f32::max` has it.
        #[inline(always)]
        pub(in crate::student) fn relu_f32(self) -> Self {
            Self::from_f32(self.to_f32().map(|x| if x > 0.0 { x } else { 0.0 }))
        }

        /// One bit a lane, lane 0 lowest: `x > y` of 4 `f32`.
        #[inline(always)]
        pub(in crate::student) fn greater_f32(self, other: Self) -> u32 {
            let (xs, ys) = (self.to_f32(), other.to_f32());
            (0..4).fold(0, |bits, at| bits | (u32::from(xs[at] > ys[at]) << at))
        }
    }
}
