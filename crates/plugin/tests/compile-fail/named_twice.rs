use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain;

#[operations]
impl Gain {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }

    #[operation(takes = [f64], gives = f64)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Other;

#[operations]
impl Other {
    #[operation(takes = [f32], gives = table(rows { mean: f64, std: f64, mean: f32 }))]
    fn describe(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Third;

#[operations]
impl Third {
    #[operation(takes = [f32, f64, f32], gives = none)]
    fn watch(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Fourth;

#[operations]
impl Fourth {
    #[operation(takes = [f32], gives = none)]
    #[operation(takes = [f64], gives = none)]
    fn watch(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
