//! What a program writes to call an operation with its own numbers, and to read and print the result.

use tollgate_block::{Array, Input, Owned};
use tollgate_host::{Boundary, Element, Error, Host, Operation, Output};
use tollgate_plugin::{Block, Config, Result, Sink, inline, operations};

/// Gives results of every form.
#[derive(Config)]
pub struct Forms;

#[operations]
impl Forms {
    /// A table with texts, integers, real numbers and a unit.
    #[operation(takes = [f64], gives = table(stations { name: text, count: u64, depth: f64 "m" }))]
    fn table(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let depths = input.as_slice::<f64>()?;
        output.texts(depths.iter().map(|depth| match depth {
            depth if *depth < 0.0 => "air\té",
            _ => "sea",
        }))?;
        let counts: Vec<u64> = (1..=depths.len() as u64).map(|index| index * 1000).collect();
        output.column(&counts)?;
        output.column(depths)
    }

    /// The shape of the input.
    #[operation(takes = [f64, i16], gives = u64)]
    fn shape(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        output.column(input.shape())
    }

    /// The input.
    #[operation(takes = [f64], gives = f64)]
    fn same(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        output
            .reserve::<f64>(input.as_slice::<f64>()?.len())?
            .copy_from_slice(input.as_slice()?);
        output.commit_like(input)
    }

    /// Nothing.
    #[operation(takes = [f64], gives = none)]
    fn nothing(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn operation(name: &str) -> Operation {
    let host = Host::builder().build();
    host.register(Boundary::Inline, &inline!(Forms, "forms")).unwrap();
    host.open("forms").unwrap().operation(name).unwrap()
}

fn table() -> Output {
    operation("table").call(&[10.5, -1.0 / 3.0]).unwrap()
}

#[test]
fn numbers_are_called_with_as_they_are() {
    let mut shape = operation("shape");
    let of = |output: Output| output.values::<u64>().unwrap().to_vec();
    let values = vec![1.0, 2.0, 3.0];
    assert_eq!(of(shape.call(&values).unwrap()), [3]);
    assert_eq!(of(shape.call(&values[1..]).unwrap()), [2]);
    assert_eq!(of(shape.call(&[1_i16]).unwrap()), [1]);
    assert_eq!(
        of(shape.call(&Block::of(&values, &[3, 1], &[]).unwrap()).unwrap()),
        [3, 1]
    );
    assert_eq!(
        of(shape.call(&Input::shaped(&values, &[1, 3]).unwrap()).unwrap()),
        [1, 3]
    );
    assert_eq!(of(shape.call(&Owned::from(values)).unwrap()), [3]);
    let mut output = Output::new();
    shape.call_into(&[0.0; 9], &mut output).unwrap();
    assert_eq!(of(output), [9]);
    let mut array = Array::new();
    array.room(8).unwrap();
    array.describe(Element::F64, &[1, 1], &[]).unwrap();
    assert_eq!(of(shape.call(&array).unwrap()), [1, 1]);
}

#[test]
fn an_operation_that_reads_c_order_says_what_to_do_about_strides() {
    let values = [1.0, 2.0, 3.0, 4.0];
    let transposed = Input::strided(&values, &[2, 2], &[1, 2]).unwrap();
    let mut same = operation("same");
    let error = same.call(&transposed).unwrap_err().to_string();
    assert!(error.contains("copy the block into C order first"), "{error}");
    let output = same.call(&transposed.in_c_order().unwrap()).unwrap();
    assert_eq!(output.values::<f64>().unwrap(), [1.0, 3.0, 2.0, 4.0]);
}

#[test]
fn columns_are_read_by_name_and_in_place() {
    let table = table();
    assert_eq!(table.column::<u64>("count").unwrap(), [1000, 2000]);
    assert_eq!(table.column::<f64>("depth").unwrap(), [10.5, -1.0 / 3.0]);
    assert_eq!(table.texts("name").unwrap(), ["sea", "air\té"]);
    assert_eq!(table.rows(), Some(2));
    let (_, block) = table.columns().unwrap().nth(1).unwrap();
    assert_eq!(block.data().0, table.column::<u64>("count").unwrap().as_ptr().cast());
    assert_eq!(operation("table").call(&Vec::<f64>::new()).unwrap().rows(), Some(0));
}

#[test]
fn a_column_that_is_not_there_or_of_another_type_is_named_with_what_is() {
    let problem = |error: Error| (error.code(), error.to_string());
    let table = table();
    assert_eq!(
        problem(table.column::<f64>("deep").unwrap_err()),
        (
            "unknown-column",
            "the result of forms/table has no column \"deep\"; it has name, count, depth".to_owned()
        )
    );
    assert_eq!(
        problem(table.column::<f64>("count").unwrap_err()),
        (
            "element-not-given",
            "the column \"count\" of forms/table has elements of u64, and f64 was requested: use `column::<u64>`"
                .to_owned()
        )
    );
    let (_, text) = problem(table.column::<u8>("name").unwrap_err());
    assert!(
        text.ends_with("elements of text, and u8 was requested: use `texts`"),
        "{text}"
    );
    let (_, text) = problem(table.texts("depth").unwrap_err());
    assert!(
        text.ends_with("elements of f64, and text was requested: use `column::<f64>`"),
        "{text}"
    );
    assert_eq!(
        problem(table.values::<f64>().unwrap_err()),
        (
            "no-block",
            "the result of forms/table is a table, and a block was requested".to_owned()
        )
    );
    let block = operation("same").call(&[1.0]).unwrap();
    let (_, text) = problem(block.texts("mean").unwrap_err());
    assert_eq!(text, "the result of forms/same has no column \"mean\"; it is a block");
    let (_, text) = problem(block.values::<f32>().unwrap_err());
    assert_eq!(
        text,
        "the block of forms/same has elements of f64, and f32 was requested: use `values::<f64>`"
    );
}

#[test]
fn a_part_of_the_program_is_described_by_its_own_documentation_and_not_by_the_program_s() {
    let host = Host::builder().build();
    host.register(Boundary::Inline, &inline!(Forms, "forms")).unwrap();
    assert_eq!(
        host.open("forms").unwrap().manifest().description,
        "Gives results of every form."
    );
}

#[test]
fn an_output_that_no_call_wrote_to_has_no_values() {
    let mut output = Output::new();
    assert!(output.column::<f64>("mean").is_err() && output.values::<f64>().is_err() && output.texts("x").is_err());
    assert_eq!((output.rows(), output.to_string().as_str()), (None, "no output"));
    // After a failed call it is empty too.
    assert!(operation("table").call_into(&[1_i16], &mut output).is_err());
    let error = output.column::<f64>("depth").unwrap_err().to_string();
    assert!(error.contains("it is empty"), "{error}");
    operation("nothing").call_into(&[1.0], &mut output).unwrap();
    assert!(output.values::<f64>().unwrap_err().to_string().contains("is nothing"));
}

#[test]
fn a_table_is_printed_aligned_and_on_one_line_for_each_row() {
    assert_eq!(
        table().to_string(),
        "name    count  depth (m)\nsea      1000       10.5\nair\\té   2000  -0.333333"
    );
    assert!(format!("{:.2}", table()).ends_with("2000      -0.33"));
    let none = operation("table").call(&Vec::<f64>::new()).unwrap();
    assert_eq!(none.to_string(), "name  count  depth (m)");
}

#[test]
fn a_block_is_printed_by_its_shape_and_first_elements() {
    let mut same = operation("same");
    let values: Vec<f64> = (0..10).map(f64::from).collect();
    assert_eq!(same.call(&values).unwrap().to_string(), "10 of f64: 0 1 2 3 4 5 6 7 …");
    let single = Input::shaped(&[0.1], &[]).unwrap();
    assert_eq!(same.call(&single).unwrap().to_string(), "f64: 0.1");
    assert_eq!(operation("nothing").call(&[1.0]).unwrap().to_string(), "no output");
}

#[cfg(feature = "serde")]
#[test]
fn a_result_is_a_document() {
    use serde_json::json;
    assert_eq!(
        serde_json::to_value(table()).unwrap(),
        json!({ "stations": [
            { "name": "sea", "count": 1000, "depth": 10.5 },
            { "name": "air\té", "count": 2000, "depth": -1.0 / 3.0 },
        ] })
    );
    let block = operation("same")
        .call(&Input::shaped(&[1.0, f64::NAN], &[1, 2]).unwrap())
        .unwrap();
    let document = json!({ "element": "f64", "shape": [1, 2], "values": [1.0, null] });
    assert_eq!(serde_json::to_value(block).unwrap(), document);
    assert_eq!(
        serde_json::to_value(operation("nothing").call(&[1.0]).unwrap()).unwrap(),
        json!(null)
    );
}
