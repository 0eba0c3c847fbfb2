//! Colours on standard output and standard error. There are some only where a terminal shows them: not in a file, a
//! pipe or a `--json` document, and not with `NO_COLOR`. `CLICOLOR_FORCE` asks for them everywhere.

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::io::{Result, Write};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HEADING: Style = Style::new().bold();

/// Prints an error's message to standard error.
pub(crate) fn print_error(message: &str) -> Result<()> {
    write(
        std::io::stderr().lock(),
        || format!("{ERROR}tollgate:{ERROR:#} {message}\n"),
        || format!("tollgate: {message}\n"),
    )
}

/// Prints a report to standard output.
pub(crate) fn print_report(text: &str) -> Result<()> {
    write(std::io::stdout().lock(), || styled(text), || text.to_owned())
}

/// Without colours, the text is written as it is.
fn write<S>(mut stream: S, styled: impl Fn() -> String, plain: impl Fn() -> String) -> Result<()>
where
    S: RawStream + AsLockedWrite,
{
    match AutoStream::choice(&stream) {
        ColorChoice::Never => {
            stream.write_all(plain().as_bytes())?;
            stream.flush()
        }
        choice => {
            let mut stream = AutoStream::new(stream, choice);
            stream.write_all(styled().as_bytes())?;
            stream.flush()
        }
    }
}

/// The text with the headers of its tables and the word `warning:` set off.
fn styled(text: &str) -> String {
    let mut styled = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("warning:") {
            styled.push_str(&format!("{WARNING}warning:{WARNING:#}{rest}"));
        } else if lines.peek().is_some_and(|next| is_rule(next)) {
            let header = line.trim_end_matches('\n');
            styled.push_str(&format!("{HEADING}{header}{HEADING:#}\n"));
        } else {
            styled.push_str(line);
        }
    }
    styled
}

/// Whether a line is the rule under a table's header.
fn is_rule(line: &str) -> bool {
    line.contains('─') && line.trim().chars().all(|character| matches!(character, '─' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_and_warnings_are_styled() {
        let text = "x: npy\na  b\n──  ─\n1  2\nwarning: clipped\nno warning: here\n";
        let expected = "x: npy\n\u{1b}[1ma  b\u{1b}[0m\n──  ─\n1  2\n\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m clipped\n\
            no warning: here\n";
        assert_eq!(styled(text), expected);
        assert_eq!(anstream::adapter::strip_str(expected).to_string(), text);
        assert_eq!(styled(""), "");
        assert_eq!(styled("no end"), "no end");
    }
}
