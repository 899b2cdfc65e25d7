//! What is shown on stderr while something takes longer than a second.

use std::borrow::Cow;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bars on a terminal, one line a step elsewhere, nothing when quiet.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    quiet: bool,
}

impl Progress {
    /// Shows progress.
    pub fn shown() -> Self {
        Self { quiet: false }
    }

    /// Shows nothing.
    pub fn quiet() -> Self {
        Self { quiet: true }
    }

    /// A bar of epochs.
    pub fn bar(&self, name: &'static str) -> ProgressBar {
        self.styled(name, "{prefix:>16} {bar:30} {pos}/{len} epochs {elapsed} {msg}")
    }

    /// A bar of documents.
    pub fn documents(&self, name: &'static str, n_documents: usize) -> ProgressBar {
        let bar = self.styled(name, "{prefix:>16} {bar:30} {pos}/{len} documents {elapsed}, {eta} to go");
        bar.set_length(n_documents as u64);
        bar
    }

    /// A bar of bytes that are fetched.
    pub fn fetched(&self, name: &'static str) -> ProgressBar {
        self.styled(name, "{prefix:>16} {bar:30} {bytes}/{total_bytes} of {msg}, {eta} to go")
    }

    /// A step without a known length.
    pub fn spinner(&self, name: &'static str) -> ProgressBar {
        self.styled(name, "{prefix:>16} {spinner} {elapsed} {msg}")
    }

    /// A file of `n_bytes` that is read.
    pub fn bytes(&self, name: String, n_bytes: u64) -> ProgressBar {
        let bar = self.styled(name, "{prefix:>16} {bar:30} {bytes}/{total_bytes} {elapsed}");
        bar.set_length(n_bytes);
        bar
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            eprintln!("{line}");
        }
    }

    fn styled(&self, name: impl Into<Cow<'static, str>>, template: &str) -> ProgressBar {
        let name = name.into();
        if self.quiet {
            return ProgressBar::hidden();
        }
        if !std::io::stderr().is_terminal() {
            eprintln!("{name} ...");
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(name);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}
