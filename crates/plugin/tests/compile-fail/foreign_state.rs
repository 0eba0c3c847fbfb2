//! No plugin can take the functions that save and restore another type's state for its own.

use tollgate_plugin::{Block, Config, Plugin, Result, Saved, Sink, operations};

#[derive(Config)]
struct Victim {
    #[config(skip)]
    text: String,
}

#[operations]
impl Victim {
    #[operation(takes = [f64], gives = u8, state = saved)]
    fn go(&mut self, _input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        output.column(self.text.as_bytes())
    }
}

impl Saved for Victim {
    fn save(&self, output: &mut Sink<'_>) -> Result<()> {
        output.column(self.text.as_bytes())
    }

    fn restore(&mut self, _state: &Block<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Numbers {
    #[config(skip)]
    numbers: [usize; 3],
}

impl Plugin for Numbers {
    const OPERATIONS: &'static str = "[]";
    const SAVES: bool = true;

    fn call(&mut self, _operation: u32, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }

    fn save_state(&self, output: &mut Sink<'_>) -> Result<()> {
        <Victim as Plugin>::save_state(self, output)
    }
}

fn main() {}
