//! Time of the processor beside time of the wall: the first is not spoiled by what else a machine does.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// What something took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds on the wall.
    pub wall_s: f64,
    /// Seconds of the processor, of all threads of the process together.
    pub cpu_s: f64,
}

impl Cost {
    /// Of something as much larger.
    pub(super) fn times(self, factor: f64) -> Self {
        Self { wall_s: self.wall_s * factor, cpu_s: self.cpu_s * factor }
    }
}

/// Runs from when it was started.
#[derive(Debug)]
pub(super) struct Clock {
    wall: Instant,
    cpu: f64,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    pub(super) fn cost(&self) -> Cost {
        let wall_s = self.wall.elapsed().as_secs_f64();
        // Where the system does not tell, the wall's time is the best there is.
        let cpu_s = if cfg!(unix) { cpu_seconds() - self.cpu } else { wall_s };
        Cost { wall_s, cpu_s }
    }
}

#[cfg(unix)]
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    0.0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn sleeping_takes_no_processor() {
        let clock = Clock::start();
        std::thread::sleep(std::time::Duration::from_millis(60));
        let slept = clock.cost();
        assert!(slept.wall_s >= 0.06, "{slept:?}");
        let clock = Clock::start();
        let mut x = 1u64;
        while clock.cost().cpu_s < 0.03 {
            x = std::hint::black_box(x.wrapping_mul(6364136223846793005).wrapping_add(1));
        }
        assert!(clock.cost().wall_s > 0.0 && x != 0);
    }
}
