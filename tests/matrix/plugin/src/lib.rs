//! The plugin of `cargo xtask matrix`: it tells what it sees of its host, counts its calls, and keeps the count.

use tollgate_plugin::{Block, Config, Error, Result, Saved, Sink, export, host, operations};

/// Counts.
#[derive(Config)]
pub struct Matrix {
    #[config(skip)]
    calls: u64,
}

#[operations]
impl Matrix {
    /// What the host's structure and the host's extension of a later minor version say; -1 where they are absent.
    #[operation(takes = [f64], gives = i64, state = stateless)]
    fn sees(&mut self, _input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let host = host().ok_or_else(|| Error::new("there is no host"))?;
        let end = size_of::<tollgate_abi::HostInfo>();
        // SAFETY: the host's structure lives as long as the process and nobody changes it; what a later minor version
        // has there is an i64.
        let later = unsafe { tollgate_abi::later::<_, i64>(host.as_ptr(), end) };
        let extension = host.extension(c"tollgate.test/1").map(|pointer| {
            // SAFETY: what answers this id is an i64 that lives as long as the process.
            unsafe { pointer.cast::<i64>().read() }
        });
        let seen = output.reserve::<i64>(2)?;
        seen.copy_from_slice(&[later.unwrap_or(-1), extension.unwrap_or(-1)]);
        output.commit()
    }

    /// How often it was called.
    #[operation(takes = [f64], gives = u64, state = saved)]
    fn count(&mut self, _input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        self.calls += 1;
        output.reserve::<u64>(1)?[0] = self.calls;
        output.commit()
    }
}

impl Saved for Matrix {
    fn save(&self, output: &mut Sink<'_>) -> Result<()> {
        output.reserve::<u64>(1)?[0] = self.calls;
        output.commit()
    }

    fn restore(&mut self, state: &Block<'_>) -> Result<()> {
        let [calls] = state.as_slice::<u64>()? else {
            return Err(Error::input("the state is one number"));
        };
        self.calls = *calls;
        Ok(())
    }
}

export!(Matrix);
