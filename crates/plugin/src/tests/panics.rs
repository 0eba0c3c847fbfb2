//! Panics: each call reports its own panic with its position, and none ends the process.

use super::small_host::{Said, SmallHost, line_of, plugin};
use crate::Plugin;
use std::panic::{catch_unwind, panic_any, resume_unwind};
use tollgate_abi::Status;

fn said_by<P: Plugin>() -> Said {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<P>(), Status::PANICKED);
    assert_eq!(host.said.len(), 1, "a call reports its panic once");
    host.said.remove(0)
}

/// A panic with this message, in the line of this file with this end.
fn panic_at(message: &str, line: &str) -> Said {
    Said {
        status: Status::PANICKED,
        message: message.to_owned(),
        file: file!().to_owned(),
        line: line_of(include_str!("panics.rs"), line),
    }
}

/// A panic whose position is not known.
fn panic_somewhere(message: &str) -> Said {
    Said {
        status: Status::PANICKED,
        message: message.to_owned(),
        file: String::new(),
        line: 0,
    }
}

plugin!(PanicsWithALiteral, |_output| { panic!("a literal") }); // literal
plugin!(PanicsWithAFormat, |_output| { panic!("a format of {}", 2 + 2) }); // format
plugin!(PanicsWithAValue, |_output| { panic_any(7_u8) }); // value

#[test]
fn a_panic_is_reported_with_its_message_and_place() {
    assert_eq!(said_by::<PanicsWithALiteral>(), panic_at("a literal", "; // literal"));
    assert_eq!(said_by::<PanicsWithAFormat>(), panic_at("a format of 4", "; // format"));
    assert_eq!(
        said_by::<PanicsWithAValue>(),
        panic_at("a panic without a message", "; // value")
    );
}

plugin!(ResumesAnother, |_output| {
    let caught = catch_unwind(|| panic!("caught by the plugin itself"));
    assert!(caught.is_err());
    resume_unwind(Box::new("another"))
});

plugin!(ResumesAnotherType, |_output| {
    assert!(catch_unwind(|| panic!("the same text")).is_err());
    resume_unwind(Box::new("the same text".to_owned()))
});

#[test]
fn a_panic_that_the_plugin_caught_is_not_reported_for_another_panic() {
    assert_eq!(said_by::<ResumesAnother>(), panic_somewhere("another"));
    assert_eq!(said_by::<ResumesAnotherType>(), panic_somewhere("the same text"));
}

plugin!(ResumesTheSame, |_output| {
    let caught = catch_unwind(|| panic!("caught and resumed")); // resumed
    resume_unwind(caught.unwrap_err())
});

#[test]
fn a_panic_that_the_plugin_caught_and_resumed_keeps_its_place() {
    assert_eq!(
        said_by::<ResumesTheSame>(),
        panic_at("caught and resumed", "; // resumed")
    );
}

/// Panics when it is dropped, with a value that does the same, this many times.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

plugin!(PanicsWithABomb, |_output| { panic_any(Bomb(3)) }); // bomb

#[test]
fn a_panic_whose_value_panics_when_it_is_dropped_again_and_again_is_reported() {
    assert_eq!(
        said_by::<PanicsWithABomb>(),
        panic_at("a panic without a message", "; // bomb")
    );
    assert_eq!(said_by::<PanicsWithALiteral>(), panic_at("a literal", "; // literal"));
}
