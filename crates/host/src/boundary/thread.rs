//! A boundary for tests: the plugin runs on a thread of its own, and each call is a message there and back.
//!
//! It shows what a boundary without C structures needs: the two traits, a line in the table of `kind.rs`, and this
//! file. The other side can be lost, as a process or a machine can; a call then returns an error.

use super::in_process::{self, InProcess};
use super::{AnyInstance, Instance, Loaded, Loader, Offers, Terms, library};
use crate::crossing::Call;
use crate::crossing::handed::HandedBack;
use crate::crossing::output::Output;
use crate::error::Error;
use crate::fault::{Crossed, Fault, Lost, Said};
use crate::gate::Artifact;
use crate::kind::Boundary;
use crate::manifest::settings::Settings;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use tollgate_abi::{Block, Status};
use tollgate_block::{Array, Owned};

pub(super) const LOADER: Threads = Threads;

pub(super) struct Threads;

impl Loader for Threads {
    fn load(&self, artifact: &Arc<Artifact>, terms: &Terms<'_>) -> Result<Arc<dyn Loaded>, Error> {
        in_process::must_be_trusted(artifact, Boundary::Thread, terms)?;
        let there = InProcess::new(library::load(artifact, terms)?.c_tier());
        Ok(Arc::new(OverThread { there: Arc::new(there) }))
    }
}

#[derive(Debug)]
struct OverThread {
    there: Arc<InProcess>,
}

enum Request {
    Call(u32, Array),
    Save,
    Restore(Array),
    HandOver(u32, Owned<'static>),
}

/// The output is sent along and comes back with the answer.
type Message = (Request, Output);
type Answer = (Crossed<Option<HandedBack>>, Output);

impl Loaded for OverThread {
    fn create(&self, settings: &Settings) -> Crossed<AnyInstance> {
        let (requests, received) = sync_channel::<Message>(1);
        let (answers, answered) = sync_channel::<Answer>(1);
        let (made, making) = sync_channel(1);
        let (there, settings) = (self.there.clone(), settings.clone());
        thread::spawn(move || match there.create(&settings) {
            Err(fault) => drop(made.send(Err(fault))),
            Ok(instance) => {
                drop(made.send(Ok(())));
                serve(instance, &received, &answers);
            }
        });
        making.recv().unwrap_or_else(|_| Err(lost()))?;
        Ok(AnyInstance::Elsewhere(Box::new(Far { requests, answered })))
    }

    fn offers(&self) -> Offers {
        self.there.offers()
    }
}

fn lost() -> Box<Fault> {
    Box::new(Fault::Lost(Lost::Disconnected))
}

/// On the plugin's thread, until the caller's side is dropped.
fn serve(mut instance: AnyInstance, requests: &Receiver<Message>, answers: &SyncSender<Answer>) {
    for (request, mut output) in requests {
        let crossed = match request {
            Request::Call(operation, input) => {
                let input = &input.block();
                instance.call(Call { operation, input }, &mut output).map(|()| None)
            }
            Request::Save => instance.save(&mut output).map(|()| None),
            Request::Restore(state) => instance.restore(&state.block(), &mut output).map(|()| None),
            Request::HandOver(operation, input) => instance.hand_over(operation, input, &mut output).map(Some),
        };
        if answers.send((crossed, output)).is_err() {
            return;
        }
    }
}

struct Far {
    requests: SyncSender<Message>,
    answered: Receiver<Answer>,
}

impl Far {
    fn ask(&mut self, request: Request, output: &mut Output) -> Crossed<Option<HandedBack>> {
        self.requests.send((request, mem::take(output))).map_err(|_| lost())?;
        let (crossed, given) = self.answered.recv().map_err(|_| lost())?;
        *output = given;
        crossed
    }
}

impl Instance for Far {
    fn call(&mut self, call: Call<'_>, output: &mut Output) -> Crossed {
        let input = copied(call.input)?;
        self.ask(Request::Call(call.operation, input), output).map(drop)
    }

    fn save(&mut self, output: &mut Output) -> Crossed {
        self.ask(Request::Save, output).map(drop)
    }

    fn restore(&mut self, state: &Block<'_>, output: &mut Output) -> Crossed {
        let state = copied(state)?;
        self.ask(Request::Restore(state), output).map(drop)
    }

    fn hand_over(&mut self, operation: u32, input: Owned<'static>, output: &mut Output) -> Crossed<HandedBack> {
        self.ask(Request::HandOver(operation, input), output)?.ok_or_else(lost)
    }
}

/// A block that crosses by value: the other side owns the copy.
fn copied(block: &Block<'_>) -> Crossed<Array> {
    let refused = |message: String| {
        let said = Said {
            message,
            ..Said::default()
        };
        Box::new(Fault::Plugin(Status::INPUT, said))
    };
    if block.strides().is_some() {
        return Err(refused(
            "blocks with strides are not supported: copy the block in C order".to_owned(),
        ));
    }
    let bytes = block.as_bytes();
    let mut array = Array::new();
    let room = array
        .room(bytes.len() as u64)
        .map_err(|error| refused(error.to_string()))?;
    room[..bytes.len()].copy_from_slice(bytes);
    array
        .describe(block.element(), block.shape(), block.attributes())
        .map_err(|error| refused(error.to_string()))?;
    Ok(array)
}
