//! Files of other platforms, checked on this one.

use super::{Target, check};
use crate::refusal::Refusal;
use object::write::pe::{NtHeaders, Writer};
use object::{Architecture, macho, pe};
use tollgate_abi::{ENTRY_SYMBOL, MANIFEST_SYMBOL};

const JSON: &[u8] = b"{\"name\":\"x\"}";

fn target(format: &str, architecture: Architecture) -> Target {
    Target {
        format: format.to_owned(),
        architecture,
        bits: 64,
        little: true,
    }
}

fn windows() -> Target {
    target("Pe", Architecture::X86_64)
}

fn mac() -> Target {
    target("MachO", Architecture::Aarch64)
}

fn manifest() -> Vec<u8> {
    [&(JSON.len() as u64).to_le_bytes()[..], JSON].concat()
}

/// A DLL that exports two symbols of these names.
fn dll(characteristics: pe::FileFlags) -> Vec<u8> {
    let names = [ENTRY_SYMBOL, MANIFEST_SYMBOL];
    let mut bytes = Vec::new();
    let mut writer = Writer::new(true, 0x1000, 0x200, &mut bytes);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(16);
    writer.reserve_section_headers(3);
    let text = writer.reserve_text_section(16);
    let data = writer.reserve_rdata_section(manifest().len() as u32);
    let texts = [
        b"x.dll\0".to_vec(),
        [names[0].as_bytes(), b"\0"].concat(),
        [names[1].as_bytes(), b"\0"].concat(),
    ];
    let size = 40 + 2 * 4 + 2 * 4 + 2 * 2 + texts.concat().len() as u32;
    let exports = writer.reserve_edata_section(size);
    writer.write_dos_header_and_stub().unwrap();
    writer.write_nt_headers(NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: 0,
        image_base: 0x1_8000_0000,
        major_operating_system_version: 6,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 6,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_WINDOWS_CUI,
        dll_characteristics: Default::default(),
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    writer.write_section(text.file_offset, &[0xc3; 16]);
    writer.write_section(data.file_offset, &manifest());
    let at = exports.virtual_address;
    let (functions, pointers, ordinals, strings) = (at + 40, at + 48, at + 56, at + 60);
    let mut table: Vec<u8> = Vec::new();
    for word in [0, 0, 0, strings, 1, 2, 2, functions, pointers, ordinals] {
        table.extend(u32::to_le_bytes(word));
    }
    for address in [text.virtual_address, data.virtual_address] {
        table.extend(address.to_le_bytes());
    }
    let mut string = strings + texts[0].len() as u32;
    for text in &texts[1..] {
        table.extend(string.to_le_bytes());
        string += text.len() as u32;
    }
    table.extend([0, 0, 1, 0]);
    table.extend(texts.concat());
    writer.write_section(exports.file_offset, &table);
    bytes
}

fn windows_dll() -> Vec<u8> {
    dll(pe::IMAGE_FILE_EXECUTABLE_IMAGE | pe::IMAGE_FILE_DLL)
}

/// A dylib of one segment with code, manifest and symbols, whose names begin as C's do.
fn dylib(file_type: macho::FileType) -> Vec<u8> {
    const COMMANDS: usize = (72 + 2 * 80) + 24 + 80;
    let text_at = 32 + COMMANDS;
    let data_at = text_at + 16;
    let symbols_at = (data_at + manifest().len()).next_multiple_of(8);
    let strings = [
        b"\0_",
        ENTRY_SYMBOL.as_bytes(),
        b"\0_",
        MANIFEST_SYMBOL.as_bytes(),
        b"\0",
    ]
    .concat();
    let strings_at = symbols_at + 2 * 16;
    let end = strings_at + strings.len();
    let mut bytes: Vec<u8> = Vec::new();
    let words = |bytes: &mut Vec<u8>, words: &[u32]| bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    let longs =
        |bytes: &mut Vec<u8>, longs: &[usize]| bytes.extend(longs.iter().flat_map(|long| (*long as u64).to_le_bytes()));
    let name = |bytes: &mut Vec<u8>, name: &[u8]| {
        let mut field = [0; 16];
        field[..name.len()].copy_from_slice(name);
        bytes.extend(field);
    };
    words(
        &mut bytes,
        &[0xfeed_facf, 0x0100_000c, 0, file_type.0, 3, COMMANDS as u32, 0, 0],
    );
    words(&mut bytes, &[0x19, 72 + 2 * 80]);
    name(&mut bytes, b"__TEXT");
    longs(&mut bytes, &[0x4000, 0x4000, 0, end]);
    words(&mut bytes, &[5, 5, 2, 0]);
    for (section, at, size) in [(&b"__text"[..], text_at, 16), (b"__const", data_at, manifest().len())] {
        name(&mut bytes, section);
        name(&mut bytes, b"__TEXT");
        longs(&mut bytes, &[0x4000 + at, size]);
        words(&mut bytes, &[at as u32, 0, 0, 0, 0, 0, 0, 0]);
    }
    words(
        &mut bytes,
        &[0x2, 24, symbols_at as u32, 2, strings_at as u32, strings.len() as u32],
    );
    words(&mut bytes, &[0xb, 80, 0, 0, 0, 2, 2, 0]);
    words(&mut bytes, &[0; 12]);
    assert_eq!(bytes.len(), text_at);
    bytes.extend([0; 16]);
    bytes.extend(manifest());
    bytes.resize(symbols_at, 0);
    for (index, section, address) in [(1, 1, text_at), (3 + ENTRY_SYMBOL.len() as u32, 2, data_at)] {
        words(&mut bytes, &[index]);
        // N_SECT and N_EXT.
        bytes.extend([0x0f, section, 0, 0]);
        longs(&mut bytes, &[0x4000 + address]);
    }
    bytes.extend(strings);
    bytes
}

fn mac_dylib() -> Vec<u8> {
    dylib(macho::MH_DYLIB)
}

#[test]
fn a_windows_library_passes_for_windows_and_has_the_wrong_target_elsewhere() {
    let bytes = windows_dll();
    let found = check(&bytes, &windows()).unwrap();
    assert_eq!(
        (found.manifest, found.exports.symbols),
        (JSON, vec![ENTRY_SYMBOL.to_owned(), MANIFEST_SYMBOL.to_owned()])
    );
    let refusal = check(&bytes, &mac()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "it was built for x86_64 (Pe, 64 bits, little-endian), and this host is aarch64 (MachO, 64 bits, \
            little-endian): build it for aarch64 (MachO, 64 bits, little-endian)"
    );
}

#[test]
fn a_macos_library_passes_for_macos_and_has_the_wrong_target_elsewhere() {
    let bytes = mac_dylib();
    let found = check(&bytes, &mac()).unwrap();
    assert_eq!(
        (found.manifest, found.exports.symbols),
        (JSON, vec![ENTRY_SYMBOL.to_owned(), MANIFEST_SYMBOL.to_owned()])
    );
    assert_eq!(check(&bytes, &windows()).unwrap_err().code(), "wrong-target");
    let intel = target("MachO", Architecture::X86_64);
    assert_eq!(check(&bytes, &intel).unwrap_err().code(), "wrong-target");
}

#[test]
fn a_truncated_file_is_refused_on_every_platform() {
    for (bytes, host) in [(windows_dll(), windows()), (mac_dylib(), mac())] {
        for length in 0..bytes.len() {
            // The last section of a DLL is filled up to a full sector.
            let refused = check(&bytes[..length], &host);
            assert!(refused.is_err(), "{length} of {} bytes pass for {host}", bytes.len());
        }
    }
}

#[test]
fn the_part_that_ends_outside_the_file_is_named() {
    let part = |bytes: &[u8], host: &Target| match check(bytes, host) {
        Err(Refusal::Truncated { part, .. }) => part,
        other => panic!("{other:?}"),
    };
    let bytes = windows_dll();
    assert_eq!(part(&bytes[..bytes.len() - 1], &windows()), "section .edata");
    let bytes = mac_dylib();
    assert_eq!(part(&bytes[..bytes.len() - 1], &mac()), "segment __TEXT");
    assert_eq!(part(&bytes[..100], &mac()), "the load commands");
    let mut longer = bytes.clone();
    // The size of the first section.
    longer[32 + 72 + 40..][..8].copy_from_slice(&(1_u64 << 20).to_le_bytes());
    assert_eq!(part(&longer, &mac()), "section __TEXT,__text");
}

#[test]
fn a_file_that_is_not_a_library_is_refused_on_every_platform() {
    let executable = dll(pe::IMAGE_FILE_EXECUTABLE_IMAGE);
    let refusal = check(&executable, &windows()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "it is not a shared library: it is of the type Executable"
    );
    let executable = dylib(macho::MH_EXECUTE);
    let refusal = check(&executable, &mac()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "it is not a shared library: it is of the type Executable"
    );
}

#[test]
fn a_damaged_file_never_causes_a_panic() {
    for (bytes, host) in [(windows_dll(), windows()), (mac_dylib(), mac())] {
        for at in 0..bytes.len() {
            for value in [0x00, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let _ = check(&damaged, &host);
            }
        }
    }
}

#[test]
fn the_running_program_was_built_for_what_the_host_takes_libraries_of() {
    use object::Object;
    let bytes = match std::env::current_exe().and_then(std::fs::read) {
        Ok(bytes) => bytes,
        Err(error) => {
            println!("skipped: this program's own file cannot be read here: {error}");
            return;
        }
    };
    let file = object::File::parse(&*bytes).unwrap();
    let built = Target {
        format: format!("{:?}", file.format()),
        architecture: file.architecture(),
        bits: if file.is_64() { 64 } else { 32 },
        little: file.is_little_endian(),
    };
    assert!(
        built.must_be(&Target::here()).is_ok(),
        "{:?}",
        built.must_be(&Target::here())
    );
}
