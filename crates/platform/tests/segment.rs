//! Memory that is written here and read through its descriptor.

#![cfg(all(unix, not(miri)))]

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use tollgate_platform::Status;
use tollgate_platform::segment::{Mapping, SEGMENT_STATUS, Segment};

/// A segment of this many bytes, each equal to its index; `None` if this system has no segments.
fn counted(bytes: u64) -> Option<Segment> {
    if let Status::Unsupported(why) = SEGMENT_STATUS {
        let refused = Segment::new(bytes).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::Unsupported);
        eprintln!("skipped: {why}");
        return None;
    }
    let segment = match Segment::new(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            eprintln!("skipped: {error}");
            return None;
        }
        made => made.unwrap(),
    };
    for index in 0..segment.len() {
        // SAFETY: the index lies inside the segment.
        let byte = unsafe { segment.start().add(index) };
        // SAFETY: nobody borrows the segment's bytes.
        let before = unsafe { byte.read() };
        assert_eq!(before, 0, "a new segment is zeroed");
        // SAFETY: as above.
        unsafe { byte.write(index as u8) };
    }
    Some(segment)
}

#[test]
fn a_second_mapping_shows_what_is_written_after_it_was_made() {
    let Some(segment) = counted(10_000) else { return };
    assert!(segment.len() >= 10_000 && segment.len().is_multiple_of(tollgate_platform::page::size()));
    let mapping = Mapping::new(segment.descriptor(), 4100, 300).unwrap();
    let mut copied = [0; 300];
    mapping.copy_to(0, &mut copied).unwrap();
    assert!(copied.iter().zip(4100..).all(|(byte, index)| *byte == index as u8));
    // SAFETY: the index lies inside the segment.
    let byte = unsafe { segment.start().add(4101) };
    // SAFETY: nobody borrows the segment's bytes.
    unsafe { byte.write(7) };
    let mut copied = [0; 2];
    mapping.copy_to(1, &mut copied).unwrap();
    assert_eq!(copied, [7, 4102_u32 as u8]);
    // SAFETY: nobody writes to the segment any more.
    assert_eq!(unsafe { mapping.bytes() }[1], 7);
    let refused = mapping.copy_to(299, &mut copied).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(mapping.copy_to(usize::MAX, &mut copied).is_err());
}

#[test]
fn a_mapping_outlives_the_segment_that_it_is_of() {
    let Some(segment) = counted(1) else { return };
    let mapping = Mapping::new(segment.descriptor(), 0, 100).unwrap();
    drop(segment);
    let mut copied = [0; 100];
    mapping.copy_to(0, &mut copied).unwrap();
    assert_eq!(copied[99], 99);
}

#[test]
fn bytes_past_the_end_are_not_mapped() {
    let Some(segment) = counted(1) else { return };
    let end = segment.len() as u64;
    for (offset, length) in [(0, end + 1), (end, 1), (u64::MAX, 2), (1, u64::MAX)] {
        let refused = Mapping::new(segment.descriptor(), offset, length).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{offset} {length}");
    }
    assert!(Mapping::new(segment.descriptor(), end, 0).unwrap().is_empty());
}

#[test]
fn the_descriptor_allows_neither_writing_nor_resizing() {
    let Some(segment) = counted(1) else { return };
    let fd = segment.descriptor();
    let mut file = File::from(fd.try_clone_to_owned().unwrap());
    file.write_all(b"x").unwrap_err();
    file.set_len(0).unwrap_err();
    file.set_len(1 << 20).unwrap_err();
    // SAFETY: a new mapping, at an address of the system's choice, touches nobody's memory.
    let mapped = unsafe {
        rustix::mm::mmap(
            std::ptr::null_mut(),
            segment.len(),
            rustix::mm::ProtFlags::READ | rustix::mm::ProtFlags::WRITE,
            rustix::mm::MapFlags::SHARED,
            fd,
            0,
        )
    };
    assert!(mapped.is_err(), "it could be mapped for writing");
    let mut second = [0];
    Mapping::new(fd, 1, 1).unwrap().copy_to(0, &mut second).unwrap();
    assert_eq!(second, [1]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_that_can_be_truncated_is_not_mapped() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&[1; 100]).unwrap();
    let refused = Mapping::new(file.as_fd(), 0, 100).unwrap_err();
    if refused.kind() == std::io::ErrorKind::Unsupported {
        // The portable back end maps nothing.
        assert_eq!(SEGMENT_STATUS.reason(), Some(refused.to_string().as_str()));
        return println!("skipped: {refused}");
    }
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("could truncate it"), "{refused}");
}

#[test]
fn more_than_memory_can_hold_is_refused() {
    for bytes in [u64::MAX, i64::MAX as u64] {
        Segment::new(bytes).unwrap_err();
    }
}

/// Tells the other process its part of the segment in its standard input: `offset length`.
const PLACE: &str = "TOLLGATE_TEST_REGION";

#[test]
fn another_process_that_maps_a_part_sees_the_same_bytes() {
    if let Ok(place) = std::env::var(PLACE) {
        return print_part(&place);
    }
    let Some(segment) = counted(10_000) else { return };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "another_process_that_maps_a_part_sees_the_same_bytes",
        "--nocapture",
    ]);
    command.env(PLACE, "5000 6");
    command.stdin(Stdio::from(segment.descriptor().try_clone_to_owned().unwrap()));
    let output = match command.output() {
        // An emulator runs this program; the system cannot start it.
        Err(error) if std::env::var_os("TOLLGATE_RUNNER").is_some() => return eprintln!("skipped: {error}"),
        output => output.unwrap(),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let expected: Vec<u8> = (5000_u32..5006).map(|index| index as u8).collect();
    assert!(text.contains(&format!("part: {expected:?}")), "{text}");
}

/// The part of the test in the other process.
fn print_part(place: &str) {
    let (offset, length) = place.split_once(' ').unwrap();
    let mapping = Mapping::new(
        std::io::stdin().as_fd(),
        offset.parse().unwrap(),
        length.parse().unwrap(),
    )
    .unwrap();
    let mut bytes = vec![0; mapping.len()];
    mapping.copy_to(0, &mut bytes).unwrap();
    println!("part: {bytes:?}");
}
