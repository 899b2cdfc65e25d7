//! What the system says about memory. Linux tells; elsewhere nothing is known, and nothing is refused.

use std::path::Path;

/// What is left, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Available {
    /// Bytes that a process may still take.
    pub bytes: u64,
    /// In words.
    pub source: &'static str,
}

/// Bytes that may still be taken: the least of what the machine has free and of what the control group allows.
pub fn available() -> Option<Available> {
    let of_machine = field(Path::new("/proc/meminfo"), "MemAvailable")
        .map(|bytes| Available { bytes, source: "memory that the machine has free" });
    let of_group = group_left().map(|bytes| Available { bytes, source: "the limit of the control group" });
    of_machine.into_iter().chain(of_group).min_by_key(|available| available.bytes)
}

/// Bytes of this process that lie in memory.
pub fn resident_bytes() -> Option<u64> {
    field(Path::new("/proc/self/status"), "VmRSS")
}

/// The most of them since the process began, or since [`reset_peak`].
pub fn peak_bytes() -> Option<u64> {
    field(Path::new("/proc/self/status"), "VmHWM")
}

/// Begins a new peak; false where the system does not let it.
pub fn reset_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// `Name:   123 kB`, in bytes.
fn field(path: &Path, name: &str) -> Option<u64> {
    value(&std::fs::read_to_string(path).ok()?, name)
}

fn value(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the control group of this process still allows; of version 2, then of version 1. Pages of files count as free.
fn group_left() -> Option<u64> {
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let of = |limit: &str, used: &str, stat: &str| {
        let files: u64 = std::fs::read_to_string(stat)
            .ok()
            .and_then(|text| text.lines().find_map(|line| line.strip_prefix("inactive_file ")?.trim().parse().ok()))
            .unwrap_or(0);
        Some(number(limit)?.saturating_sub(number(used)?.saturating_sub(files)))
    };
    let v2 = || of("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat");
    let v1 = || {
        let folder = "/sys/fs/cgroup/memory";
        let file = |name: &str| format!("{folder}/{name}");
        of(&file("memory.limit_in_bytes"), &file("memory.usage_in_bytes"), &file("memory.stat"))
    };
    v2().or_else(v1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_in_bytes() {
        let text = "MemTotal:       24690096 kB\nMemAvailable:    1024 kB\nHugePages_Total:       0\n";
        assert_eq!(value(text, "MemAvailable"), Some(1 << 20));
        assert_eq!(value(text, "Mem"), None, "names are whole");
        assert_eq!(value(text, "HugePages_Total"), None, "not in kB");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_sees_what_was_taken_and_given_back() {
        let before = peak_bytes().unwrap();
        let taken = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(taken.iter().step_by(4096).map(|&byte| u64::from(byte)).sum::<u64>() > 0);
        drop(taken);
        assert!(peak_bytes().unwrap() >= before.max(resident_bytes().unwrap()));
        assert!(peak_bytes().unwrap() > 64 << 20);
        assert!(available().unwrap().bytes > 0);
    }
}
