//! The sink with mistakes of authors and difficult hosts: code without `unsafe` never causes undefined behaviour.

use super::small_host::{Committed, SmallHost, line_of, plugin};
use crate::{Element, Error, Level};
use tollgate_abi::Status;

plugin!(CommitsAfterNoRoom, |output| {
    output.reserve::<f64>(4)?[0] = 1.0;
    assert!(output.reserve::<f64>(1 << 40).is_err());
    output.commit() // after a failed reservation
});

#[test]
fn a_commit_after_a_reservation_that_failed_is_an_error_and_reads_no_memory() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<CommitsAfterNoRoom>(), Status::FAILED);
    assert_eq!((host.committed, host.broken), (vec![], vec![]));
    let said = host.said.last().unwrap();
    assert!(
        said.message.contains("no memory is reserved; call `reserve`"),
        "{}",
        said.message
    );
    assert_eq!(
        (said.file.as_str(), said.line),
        (
            file!(),
            line_of(include_str!("sink.rs"), "// after a failed reservation")
        )
    );
}

plugin!(CommitsTwice, |output| {
    output.reserve::<f64>(1)?[0] = 1.0;
    output.commit()?;
    output.commit()
});

#[test]
fn a_commit_of_nothing_is_an_error() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<CommitsTwice>(), Status::FAILED);
    assert_eq!(host.committed.len(), 1);
}

plugin!(CommitsAnotherShape, |output| {
    output.reserve::<u8>(5)?;
    output.commit_shape(&[2, 3], &[]) // six of five
});

plugin!(CommitsAnEmptyShape, |output| {
    output.reserve::<u8>(5)?;
    output.commit_shape(&[1 << 62, 1 << 62, 0], &[])
});

plugin!(CommitsAnEndlessShape, |output| {
    output.reserve::<u8>(5)?;
    output.commit_shape(&[1 << 62, 5], &[])
});

#[test]
fn a_shape_with_another_number_of_elements_than_reserved_is_an_error_that_names_both() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<CommitsAnotherShape>(), Status::FAILED);
    assert_eq!(host.run::<CommitsAnEmptyShape>(), Status::FAILED);
    assert_eq!(host.run::<CommitsAnEndlessShape>(), Status::FAILED);
    let messages: Vec<&str> = host.said.iter().map(|said| said.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "the shape [2, 3] has 6 elements, and 5 were reserved: reserve and commit the same number",
            "the shape [4611686018427387904, 4611686018427387904, 0] has 0 elements, and 5 were reserved: reserve and \
                commit the same number",
            "the shape [4611686018427387904, 5] cannot be committed: the product of the shape does not fit in memory",
        ]
    );
    assert_eq!(host.said[0].line, line_of(include_str!("sink.rs"), "// six of five"));
    assert_eq!((host.committed, host.broken), (vec![], vec![]));
}

plugin!(CommitsTheRightShapeThen, |output| {
    output.reserve::<u8>(6)?.fill(7);
    assert!(output.commit_shape(&[5], &[]).is_err());
    output.commit_shape(&[2, 3], &[])
});

#[test]
fn a_shape_that_did_not_fit_leaves_what_was_reserved() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<CommitsTheRightShapeThen>(), Status::OK);
    assert_eq!(
        (host.committed[0].shape.clone(), host.committed[0].bytes.clone()),
        (vec![2, 3], vec![7; 6])
    );
}

plugin!(TakesNothing, |output| {
    assert!(output.reserve::<f64>(0)?.is_empty());
    output.commit()
});

#[test]
fn an_empty_output_needs_no_memory() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<TakesNothing>(), Status::OK);
    let empty = Committed {
        element: Element::F64,
        shape: vec![0],
        bytes: vec![],
    };
    assert_eq!((host.committed, host.broken), (vec![empty], vec![]));
}

plugin!(TakesItsWord, |output| {
    output.reserve::<f64>(4)?.fill(1.0);
    output.commit()
});

#[test]
fn a_host_that_reports_success_without_reserving_is_an_error() {
    let mut host = SmallHost::new();
    host.lies = true;
    assert_eq!(host.run::<TakesItsWord>(), Status::ROOM);
    assert!(
        host.said[0].message.starts_with("the host broke the contract"),
        "{:?}",
        host.said
    );
}

plugin!(LogsAndCommits, |output| {
    output.reserve::<f64>(4)?.fill(1.0);
    output.log(Level::INFO, "about to commit");
    output.commit()
});

#[test]
fn a_sink_whose_capacity_shrank_is_not_read_past_its_end() {
    let mut host = SmallHost::new();
    host.takes_back = true;
    assert_eq!(host.run::<LogsAndCommits>(), Status::ROOM);
    assert!(
        host.said[0]
            .message
            .contains("32 bytes were reserved, and its sink now has only 0"),
        "{:?}",
        host.said
    );
    assert_eq!((host.committed, host.broken), (vec![], vec![]));
}

plugin!(AsksTooMuch, |output| {
    output.reserve::<u8>(1 << 40)?; // too much
    output.commit()
});

plugin!(IsRefused, |output| {
    output.column(&[1.0]) // refused
});

plugin!(ExplainsItself, |output| {
    output
        .column(&[1.0])
        .map_err(|error| Error::new(format!("the only column: {error}")))
});

#[test]
fn the_host_s_reason_for_a_refusal_is_kept_and_the_position_is_added() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<AsksTooMuch>(), Status::ROOM);
    host.refuses = true;
    assert_eq!(host.run::<IsRefused>(), Status::COMMIT);
    let source = include_str!("sink.rs");
    for (said, text) in host.said.iter().zip(["?; // too much", "]) // refused"]) {
        assert_eq!(said.message, "", "an empty message leaves the host's");
        assert_eq!((said.file.as_str(), said.line), (file!(), line_of(source, text)));
    }
    assert_eq!(host.run::<ExplainsItself>(), Status::FAILED);
    let said = host.said.last().unwrap();
    assert!(said.message.starts_with("the only column: "), "{}", said.message);
}

plugin!(GivesTexts, |output| {
    output.texts(["é", "", "three"])?;
    output.texts(Vec::<String>::new())
});

plugin!(GivesANul, |output| {
    output.texts(["a\0b"]) // a NUL inside
});

#[derive(Clone)]
struct Changing<'a>(&'a std::cell::Cell<usize>, bool);

impl Iterator for Changing<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if std::mem::replace(&mut self.1, true) {
            return None;
        }
        self.0.set(self.0.get() + 1);
        Some("x".repeat(self.0.get() * 100))
    }
}

plugin!(ChangesItsTexts, |output| {
    output.texts(Changing(&std::cell::Cell::new(0), false))
});

#[test]
fn texts_are_written_in_place_each_with_its_nul() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<GivesTexts>(), Status::OK);
    assert_eq!(host.committed[0].bytes, "é\0\0three\0".as_bytes());
    assert_eq!(
        (host.committed[0].element, host.committed[0].shape.clone()),
        (Element::TEXT, vec![10])
    );
    assert_eq!(
        (host.committed[1].element, host.committed[1].shape.clone()),
        (Element::TEXT, vec![0])
    );
    assert_eq!(host.run::<GivesANul>(), Status::FAILED);
    assert_eq!(host.said[0].line, line_of(include_str!("sink.rs"), "// a NUL inside"));
}

#[test]
fn texts_that_change_between_the_two_passes_are_an_error() {
    let mut host = SmallHost::new();
    assert_eq!(host.run::<ChangesItsTexts>(), Status::FAILED);
    assert!(host.said[0].message.contains("read twice"), "{:?}", host.said);
    assert!(host.committed.is_empty());
}
