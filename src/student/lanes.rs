//! Sixteen bytes that are computed with at once. A method's name says what the bytes are taken for.
//!
//! The loops over items are written in these, so that they are SIMD at any `opt-level` and whatever a compiler finds to
//! vectorise: in WebAssembly a method is one instruction (or two), elsewhere it is one of the crate `wide`.

#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::Lanes;
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

        /// The `i8` in even places as `i16`.
        #[inline(always)]
        pub(in crate::student) fn even_i8_as_i16(self) -> Self {
            Self(i16x8_shr(i16x8_shl(self.0, 8), 8))
        }

        /// The `i8` in odd places as `i16`.
        #[inline(always)]
        pub(in crate::student) fn odd_i8_as_i16(self) -> Self {
            Self(i16x8_shr(self.0, 8))
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
mod native {
    use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable, must_cast};
    use wide::{CmpGt, f32x4, i16x8, i32x4, u8x16, u16x8};

    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    #[repr(transparent)]
    pub(in crate::student) struct Lanes(u8x16);

    impl Lanes {
        /// As other lanes, and back.
        #[inline(always)]
        fn to<T: AnyBitPattern>(self) -> T {
            must_cast(self.0)
        }

        #[inline(always)]
        fn from<T: NoUninit>(lanes: T) -> Self {
            Self(must_cast(lanes))
        }

        #[inline(always)]
        pub(in crate::student) fn zero() -> Self {
            Self(u8x16::ZERO)
        }

        #[inline(always)]
        pub(in crate::student) fn splat_u32(x: u32) -> Self {
            Self::from([x; 4])
        }

        #[inline(always)]
        pub(in crate::student) fn splat_f32(x: f32) -> Self {
            Self::from([x; 4])
        }

        #[inline(always)]
        pub(in crate::student) fn from_f32(xs: [f32; 4]) -> Self {
            Self::from(xs)
        }

        #[inline(always)]
        pub(in crate::student) fn to_f32(self) -> [f32; 4] {
            self.to()
        }

        #[inline(always)]
        pub(in crate::student) fn sub_saturating_u8(self, other: Self) -> Self {
            Self(self.0.saturating_sub(other.0))
        }

        #[inline(always)]
        pub(in crate::student) fn add_u8(self, other: Self) -> Self {
            Self(self.0 + other.0)
        }

        #[inline(always)]
        pub(in crate::student) fn add_pairs_u8(self) -> Self {
            let pairs: u16x8 = self.to();
            Self::from((pairs & u16x8::splat(0xff)) + (pairs >> 8))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i16(self, other: Self) -> Self {
            Self::from(self.to::<i16x8>() + other.to::<i16x8>())
        }

        #[inline(always)]
        pub(in crate::student) fn sub_i16(self, other: Self) -> Self {
            Self::from(self.to::<i16x8>() - other.to::<i16x8>())
        }

        #[inline(always)]
        pub(in crate::student) fn add_pairs_i16(self) -> Self {
            Self::from(self.to::<i16x8>().dot(i16x8::splat(1)))
        }

        #[inline(always)]
        pub(in crate::student) fn even_i8_as_i16(self) -> Self {
            Self::from((self.to::<i16x8>() << 8) >> 8)
        }

        #[inline(always)]
        pub(in crate::student) fn odd_i8_as_i16(self) -> Self {
            Self::from(self.to::<i16x8>() >> 8)
        }

        #[inline(always)]
        pub(in crate::student) fn dot_pairs_i16(self, other: Self) -> Self {
            Self::from(self.to::<i16x8>().dot(other.to()))
        }

        #[inline(always)]
        pub(in crate::student) fn add_i32(self, other: Self) -> Self {
            Self::from(self.to::<i32x4>() + other.to::<i32x4>())
        }

        #[inline(always)]
        pub(in crate::student) fn i32_as_f32(self) -> Self {
            Self::from(f32x4::from_i32x4(self.to()))
        }

        #[inline(always)]
        pub(in crate::student) fn add_f32(self, other: Self) -> Self {
            Self::from(self.to::<f32x4>() + other.to::<f32x4>())
        }

        #[inline(always)]
        pub(in crate::student) fn mul_f32(self, other: Self) -> Self {
            Self::from(self.to::<f32x4>() * other.to::<f32x4>())
        }

        #[inline(always)]
        pub(in crate::student) fn relu_f32(self) -> Self {
            let xs: f32x4 = self.to();
            Self::from(xs.cmp_gt(f32x4::ZERO) & xs)
        }

        #[inline(always)]
        pub(in crate::student) fn greater_f32(self, other: Self) -> u32 {
            self.to::<f32x4>().cmp_gt(other.to::<f32x4>()).move_mask() as u32
        }
    }
}
