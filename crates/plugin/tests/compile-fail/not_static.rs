use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain<'a> {
    #[config(skip)]
    table: Option<&'a [f32]>,
}

#[derive(Config)]
struct Generic<T> {
    factor: T,
}

struct Borrows<'a>(&'a str);

#[operations]
impl<'a> Borrows<'a> {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
