//! The results of calls, and the errors if the plugin fails, breaks the contract, or does not have what is requested.

use crate::support::{block, host, misbehaving};
use std::sync::{Arc, Mutex};
use tollgate::{Element, Output, Value};

#[test]
fn several_plugins_and_operations_work_at_once() {
    let host = host();
    let misbehaves = host.open("misbehaves").unwrap();
    let mut describe = host.open("stats").unwrap().operation("describe").unwrap();
    let mut scale = misbehaves.operation("scale").unwrap();
    let mut count = misbehaves.operation("count").unwrap();
    let scaled = scale.call(&block(&[2.0, 4.0], &[2])).unwrap();
    let table = describe.call(&scaled.block().unwrap()).unwrap();
    let means: Vec<f64> = table
        .columns()
        .unwrap()
        .filter(|(column, _)| column.name == "mean")
        .map(|(_, values)| values.as_slice::<f64>().unwrap()[0])
        .collect();
    assert_eq!(means, [4.5]);
    assert_eq!(
        count
            .call(&block(&[], &[0]))
            .unwrap()
            .block()
            .unwrap()
            .as_slice::<u64>()
            .unwrap(),
        [1]
    );
}

#[test]
fn shape_and_attributes_pass_through_an_operation() {
    let attributes = [
        tollgate::Attribute::new("sample_rate", Value::Real(22050.0)),
        tollgate::Attribute::new("columns", Value::Text("left\0right\0")),
    ];
    let values = [1.0_f32; 6];
    let input = tollgate::Block::of(&values, &[3, 2], &attributes).unwrap();
    let output = misbehaving("scale").call(&input).unwrap();
    let block = output.block().unwrap();
    assert_eq!((block.shape(), block.element()), (&[3, 2][..], Element::F32));
    assert_eq!(block.attribute("sample_rate"), Some(Value::Real(22050.0)));
    assert_eq!(block.attribute("columns"), Some(Value::Text("left\0right\0")));
    let table = host()
        .open("stats")
        .unwrap()
        .operation("describe")
        .unwrap()
        .call(&block)
        .unwrap();
    let (_, names) = table.columns().unwrap().next().unwrap();
    assert_eq!(names.as_bytes(), b"left\0right\0");
}

#[test]
fn an_output_is_used_again_without_moving() {
    let mut scale = misbehaving("scale");
    let mut output = Output::new();
    scale.call_into(&block(&[1.0; 100], &[100]), &mut output).unwrap();
    let address = output.block().unwrap().as_bytes().as_ptr();
    scale.call_into(&block(&[2.0; 50], &[50]), &mut output).unwrap();
    let block = output.block().unwrap();
    assert_eq!((block.as_bytes().as_ptr(), block.shape()), (address, &[50][..]));
    assert_eq!(block.as_slice::<f64>().unwrap(), [3.0; 50]);
}

#[test]
fn an_error_carries_the_plugin_s_sentence_and_place() {
    let error = misbehaving("fails").call(&block(&[], &[0])).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("misbehaves/fails failed: planted failure ("), "{text}");
    assert_eq!((error.code(), error.is_usage()), ("plugin-failed", false));
}

#[test]
fn violations_of_the_contract_are_refused_without_output() {
    let mut output = Output::new();
    for (operation, problem) in [
        (
            "commits_nothing",
            "it committed 0 blocks, but its manifest declares one",
        ),
        ("commits_twice", "it committed 2 blocks, but its manifest declares one"),
        (
            "commits_another_type",
            "its block has elements of i32, and its manifest declares f64",
        ),
        ("ragged", "column \"b\" has 2 rows, and the first column 1"),
    ] {
        let error = misbehaving(operation)
            .call_into(&block(&[], &[0]), &mut output)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("misbehaves/{operation} broke the contract: {problem}")
        );
        assert!(output.block().is_none() && output.columns().is_none() && output.bytes() == 0);
    }
}

#[test]
fn reserving_more_than_the_available_memory_is_an_error() {
    let error = misbehaving("asks_too_much").call(&block(&[], &[0])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("out of memory: a buffer of 4611686018427387904 bytes could not be allocated"),
        "{error}"
    );
}

#[test]
fn an_element_type_that_is_not_taken_is_refused_with_those_that_are() {
    let values = [1_i16, 2];
    let input = tollgate::Block::of(&values, &[2], &[]).unwrap();
    let error = misbehaving("scale").call(&input).unwrap_err();
    assert_eq!(
        error.to_string(),
        "misbehaves/scale does not take i16; it takes f64, f32"
    );
    assert_eq!(error.code(), "element-not-taken");
}

#[test]
fn an_unknown_element_code_is_refused_at_every_call() {
    let mut scale = misbehaving("scale");
    let nothing = tollgate::Block::new(Element(0), &[], &[5], &[]).unwrap();
    for _ in 0..2 {
        assert_eq!(scale.call(&nothing).unwrap_err().code(), "element-not-taken");
        assert!(scale.call(&block(&[1.0], &[1])).is_ok());
    }
}

#[test]
fn a_filter_of_absurdly_many_channels_is_refused_and_takes_no_memory() {
    let rate = [tollgate::Attribute::new("sample_rate", Value::Real(48_000.0))];
    let wide = tollgate::Block::new(Element::F64, &[], &[0, 1 << 42], &rate).unwrap();
    let biquad = host().open("biquad").unwrap().config("cutoff=1000").unwrap();
    let error = biquad.operation("filter").unwrap().call(&wide).unwrap_err();
    assert!(error.to_string().contains("4398046511104 channels"), "{error}");
}

#[test]
fn an_unknown_operation_is_refused_with_those_that_there_are() {
    let error = host().open("stats").unwrap().operation("summarise").unwrap_err();
    assert_eq!(
        error.to_string(),
        "stats has no operation \"summarise\"; it has describe"
    );
    assert!(error.is_usage());
}

#[test]
fn a_log_line_reaches_the_host_s_log_with_the_plugin_s_name() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        misbehaving("logs").call(&block(&[], &[0])).unwrap();
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = text
        .lines()
        .find(|line| line.contains("planted log line"))
        .unwrap_or_else(|| panic!("{text}"));
    assert!(
        line.contains("WARN") && line.contains("plugin=\"misbehaves\""),
        "{line}"
    );
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
