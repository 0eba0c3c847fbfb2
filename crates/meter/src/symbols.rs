//! The names of functions, from the symbol tables of the files that hold them.

use object::read::{Object, ObjectSegment, ObjectSymbol, ReadCache};
use object::{File, SymbolKind};
use std::collections::BTreeMap;
use tollgate_platform::step::Entry;

/// The symbol tables of files. A file that cannot be read or has no table gives no names.
#[derive(Default)]
pub(crate) struct Symbols {
    files: BTreeMap<String, Table>,
}

#[derive(Default)]
struct Table {
    /// The start and end of a part of the file, and its address once loaded.
    segments: Vec<(u64, u64, u64)>,
    /// Functions by their addresses. Several may share one.
    functions: BTreeMap<u64, Vec<String>>,
}

impl Symbols {
    /// The name of the function that begins at the address of `entry`: `wanted` if that is one of its names, else one
    /// of them; `wanted` if the file names none.
    pub(crate) fn name(&mut self, entry: &Entry, wanted: Option<&str>) -> Option<String> {
        let names = entry.offset.map_or(&[][..], |offset| {
            let table = self
                .files
                .entry(entry.object.clone())
                .or_insert_with(|| read(&entry.object).unwrap_or_default());
            table.names(offset)
        });
        let is_wanted = |name: &String| wanted.is_some_and(|wanted| is_short_for(wanted, name));
        match (names.iter().any(is_wanted), names.first()) {
            (false, Some(first)) => Some(first.clone()),
            _ => wanted.map(str::to_owned),
        }
    }

    /// Whether the function is a Rust closure.
    pub(crate) fn is_closure(&mut self, entry: &Entry) -> bool {
        self.name(entry, None)
            .is_some_and(|name| name.ends_with("{{closure}}") || name.contains("{closure#"))
    }

    /// An entry as text: its name, or its address, and its object.
    pub(crate) fn describe(&mut self, entry: &Entry) -> String {
        match self.name(entry, None) {
            Some(name) => format!("{name} of {}", entry.object),
            None => format!(
                "{:#x} in {}",
                entry.offset.unwrap_or(entry.address as u64),
                entry.object
            ),
        }
    }
}

impl Table {
    fn names(&self, offset: u64) -> &[String] {
        let segment = self
            .segments
            .iter()
            .find(|(from, to, _)| (*from..*to).contains(&offset));
        segment
            .and_then(|(from, _, address)| self.functions.get(&(offset - from + address)))
            .map_or(&[], Vec::as_slice)
    }
}

fn read(path: &str) -> Option<Table> {
    let cache = ReadCache::new(std::fs::File::open(path).ok()?);
    let file = File::parse(&cache).ok()?;
    let mut table = Table::default();
    for segment in file.segments() {
        let (from, length) = segment.file_range();
        table
            .segments
            .push((from, from.saturating_add(length), segment.address()));
    }
    for symbol in file.symbols().chain(file.dynamic_symbols()) {
        if symbol.kind() == SymbolKind::Text
            && symbol.is_definition()
            && let Ok(name) = symbol.name()
        {
            let name = format!("{:#}", rustc_demangle::demangle(name));
            let names = table.functions.entry(symbol.address()).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Some(table)
}

/// Whether a row that names `short` means the function `name`: it has that name, in any module and for any
/// types.
fn is_short_for(short: &str, name: &str) -> bool {
    let bare = match name.strip_suffix('>').and_then(|name| name.rfind("::<")) {
        Some(generics) => &name[..generics],
        None => name,
    };
    bare == short || bare.strip_suffix(short).is_some_and(|path| path.ends_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_platform::step::Arrival;

    /// What the tests below look for in their own program.
    #[inline(never)]
    extern "C" fn looked_for(x: u64) -> u64 {
        std::hint::black_box(x) + 1
    }

    #[test]
    fn a_short_name_is_the_last_part_of_a_path_and_no_part_of_a_word() {
        assert!(is_short_for("add", "add"));
        assert!(is_short_for("add", "crate::shapes::add"));
        assert!(is_short_for("add", "crate::add::<u64, f64>"));
        assert!(!is_short_for("add", "sigkit_add"));
        assert!(!is_short_for("add", "add::inner"));
    }

    #[test]
    fn what_no_table_names_keeps_the_name_that_the_row_gives() {
        let mut symbols = Symbols::default();
        let nowhere = Entry {
            address: 16,
            object: "/no/such/file".to_owned(),
            offset: Some(16),
            arrival: Some(Arrival::Direct),
            entries: 1.0,
        };
        assert_eq!(symbols.name(&nowhere, Some("f")).as_deref(), Some("f"));
        assert_eq!(symbols.name(&nowhere, None), None);
        assert_eq!(symbols.describe(&nowhere), "0x10 in /no/such/file");
    }

    #[test]
    fn a_function_of_this_program_is_found_by_where_it_lies_in_the_file() {
        let program = std::env::current_exe().unwrap();
        let path = program.to_str().unwrap();
        let table = read(path).unwrap();
        let (&address, names) = table
            .functions
            .iter()
            .find(|(_, names)| names.iter().any(|name| is_short_for("looked_for", name)))
            .unwrap();
        let (from, _, at) = *table
            .segments
            .iter()
            .find(|(from, to, at)| (*at..at + (to - from)).contains(&address))
            .unwrap();
        assert_eq!(table.names(address - at + from), names.as_slice());
        assert_eq!(looked_for(1), 2);
    }
}
