//! Where tensors live: `--device auto|cpu|cuda[:N]`.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use candle_core::Device;
use thiserror::Error;

/// The GPU of this process, for its reports: a process computes on one device.
static IN_USE: OnceLock<String> = OnceLock::new();

/// Number and name of the GPU that was [taken](Chosen::take), if one was.
pub fn gpu_in_use() -> Option<&'static str> {
    IN_USE.get().map(String::as_str)
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device if the program was built for CUDA and one answers, else the CPU: `auto`.
    #[default]
    Auto,
    /// `cpu`.
    Cpu,
    /// The CUDA device of this number, counted from 0: `cuda` or `cuda:N`.
    Cuda(usize),
}

/// Why there is no such device.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    /// What was typed is none.
    #[error("there is no device {given:?}. Choose auto, cpu, cuda or cuda:N, N counted from 0 as in nvidia-smi -L")]
    Unknown {
        /// What was given.
        given: String,
    },
    /// The program cannot do it.
    #[error(
        "--device {asked}: this program was built without CUDA. Build it with --features cuda where NVIDIA's compiler is \
         (make cuda-check fetches one and says whether it builds), or compute on the CPU with --device cpu"
    )]
    NotBuilt {
        /// The choice.
        asked: DeviceChoice,
    },
    /// No driver, or no device of this number.
    #[error(
        "--device {asked}: no such CUDA device answers ({reason}). nvidia-smi -L lists what the driver knows; \
         --device cpu computes without one"
    )]
    NoAnswer {
        /// The choice.
        asked: DeviceChoice,
        /// What CUDA said.
        reason: String,
    },
}

/// A device and what to call it in a message or report.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Where to compute.
    pub device: Device,
    /// Such as "the CPU" or "cuda:0 (NVIDIA H200)".
    pub name: String,
}

impl Chosen {
    /// The device, to be named in this process's reports if it is a GPU.
    pub fn take(self) -> Device {
        if !self.device.is_cpu() {
            // The first stays: nothing here takes a second.
            let _ = IN_USE.set(self.name);
        }
        self.device
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(given: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { given: given.to_owned() };
        match given {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => {
                let number = given.strip_prefix("cuda:").ok_or_else(unknown)?;
                number.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl DeviceChoice {
    /// The device. A GPU that is asked for and does not answer is an error; `auto` takes the CPU then, and its name says
    /// why.
    ///
    /// # Errors
    /// CUDA was asked for, and the program was built without it or no device answers.
    pub fn choose(self) -> Result<Chosen, DeviceError> {
        match self {
            Self::Cpu => Ok(cpu("the CPU".to_owned())),
            Self::Cuda(number) => cuda(self, number),
            Self::Auto => Ok(match cuda(self, 0) {
                Ok(chosen) => chosen,
                Err(DeviceError::NoAnswer { reason, .. }) => {
                    cpu(format!("the CPU, since no CUDA device answers ({reason})"))
                }
                Err(_) => cpu("the CPU".to_owned()),
            }),
        }
    }
}

fn cpu(name: String) -> Chosen {
    Chosen { device: Device::Cpu, name }
}

#[cfg(not(feature = "cuda"))]
fn cuda(asked: DeviceChoice, _number: usize) -> Result<Chosen, DeviceError> {
    Err(DeviceError::NotBuilt { asked })
}

#[cfg(feature = "cuda")]
fn cuda(asked: DeviceChoice, number: usize) -> Result<Chosen, DeviceError> {
    let no_answer = |error: candle_core::Error| DeviceError::NoAnswer {
        asked,
        // candle's errors carry a backtrace.
        reason: error.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    let device = Device::new_cuda(number).map_err(no_answer)?;
    let context = device.as_cuda_device().map_err(no_answer)?.cuda_stream().context().clone();
    let name = context.name().unwrap_or_else(|_| "a device without a name".to_owned());
    Ok(Chosen { device, name: format!("cuda:{number} ({name})") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_as_it_is_written() {
        for (given, choice) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("cuda", DeviceChoice::Cuda(0)),
            ("cuda:3", DeviceChoice::Cuda(3)),
        ] {
            assert_eq!(given.parse(), Ok(choice));
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        for bad in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CUDA"] {
            let said = bad.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(said.contains(&format!("{bad:?}")) && said.contains("auto, cpu, cuda or cuda:N"), "{said}");
        }
    }

    #[test]
    fn the_cpu_is_always_there() {
        let chosen = DeviceChoice::Cpu.choose().unwrap();
        assert!(chosen.device.is_cpu() && chosen.name == "the CPU");
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn without_cuda_auto_is_the_cpu_and_asking_for_cuda_is_told_the_remedy() {
        assert!(DeviceChoice::Auto.choose().unwrap().device.is_cpu());
        let said = DeviceChoice::Cuda(1).choose().unwrap_err().to_string();
        for word in ["--device cuda:1", "--features cuda", "make cuda-check", "--device cpu"] {
            assert!(said.contains(word), "{said}");
        }
    }
}
