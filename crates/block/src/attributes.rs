//! Attributes that own their text.

use tollgate_abi::{Attribute, Value};

/// An owned list of attributes, in the form that crosses the contract.
///
/// [`clear`](Attributes::clear) keeps its memory, so that a list that is filled repeatedly does not allocate.
#[derive(Default)]
pub struct Attributes {
    text: String,
    entries: Vec<Entry>,
    // Borrows from `text`, which lives as long. It is rebuilt whenever `text` changes, and handed out only with the
    // lifetime of self.
    raw: Vec<Attribute<'static>>,
}

#[derive(Clone, Copy)]
struct Entry {
    key: (usize, usize),
    value: EntryValue,
}

#[derive(Clone, Copy)]
enum EntryValue {
    Integer(i64),
    Real(f64),
    Text(usize, usize),
}

impl Attributes {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// The attributes, in the order in which they were added.
    pub fn as_slice(&self) -> &[Attribute<'_>] {
        &self.raw
    }

    /// Empties the list, but keeps its memory.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.entries.clear();
        self.text.clear();
    }

    /// Adds the attribute `key` and copies its text. A value of an unknown kind is ignored.
    pub fn push(&mut self, key: &str, value: Value<'_>) {
        self.add(key, value);
        self.rebuild();
    }

    /// Replaces the list with copies of `attributes`. Attributes of an unknown kind are ignored.
    #[inline]
    pub fn assign(&mut self, attributes: &[Attribute<'_>]) {
        self.clear();
        if !attributes.is_empty() {
            self.assign_all(attributes);
        }
    }

    fn assign_all(&mut self, attributes: &[Attribute<'_>]) {
        for attribute in attributes {
            if let Some(value) = attribute.value() {
                self.add(attribute.key(), value);
            }
        }
        self.rebuild();
    }

    fn add(&mut self, key: &str, value: Value<'_>) {
        let value = match value {
            Value::Integer(integer) => EntryValue::Integer(integer),
            Value::Real(real) => EntryValue::Real(real),
            Value::Text(text) => {
                let (start, end) = self.add_text(text);
                EntryValue::Text(start, end)
            }
            _ => return,
        };
        let key = self.add_text(key);
        self.entries.push(Entry { key, value });
    }

    fn add_text(&mut self, text: &str) -> (usize, usize) {
        // Clear the borrows before the text may move; `rebuild` makes them again.
        self.raw.clear();
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }

    fn rebuild(&mut self) {
        self.raw.clear();
        for entry in &self.entries {
            let text = |(start, end): (usize, usize)| -> &'static str {
                let text: *const str = &self.text[start..end];
                // SAFETY: the range lies inside `text`, whose heap memory stays in place and unchanged while `raw` is
                // handed out: every method that changes `text` takes `&mut self` and clears or rebuilds `raw`, moving
                // the struct does not move the heap memory, and `as_slice` shortens 'static to the borrow of self.
                unsafe { &*text }
            };
            let value = match entry.value {
                EntryValue::Integer(integer) => Value::Integer(integer),
                EntryValue::Real(real) => Value::Real(real),
                EntryValue::Text(start, end) => Value::Text(text((start, end))),
            };
            self.raw.push(Attribute::new(text(entry.key), value));
        }
    }
}

impl Clone for Attributes {
    fn clone(&self) -> Self {
        let mut attributes = Self::new();
        attributes.assign(self.as_slice());
        attributes
    }
}

impl std::fmt::Debug for Attributes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_survive_growth_moves_and_clones() {
        let mut attributes = Attributes::new();
        for index in 0..100 {
            attributes.push(&format!("key{index}"), Value::Text(&"x".repeat(index)));
        }
        attributes.push("rate", Value::Real(22050.0));
        let moved = Box::new(attributes);
        let clone = moved.clone();
        drop(moved);
        let all = clone.as_slice();
        assert_eq!(all.len(), 101);
        assert_eq!((all[7].key(), all[7].value()), ("key7", Some(Value::Text("xxxxxxx"))));
        assert_eq!(all[100].value(), Some(Value::Real(22050.0)));
    }

    #[test]
    fn a_cleared_list_is_filled_again_without_new_memory() {
        let mut attributes = Attributes::new();
        attributes.push("columns", Value::Text("year\0activity\0"));
        let capacity = (attributes.text.capacity(), attributes.raw.capacity());
        attributes.clear();
        assert!(attributes.as_slice().is_empty());
        attributes.push("columns", Value::Text("year\0activity\0"));
        assert_eq!((attributes.text.capacity(), attributes.raw.capacity()), capacity);
    }
}
