//! An instance behind any boundary, called through the host's handles. It is used if a boundary has no C functions in
//! this process. The sink is then the host's, so hostile sinks are not tested.

use super::told::{Part, Told};
use std::collections::BTreeMap;
use tollgate_abi::{Block, Status};
use tollgate_host::{Error, Operation, Output, Plugin};

/// The handles of one plugin with one configuration: one for each called operation.
pub(super) struct Handles {
    plugin: Plugin,
    operations: BTreeMap<u32, Operation>,
    /// The last called operation, whose instance is saved and restored.
    last: u32,
}

impl Handles {
    /// Makes the handle of the first operation, and with it an instance.
    pub(super) fn new(plugin: Result<Plugin, Error>) -> Result<Self, Told> {
        let mut handles = Self {
            plugin: plugin.map_err(|error| told(Err(error)))?,
            operations: BTreeMap::new(),
            last: 0,
        };
        handles.operation(0).map_err(|error| told(Err(error)))?;
        Ok(handles)
    }

    fn operation(&mut self, index: u32) -> Result<&mut Operation, Error> {
        self.last = index;
        if !self.operations.contains_key(&index) {
            let infos = &self.plugin.manifest().operations;
            let name = infos.get(index as usize).map_or("", |info| info.name.as_str());
            let made = self.plugin.operation(name)?;
            self.operations.insert(index, made);
        }
        match self.operations.get_mut(&index) {
            Some(operation) => Ok(operation),
            None => unreachable!("it was inserted"),
        }
    }

    pub(super) fn call(&mut self, index: u32, block: &Block<'_>) -> Told {
        told(self.operation(index).and_then(|operation| operation.call(block)))
    }

    pub(super) fn save(&mut self) -> Told {
        told(self.operation(self.last).and_then(Operation::save))
    }

    pub(super) fn restore(&mut self, state: &Block<'_>) -> Told {
        let restored = self.operation(self.last).and_then(|operation| operation.restore(state));
        told(restored.map(|()| Output::new()))
    }
}

/// The outcome of a call through a handle, in the form of a recorder.
fn told(result: Result<Output, Error>) -> Told {
    let mut told = Told::default();
    match result {
        Ok(output) => {
            told.parts
                .extend(output.block().map(|block| Part::new(&block, block.as_bytes())));
            for (_, block) in output.columns().into_iter().flatten() {
                told.parts.push(Part::new(&block, block.as_bytes()));
            }
        }
        Err(error) => {
            told.status = match &error {
                Error::Failed { status, .. } => *status,
                Error::ElementNotTaken { .. } => Status::INPUT,
                _ => Status::FAILED,
            };
            told.fault = Some(told.status);
            told.message = error.to_string();
            if let Error::ContractBroken { problem, .. } = error {
                told.misuse.push(problem);
            }
        }
    }
    told
}
