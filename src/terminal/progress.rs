//! The bar that shows how far `refresh --all` has come. Behind a seam, so that a
//! program which never draws one does not carry what draws it.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub(crate) trait Progress: Send + Sync {
    fn advance(&self);
    fn end(&self);
    /// `work` has the terminal to itself.
    fn aside(&self, work: &mut dyn FnMut());
}

/// On stderr, which must be a terminal.
pub(crate) fn bar(count: usize) -> Arc<dyn Progress> {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("tokcli: [{bar:30}] {pos}/{len}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.tick();
    Arc::new(bar)
}

impl Progress for ProgressBar {
    fn advance(&self) {
        self.inc(1);
    }

    fn end(&self) {
        self.finish_and_clear();
    }

    fn aside(&self, work: &mut dyn FnMut()) {
        self.suspend(work);
    }
}
