//! A progress bar for long work, on a terminal only.

#[cfg(feature = "progress")]
mod bar {
    use indicatif::{ProgressBar, ProgressStyle};
    use std::io::IsTerminal;

    pub(crate) fn progress_bar(doing: &str, step: &str) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(1);
        if let Ok(style) = ProgressStyle::with_template(&format!("{doing} {{bar:40}} {step} {{pos}} of {{len}}")) {
            bar.set_style(style);
        }
        bar
    }
}

#[cfg(not(feature = "progress"))]
mod bar {
    /// The substitute in a build without progress bars.
    pub(crate) struct NoBar;

    impl NoBar {
        pub(crate) fn set_length(&self, _steps: u64) {}
        pub(crate) fn set_position(&self, _step: u64) {}
        pub(crate) fn inc(&self, _steps: u64) {}
        pub(crate) fn finish_and_clear(&self) {}
    }

    pub(crate) fn progress_bar(_doing: &str, _step: &str) -> NoBar {
        NoBar
    }
}

pub(crate) use bar::progress_bar;
