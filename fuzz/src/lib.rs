//! What every target does with a file: everything that can be done with one.

use tollgate_view::{Array, Buffer, File, Owned, Policy, Viewable};

/// Opens `start` and then `rest` as one file, and reads every member in every way. Nothing may panic, read outside the
/// file or ask for memory without bound, and what opens must keep its own promises.
pub fn open(start: &[u8], rest: &[u8]) {
    let bytes = [start, rest].concat();
    let mut buffer = Buffer::new();
    buffer.reserve(bytes.len() as u64).unwrap();
    buffer.as_bytes_mut()[..bytes.len()].copy_from_slice(&bytes);
    let Ok(file) = File::from_buffer("fuzzed", buffer, bytes.len()) else {
        return;
    };
    if file.archive().is_none() {
        return views(&file, None);
    }
    for member in file.members() {
        views(&file, Some(&member.name));
    }
}

fn views(file: &File, member: Option<&str>) {
    for view in [file.view(member), file.decode(member)] {
        let view = match view {
            Ok(view) => view,
            Err(error) => {
                assert_eq!(error.to_string().lines().count(), 1);
                continue;
            }
        };
        let mut array = Array::new();
        let (_, _, _) = (view.summary(3), view.item(0), view.item(view.count() as u64 / 2));
        if let Ok(block) = view.block() {
            assert_eq!(block.shape(), view.shape());
            block.check().unwrap();
        }
        // A copy of packed numbers is larger than what the file has, by 8/5 at most.
        if view.copy_into(&mut array).is_ok() {
            assert!(array.as_bytes().len() <= view.as_bytes().len() * 8 / 5);
        }
        elements::<f64>(&view);
        elements::<i32>(&view);
        elements::<u8>(&view);
        elements::<bool>(&view);
        elements::<char>(&view);
        if let Ok(owned) = Owned::try_from(view) {
            // SAFETY: it was made a moment ago, and is taken once.
            unsafe { Owned::from_raw(owned.into_raw()) }.unwrap();
        }
    }
}

fn elements<T: Viewable>(view: &tollgate_view::View) {
    if let Ok(elements) = view.elements::<T>(Policy::IN_PLACE) {
        assert_eq!(elements.report().copied_bytes, 0);
        assert_eq!(elements.iter().count(), elements.len());
        assert!(elements.get(elements.len()).is_none());
    }
}
