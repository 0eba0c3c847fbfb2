//! Conclusions from the figures, for the terminal and the page.

use tollgate_meter::Report;

/// Conclusions from the figures, if the rows for them were measured.
pub(crate) fn lessons(report: &Report) -> Vec<String> {
    let row = |name: &str| report.row(name);
    let mut lessons = Vec::new();
    if let (Some(inlined), Some(rust), Some(c)) = (
        row("add, Rust, inlined"),
        row("add, Rust, not inlined"),
        row("add, static C"),
    ) {
        let sides = format!(
            "{} ns into static C, {} ns into Rust",
            figure(c.ns.min),
            figure(rust.ns.min)
        );
        let lost = figure(c.ns.min - inlined.ns.min);
        lessons.push(if c.ties_with.contains(&rust.row) {
            format!(
                "A call into C costs the same as any call that is not inlined: {sides}, a tie. An inlined call \
                costs {lost} ns less."
            )
        } else {
            format!(
                "A call into C, and a call into Rust that is not inlined: {sides}. An inlined call costs {lost} \
                ns less."
            )
        });
    }
    if let (Some(bare), Some(host)) = (
        row("empty operation, bare pointer of c-abi"),
        row("empty operation, c-abi"),
    ) {
        lessons.push(format!(
            "The host's whole call of a plugin costs {} ns more than the plugin's bare function: {} ns and {} ns.",
            figure(host.ns.min - bare.ns.min),
            figure(host.ns.min),
            figure(bare.ns.min)
        ));
    }
    let mut compare = |costly: &str, cheap: &str, what: &str, cure: &str| {
        if let (Some(costly), Some(cheap)) = (row(costly), row(cheap))
            && costly.ns.min > cheap.ns.min
            && !costly.ties_with.contains(&cheap.row)
        {
            lessons.push(format!(
                "{what}: {} ns and {} ns, {:.1} times as much. {cure}",
                figure(costly.ns.min),
                figure(cheap.ns.min),
                costly.ns.min / cheap.ns.min
            ));
        }
    };
    compare(
        "biquad of 1024 samples, C, one call each",
        "biquad of 1024 samples, C, one call",
        "1,024 samples in 1,024 calls, and in one call",
        "Each call stores the filter's state in memory and the next call waits for it; a single call keeps it in \
            registers. Batch calls.",
    );
    compare(
        "text of 16 bytes, made for the call",
        "text of 16 bytes, ready",
        "A text converted for each call, and one converted before",
        "Keep data in the form in which it crosses the boundary.",
    );
    compare(
        "struct of 24 bytes, by value",
        "struct of 24 bytes, by pointer",
        "24 bytes by value, and by pointer",
        "Pass larger things by pointer.",
    );
    lessons
}

/// Three or four significant digits.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        size if size < 10.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        size if size < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_keeps_the_digits_that_mean_something() {
        assert_eq!(
            (figure(0.2712), figure(12.345), figure(123.45), figure(4096.7)),
            ("0.271".into(), "12.35".into(), "123.5".into(), "4097".into())
        );
    }
}
