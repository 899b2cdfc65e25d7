//! From what `top_k` leaves behind to a ranked list.

use super::error::GpuError;
use crate::ranking::Ranked;

/// The float of an order key (`keys_of` in `shaders/keys.wgsl`).
fn score_of(key: u32) -> f32 {
    f32::from_bits(if key & 0x8000_0000 != 0 { key & 0x7fff_ffff } else { !key })
}

/// Reads `ranked`: how many places follow, then key and item of each, best first; a key of 0 ends the list.
///
/// # Errors
/// [`GpuError::Readback`] when the bytes are no answer to a request for at most `k` of `n_items` items.
pub fn ranked_of(places: &[[u32; 2]], n_items: usize, k: usize) -> Result<Vec<Ranked>, GpuError> {
    let failed = |message: String| Err(GpuError::Readback { message });
    let Some(([n_places, _], places)) = places.split_first() else { return failed("it is empty".to_owned()) };
    if *n_places as usize != k || places.len() < k {
        return failed(format!("it claims {n_places} places where {k} were asked for"));
    }
    let mut ranked = Vec::with_capacity(k);
    for &[key, item_idx] in places[..k].iter().take_while(|[key, _]| *key != 0) {
        if item_idx as usize >= n_items {
            return failed(format!("item {item_idx} does not exist"));
        }
        ranked.push(Ranked { item_idx, score: score_of(key) });
    }
    Ok(ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_give_their_numbers_back() {
        // 1.5 and -2 as the shader orders them.
        let (high, low) = (1.5f32.to_bits() | 0x8000_0000, !(-2.0f32).to_bits());
        let places = [[3, 0], [high, 4], [low, 0], [0, u32::MAX]];
        let expected = [Ranked { item_idx: 4, score: 1.5 }, Ranked { item_idx: 0, score: -2.0 }];
        assert_eq!(ranked_of(&places, 5, 3), Ok(expected.to_vec()));
        for (bad, n_items, k) in [(&places[..], 4, 3), (&places[..], 5, 2), (&places[..3], 5, 3), (&[], 5, 3)] {
            assert!(matches!(ranked_of(bad, n_items, k), Err(GpuError::Readback { .. })));
        }
    }
}
