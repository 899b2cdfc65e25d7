//! Power laws: `y = c x^b`, fitted by least squares on logarithms.

use serde::Serialize;

/// 97.5 % points of Student's t for 1, 2, ... degrees of freedom.
const T: [f64; 12] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

/// A law and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Law {
    /// b.
    pub exponent: f64,
    /// The standard error of b.
    pub standard_error: f64,
    /// Its 95 % interval, by Student's t.
    pub interval: [f64; 2],
    /// c.
    pub factor: f64,
    /// Points it is fitted to.
    pub n: usize,
}

impl Law {
    /// Fits; none to fewer than three points above 0, for two have no error.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let logs: Vec<(f64, f64)> =
            points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x.ln(), y.ln())).collect();
        let n = logs.len();
        if n < 3 {
            return None;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n as f64;
        let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let exponent = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
        let residuals: f64 = logs.iter().map(|(x, y)| (y - mean_y - exponent * (x - mean_x)).powi(2)).sum();
        let standard_error = (residuals / (n - 2) as f64 / spread).sqrt();
        let half = standard_error * T.get(n - 3).copied().unwrap_or(1.96 + 2.5 / (n - 2) as f64);
        let factor = (mean_y - exponent * mean_x).exp();
        Some(Self { exponent, standard_error, interval: [exponent - half, exponent + half], factor, n })
    }

    /// `c x^b`.
    pub fn at(&self, x: f64) -> f64 {
        self.factor * x.powf(self.exponent)
    }

    /// Whether the interval holds an exponent.
    pub fn allows(&self, exponent: f64) -> bool {
        self.interval[0] <= exponent && exponent <= self.interval[1]
    }

    /// `x^1.02 ± 0.05`: the exponent and half its interval.
    pub fn in_words(&self) -> String {
        format!("{:.3} ± {:.3}", self.exponent, (self.interval[1] - self.interval[0]) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_law_is_found_without_error() {
        let points: Vec<(f64, f64)> = [1e3, 1e4, 1e5, 1e6].iter().map(|&x: &f64| (x, 3.0 * x.powf(1.5))).collect();
        let law = Law::fit(&points).unwrap();
        assert!((law.exponent - 1.5).abs() < 1e-9 && (law.factor - 3.0).abs() < 1e-6 && law.standard_error < 1e-9);
        assert!((law.at(100.0) - 3000.0).abs() < 1e-3);
        assert_eq!(Law::fit(&points[..2]), None);
    }

    /// By hand: logarithms (0, 0), (1, 1), (2, 3). b = 3 / 2, residuals 1/6, -1/3, 1/6, so s^2 = 1/6 and the error
    /// sqrt(1/6 / 2) = 0.288675; t with one degree of freedom is 12.706.
    #[test]
    fn the_error_is_that_of_least_squares() {
        let e = std::f64::consts::E;
        let law = Law::fit(&[(1.0, 1.0), (e, e), (e * e, e.powi(3))]).unwrap();
        assert!((law.exponent - 1.5).abs() < 1e-12 && (law.standard_error - 0.288_675).abs() < 1e-6);
        assert!((law.interval[1] - (1.5 + 12.706 * 0.288_675)).abs() < 1e-4 && law.allows(1.0) && !law.allows(6.0));
    }
}
