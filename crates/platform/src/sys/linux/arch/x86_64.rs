//! x86-64.

use crate::Status;
use crate::step::Arrival;
use std::ffi::c_void;

pub(crate) const STEP_STATUS: Status = Status::Supported;

/// A function that [`marked`] calls with its data and a number of calls.
pub(super) type Entry = unsafe extern "C" fn(data: *mut c_void, calls: u64);

/// `call rax` is two bytes, `int3` one.
pub(super) const AFTER_END: u64 = 3;

/// Calls `entry(data, calls)` between two breakpoints.
///
/// # Safety
/// `entry` must be sound to call with `data` and `calls` and must not unwind. The calling process must be traced,
/// because a breakpoint kills a process that is not.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn marked(entry: Entry, data: *mut c_void, calls: u64) {
    // At entry the stack pointer is 8 bytes off a multiple of 16; `entry` needs it aligned before its call.
    std::arch::naked_asm!(
        "sub rsp, 8",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "int3",
        "call rax",
        "int3",
        "add rsp, 8",
        "ret",
    )
}

/// The registers of a stopped child.
#[derive(Clone, Copy)]
pub(super) struct Registers(libc::user_regs_struct);

impl Registers {
    pub(super) fn program_counter(&self) -> u64 {
        self.0.rip
    }

    pub(super) fn stack_pointer(&self) -> u64 {
        self.0.rsp
    }

    /// The third argument of a function that was just entered, if it is an integer.
    pub(super) fn third_argument(&self) -> u64 {
        self.0.rdx
    }

    /// Written by the kernel.
    pub(super) fn empty() -> Registers {
        // SAFETY: the structure contains only integers, for which all bits zero is valid.
        Registers(unsafe { std::mem::zeroed() })
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut c_void {
        (&raw mut self.0).cast()
    }
}

/// Whether the instruction between the two was a call: it pushed a word, and did not continue with the next instruction
/// (an instruction has at most 15 bytes).
pub(super) fn is_call(before: &Registers, after: &Registers) -> bool {
    let pushed = after.stack_pointer() == before.stack_pointer().wrapping_sub(8);
    let distance = after.program_counter().wrapping_sub(before.program_counter());
    pushed && !(1..=15).contains(&distance)
}

/// Determines from an instruction's first bytes how it branches.
pub(super) fn arrival(code: [u8; 8]) -> Arrival {
    // Before the opcode: `notrack` (3e), operand size (66), `bnd` (f2), and a REX byte (40 to 4f).
    let mut rest = code
        .iter()
        .copied()
        .skip_while(|byte| matches!(byte, 0x3e | 0x66 | 0xf2 | 0x40..=0x4f));
    match (rest.next(), rest.next()) {
        // call, jmp and short jmp with a relative target
        (Some(0xe8 | 0xe9 | 0xeb), _) => Arrival::Direct,
        // a conditional jump
        (Some(0x70..=0x7f), _) | (Some(0x0f), Some(0x80..=0x8f)) => Arrival::Direct,
        // ff /2 and ff /4: call and jmp through a register or memory
        (Some(0xff), Some(operand)) if matches!((operand >> 3) & 7, 2 | 4) => Arrival::Indirect,
        _ => Arrival::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Arrival {
        let mut code = [0x90; 8];
        code[..bytes.len()].copy_from_slice(bytes);
        arrival(code)
    }

    #[test]
    fn calls_and_jumps_are_told_apart_by_their_encoding() {
        assert_eq!(kind(&[0xe8, 1, 2, 3, 4]), Arrival::Direct);
        assert_eq!(kind(&[0xe9, 1, 2, 3, 4]), Arrival::Direct);
        assert_eq!(kind(&[0x0f, 0x84, 1, 2, 3, 4]), Arrival::Direct);
        assert_eq!(kind(&[0xff, 0x15, 1, 2, 3, 4]), Arrival::Indirect); // call [rip + …]
        assert_eq!(kind(&[0xf2, 0xff, 0x25, 1, 2, 3, 4]), Arrival::Indirect); // bnd jmp [rip + …]
        assert_eq!(kind(&[0x41, 0xff, 0xd4]), Arrival::Indirect); // call r12
        assert_eq!(kind(&[0xff, 0x30]), Arrival::Other); // push [rax]
        assert_eq!(kind(&[0xc3]), Arrival::Other); // ret
    }
}
