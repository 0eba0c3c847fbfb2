//! What long work shows on a terminal while it runs: a spinner, or a bar once the number of steps is known.

#[cfg(feature = "progress")]
mod bar {
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use std::io::IsTerminal;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::JoinHandle;
    use std::time::Duration;

    /// Work that is done sooner shows nothing.
    const PATIENCE: Duration = Duration::from_millis(300);
    /// How often the spinner moves. It is slow, because the processor may be measuring meanwhile.
    const TICK: Duration = Duration::from_millis(200);

    /// Shown from 0.3 seconds after its creation until it is dropped, which clears it. Nothing is shown if standard
    /// error is not a terminal.
    pub(crate) struct Progress(Option<Shown>);

    struct Shown {
        bar: ProgressBar,
        doing: &'static str,
        step: &'static str,
        /// Dropped to end the thread that waits.
        done: Sender<()>,
        waiting: JoinHandle<()>,
        process: u32,
    }

    impl Progress {
        /// Of work that is done in steps, whose number may be told later.
        pub(crate) fn of(doing: &'static str, step: &'static str) -> Self {
            if !std::io::stderr().is_terminal() {
                return Self(None);
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            set_style(&bar, &format!("{{spinner}} {doing}, {{elapsed}}"));
            let (done, waits) = channel::<()>();
            let drawn = bar.clone();
            let waiting = std::thread::spawn(move || {
                if waits.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    drawn.set_draw_target(ProgressDrawTarget::stderr());
                    drawn.enable_steady_tick(TICK);
                }
            });
            Self(Some(Shown {
                bar,
                doing,
                step,
                done,
                waiting,
                process: std::process::id(),
            }))
        }

        /// Of work that is one step.
        pub(crate) fn spinner(doing: &'static str) -> Self {
            Self::of(doing, "")
        }

        pub(crate) fn set_length(&self, steps: u64) {
            if let Some(Shown { bar, doing, step, .. }) = &self.0
                && bar.length() != Some(steps)
            {
                bar.set_length(steps);
                let counted = format!("{{spinner}} {doing} {{bar:30}} {step} {{pos}} of {{len}}, {{elapsed}}");
                set_style(bar, &counted);
            }
        }

        pub(crate) fn set_position(&self, step: u64) {
            if let Some(shown) = &self.0 {
                shown.bar.set_position(step);
            }
        }
    }

    fn set_style(bar: &ProgressBar, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
    }

    impl Drop for Progress {
        fn drop(&mut self) {
            let Some(shown) = self.0.take() else { return };
            if shown.process != std::process::id() {
                // A plugin forked. The threads, which might hold the bar's lock, are not in this process.
                return std::mem::forget(shown);
            }
            drop(shown.done);
            // It does not panic, and if it did, there would be nothing to clear.
            let _ = shown.waiting.join();
            shown.bar.finish_and_clear();
        }
    }
}

#[cfg(not(feature = "progress"))]
mod bar {
    /// The substitute in a build without progress bars.
    pub(crate) struct Progress;

    impl Progress {
        pub(crate) fn of(_doing: &'static str, _step: &'static str) -> Self {
            Self
        }
        pub(crate) fn spinner(_doing: &'static str) -> Self {
            Self
        }
        pub(crate) fn set_length(&self, _steps: u64) {}
        pub(crate) fn set_position(&self, _step: u64) {}
    }
}

pub(crate) use bar::Progress;
