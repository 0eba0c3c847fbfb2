//! Registered plugins, which are part of the program. None of them is foreign code, so these tests run under Miri too
//! (`.ci/miri`).

use std::cell::Cell;
use std::sync::Arc;
use tollgate_block::{BufferError, Memory, Room, SharedArena};
use tollgate_host::{Block, Boundary, Error, Host, Operation, Output, Plugin as Opened};
use tollgate_plugin::{Config, Error as PluginError, Level, Result, Saved, Sink, inline, operations};

/// Counts its input values.
#[derive(Config)]
pub struct Counter {
    #[config(skip)]
    seen: u64,
}

#[operations]
impl Counter {
    /// The number of values so far.
    #[operation(takes = [f64], gives = u64, state = saved)]
    fn count(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        self.seen += input.as_slice::<f64>()?.len() as u64;
        output.column(&[self.seen])
    }

    /// Has no state.
    #[operation(takes = [f64], gives = none)]
    fn check(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }

    /// Writes to the log, and returns its input.
    #[operation(takes = [f64], gives = f64)]
    fn talk(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        output.log(Level::WARN, "hello");
        output.column(input.as_slice::<f64>()?)
    }

    /// Writes to the log, and fails.
    #[operation(takes = [f64], gives = none)]
    fn complain(&mut self, _input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        output.log(Level::WARN, "this will fail");
        Err(PluginError::input("it never works"))
    }

    /// Panics.
    #[operation(takes = [f64], gives = none)]
    fn panic(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        panic!("on purpose")
    }
}

impl Saved for Counter {
    fn save(&self, output: &mut Sink<'_>) -> Result<()> {
        output.column(&[self.seen])
    }

    fn restore(&mut self, state: &Block<'_>) -> Result<()> {
        match state.as_slice::<u64>()? {
            [seen] => self.seen = *seen,
            _ => return Err(PluginError::input("the state of a counter is one number")),
        }
        Ok(())
    }
}

fn counter() -> Opened {
    let host = Host::builder().build();
    host.register(Boundary::Inline, &inline!(Counter, "counter")).unwrap();
    host.open("counter").unwrap()
}

fn one(call: impl FnOnce(&Block<'_>)) {
    call(&Block::of(&[1.0_f64], &[1], &[]).unwrap());
}

fn count(operation: &mut Operation) -> u64 {
    let mut seen = 0;
    one(|block| {
        let output = operation.call(block).unwrap();
        seen = output.block().unwrap().as_slice::<u64>().unwrap()[0];
    });
    seen
}

#[test]
fn an_instance_continues_from_its_saved_state() {
    let plugin = counter();
    let mut first = plugin.operation("count").unwrap();
    assert_eq!([count(&mut first), count(&mut first)], [1, 2]);
    let saved = first.save().unwrap();
    let mut other = plugin.operation("count").unwrap();
    other.restore(&saved.block().unwrap()).unwrap();
    assert_eq!([count(&mut other), count(&mut first)], [3, 3]);
}

#[test]
fn an_instance_with_a_restored_state_is_not_reused() {
    let plugin = counter();
    let state = [41_u64];
    let state = Block::of(&state, &[1], &[]).unwrap();
    let mut check = plugin.operation("check").unwrap();
    check.restore(&state).unwrap();
    drop(check);
    assert_eq!(count(&mut plugin.operation("count").unwrap()), 1);
    // Even one that refused the state is not reused: it may have changed.
    let mut check = plugin.operation("check").unwrap();
    let wrong = [1_u64, 2];
    let error = check.restore(&Block::of(&wrong, &[2], &[]).unwrap()).unwrap_err();
    assert_eq!(error.code(), "plugin-failed");
    drop(check);
    assert_eq!(count(&mut plugin.operation("count").unwrap()), 1);
}

/// A subscriber of the program's own that panics.
struct Panics;

/// Panics when it is dropped, unless the thread is panicking.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::panic_any(Bomb);
        }
    }
}

thread_local! {
    static WITH_A_BOMB: Cell<bool> = const { Cell::new(false) };
}

impl tracing::Subscriber for Panics {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        if WITH_A_BOMB.get() {
            std::panic::panic_any(Bomb);
        }
        panic!("a subscriber's own panic")
    }

    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_panic_of_the_programs_own_subscriber_is_an_error_and_the_next_call_works() {
    let plugin = counter();
    for (operation, works) in [("talk", true), ("complain", false)] {
        let mut talk = plugin.operation(operation).unwrap();
        for with_a_bomb in [false, true] {
            WITH_A_BOMB.set(with_a_bomb);
            one(|block| {
                let called = tracing::subscriber::with_default(Panics, || talk.call(block).map(drop));
                let error = called.unwrap_err();
                assert!(matches!(error, Error::CallbackPanicked { .. }), "{error}");
                let said = if with_a_bomb {
                    "a panic without a message"
                } else {
                    "a subscriber's own panic"
                };
                assert!(error.to_string().ends_with(said), "{error}");
            });
            one(|block| assert_eq!(talk.call(block).is_ok(), works));
        }
    }
}

#[test]
fn a_panic_in_a_plugin_is_an_error_and_the_next_call_has_a_new_instance() {
    let plugin = counter();
    let mut panics = plugin.operation("panic").unwrap();
    for _ in 0..2 {
        one(|block| assert_eq!(panics.call(block).unwrap_err().code(), "plugin-panicked"));
    }
    assert_eq!(count(&mut plugin.operation("count").unwrap()), 1);
}

#[test]
fn a_host_runs_no_file_in_its_process_unless_the_program_allows_it() {
    let host = Host::builder().plugin_path("no-such-directory").build();
    host.register(Boundary::Inline, &inline!(Counter, "counter")).unwrap();
    let plugin = host.open("counter").unwrap();
    assert_eq!(plugin.boundary(), Boundary::Inline);
    for boundary in [Boundary::CAbi, Boundary::StableAbi] {
        let error = plugin.clone().behind(boundary).unwrap_err();
        assert_eq!(error.code(), "boundary-not-offered");
    }
}

#[test]
fn an_output_can_be_reused_grow_and_give_away_its_memory() {
    let mut talk = counter().operation("talk").unwrap();
    let mut output = talk.call(&Block::of(&[1.0_f64], &[1], &[]).unwrap()).unwrap();
    for length in [3_u64, 20, 0, 200, 2] {
        let values: Vec<f64> = (0..length).map(|value| value as f64).collect();
        let shape = [length];
        talk.call_into(&Block::of(&values, &shape, &[]).unwrap(), &mut output)
            .unwrap();
        assert_eq!(output.block().unwrap().as_slice::<f64>().unwrap(), values);
    }
    let moved = Box::new(output);
    let array = moved.into_array().unwrap();
    assert_eq!(array.block().as_slice::<f64>().unwrap(), [0.0, 1.0]);
}

/// An arena of the program's own that panics.
#[derive(Debug)]
struct PanickingArena;

impl tollgate_block::Arena for PanickingArena {
    fn allocate(&self, _bytes: u64, _alignment: usize) -> std::result::Result<Memory, BufferError> {
        panic!("an arena's own panic")
    }
}

#[test]
fn a_panic_of_the_programs_own_arena_is_an_error() {
    let mut output = Output::in_arena(Arc::new(PanickingArena));
    let mut talk = counter().operation("talk").unwrap();
    one(|block| {
        let error = talk.call_into(block, &mut output).unwrap_err();
        assert!(matches!(error, Error::CallbackPanicked { .. }), "{error}");
        assert!(error.to_string().ends_with("an arena's own panic"), "{error}");
        assert!(talk.call(block).is_ok());
    });
}

#[test]
#[cfg(not(miri))]
fn an_output_uses_its_arena() {
    let arena = match SharedArena::new(1 << 16) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => return eprintln!("skipped: {error}"),
        arena => Arc::new(arena.unwrap()),
    };
    let mut output = Output::in_arena(arena.clone());
    let mut talk = counter().operation("talk").unwrap();
    for values in [&[1.0_f64, 2.0][..], &[3.0; 100]] {
        let shape = [values.len() as u64];
        talk.call_into(&Block::of(values, &shape, &[]).unwrap(), &mut output)
            .unwrap();
        assert_eq!(output.block().unwrap().as_slice::<f64>().unwrap(), values);
    }
    // A request for more than the arena has is refused, and the output can be reused.
    let wide = vec![0.0_f64; 1 << 16];
    let input = Block::of(&wide, &[1 << 16], &[]).unwrap();
    let refused = talk.call_into(&input, &mut output).unwrap_err();
    assert!(refused.to_string().contains("out of memory"), "{refused}");
    talk.call_into(&Block::of(&[5.0_f64], &[1], &[]).unwrap(), &mut output)
        .unwrap();
    let array = output.into_array().unwrap();
    assert!(
        matches!(array.memory(), Room::Shared(region) if region.length == 8),
        "{array:?}"
    );
    drop(array);
    assert_eq!(arena.available(), arena.capacity());
}
