//! Degrees that follow a power law and add up to a given sum.

use rand_chacha::ChaCha8Rng;

use crate::rng;

/// Rounds in which what a bounded degree cannot take is given to the others.
const N_ROUNDS: usize = 24;

/// Pareto weights: the density of the tail falls as `weight^-exponent`, and the smallest is 1.
pub(super) fn weights(rng: &mut ChaCha8Rng, n: usize, exponent: f64) -> Vec<f64> {
    (0..n).map(|_| (1.0 - f64::from(rng::uniform(rng))).powf(-1.0 / (exponent - 1.0))).collect()
}

/// `least + share of the rest` of every node, the share after its weight, none above `most`; they add up to `total`
/// where `most` leaves room for that.
pub(super) fn apportion(weights: &[f64], total: usize, least: usize, most: usize) -> Vec<usize> {
    let n = weights.len();
    let least = least.min(total / n.max(1)).min(most);
    let rest = (total - least * n) as f64;
    let most_of_rest = (most - least) as f64;
    // What is above the smallest: a shift by a constant does not move the exponent of the tail.
    let excess: Vec<f64> = weights.iter().map(|weight| weight - 1.0 + f64::EPSILON).collect();
    let mut scale = rest / excess.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    for _ in 0..N_ROUNDS {
        let (mut bounded, mut free) = (0.0, 0.0);
        for excess in &excess {
            if excess * scale >= most_of_rest {
                bounded += most_of_rest;
            } else {
                free += excess;
            }
        }
        if free <= 0.0 {
            break;
        }
        scale = ((rest - bounded) / free).max(0.0);
    }
    // Rounded along the running sum, so that the sum is kept.
    let (mut sum, mut given) = (0.0, 0usize);
    excess
        .iter()
        .map(|excess| {
            sum += (excess * scale).min(most_of_rest);
            let upto = (sum + 1e-6) as usize;
            let share = (upto - given).min(most - least);
            given += share;
            least + share
        })
        .collect()
}

/// The exponent of the tail of some degrees, estimated from their largest `share` (Hill, 1975), once `shift` is taken off
/// each.
pub fn tail_exponent(degrees: &[u32], share: f64, shift: f64) -> f64 {
    let mut degrees: Vec<f64> =
        degrees.iter().map(|&degree| f64::from(degree) - shift).filter(|&degree| degree > 0.0).collect();
    degrees.sort_by(|a, b| b.total_cmp(a));
    let n = ((degrees.len() as f64 * share) as usize).clamp(1, degrees.len().saturating_sub(1).max(1));
    let Some(&bound) = degrees.get(n) else { return f64::NAN };
    let mean = degrees[..n].iter().map(|degree| (degree / bound).ln()).sum::<f64>() / n as f64;
    1.0 + 1.0 / mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_stay_in_bounds() {
        let weights = weights(&mut rng::stream(1, "test"), 1000, 2.2);
        for (total, least, most) in [(20_000, 5, 200), (20_000, 5, 25), (1_000, 5, 200), (1_500, 5, 400)] {
            let degrees = apportion(&weights, total, least, most);
            let sum: usize = degrees.iter().sum();
            assert!(total - sum <= 1, "{sum} of {total}");
            assert!(degrees.iter().all(|&degree| degree <= most && degree >= least.min(total / 1000)));
        }
        // By hand: of 12, two each; the rest of 6 goes to excesses 1 and 2 as 2 and 4, the latter bounded to 3, so 3 and 3.
        assert_eq!(apportion(&[1.0, 2.0, 3.0], 12, 2, 5), [2, 5, 5]);
    }
}
