//! Plugins in this process, called through their C functions: shared by `c-abi`, `stable-abi`, `inline` and `static-c`.

use super::sink::ReusedSink;
use super::table::{Functions, Raw};
use super::{AnyInstance, Instance, Loaded, Offers, Terms};
use crate::crossing::Call;
use crate::crossing::handed::HandedBack;
use crate::crossing::output::Output;
use crate::error::Error;
use crate::fault::{Crossed, Fault};
use crate::gate::Artifact;
use crate::kind::Boundary;
use crate::manifest::settings::Settings;
use tollgate_abi::{Block, Status};
use tollgate_block::Owned;

/// Refuses to run a file's code in this process, unless the program allows that.
pub(super) fn must_be_trusted(artifact: &Artifact, boundary: Boundary, terms: &Terms<'_>) -> Result<(), Error> {
    match terms.in_process {
        true => Ok(()),
        false => Err(Error::InProcessNotTrusted {
            plugin: artifact.manifest().name.clone(),
            boundary,
        }),
    }
}

/// A plugin's functions in this process.
#[derive(Debug)]
pub(crate) struct InProcess {
    functions: Functions,
}

impl InProcess {
    pub(super) fn new(functions: Functions) -> Self {
        Self { functions }
    }
}

impl Loaded for InProcess {
    fn create(&self, settings: &Settings) -> Crossed<AnyInstance> {
        // It receives the report of a failure; everything else written to it is dropped.
        let mut output = Output::new();
        let mut sink = ReusedSink::new();
        let made = sink.with(&mut output, |sink| {
            // SAFETY: settings are made by a manifest's schema alone, and a pool keeps those of its own plugin
            // (`Settings::parse`, `Settings::again`).
            unsafe { self.functions.create(&settings.attributes(), sink) }
        });
        let status = made.as_ref().err().copied().unwrap_or(Status::OK);
        output.settle(status)?;
        match made {
            Ok(Some(raw)) => Ok(AnyInstance::InProcess(CInstance { raw, sink })),
            _ => Err(Box::new(Fault::Contract(
                "`create` returned OK without an instance".to_owned(),
            ))),
        }
    }

    fn offers(&self) -> Offers {
        Offers {
            state: self.functions.saves(),
            ownership: self.functions.takes_ownership(),
        }
    }

    fn functions(&self) -> Option<Functions> {
        Some(self.functions)
    }
}

/// An instance in this process, with its sink.
pub(crate) struct CInstance {
    raw: Raw,
    sink: ReusedSink<Output>,
}

impl Instance for CInstance {
    #[inline(always)]
    fn call(&mut self, call: Call<'_>, output: &mut Output) -> Crossed {
        let status = self
            .sink
            // SAFETY: `Operation` resolved the index in this plugin's manifest, and has checked the element type.
            .with(output, |sink| unsafe {
                self.raw.call(call.operation, call.input, sink)
            });
        output.settle(status)
    }

    fn save(&mut self, output: &mut Output) -> Crossed {
        let status = self.sink.with(output, |sink| self.raw.save(sink));
        output.settle(status)
    }

    fn restore(&mut self, state: &Block<'_>, output: &mut Output) -> Crossed {
        let status = self.sink.with(output, |sink| self.raw.restore(state, sink));
        output.settle(status)
    }

    fn hand_over(&mut self, operation: u32, input: Owned<'static>, output: &mut Output) -> Crossed<HandedBack> {
        let given = self
            .sink
            // SAFETY: `Operation` resolved the index in this plugin's manifest, and has checked the element type.
            .with(output, |sink| unsafe { self.raw.hand_over(operation, input, sink) });
        let status = given.as_ref().err().copied().unwrap_or(Status::OK);
        output.settle(status)?;
        match given {
            Ok(Ok(handed)) => Ok(handed),
            Ok(Err(problem)) => Err(Box::new(Fault::Contract(problem))),
            Err(status) => Err(Box::new(Fault::Contract(format!("{} was not reported", status.text())))),
        }
    }
}
