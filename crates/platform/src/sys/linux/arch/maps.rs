//! The objects that a process has mapped, by address.

use rustix::process::Pid;
use std::io;

/// A process's executable mappings, read once.
pub(super) struct Maps {
    /// In ascending order.
    ranges: Vec<Range>,
    names: Vec<String>,
    last: usize,
}

/// A mapping.
struct Range {
    /// The first address.
    from: u64,
    /// The address after the last.
    to: u64,
    /// Its offset in the file.
    offset: u64,
    /// The index of its object's name.
    object: usize,
}

impl Range {
    fn holds(&self, address: u64) -> bool {
        (self.from..self.to).contains(&address)
    }
}

/// The first name, for addresses that were not mapped when the mappings were read.
const UNKNOWN: usize = 0;

impl Maps {
    pub(super) fn read(pid: Pid) -> io::Result<Maps> {
        let path = format!("/proc/{}/maps", pid.as_raw_nonzero());
        Ok(Maps::parse(&std::fs::read_to_string(path)?))
    }

    fn parse(text: &str) -> Maps {
        let mut maps = Maps {
            ranges: Vec::new(),
            names: vec!["[unknown]".to_owned()],
            last: 0,
        };
        for line in text.lines() {
            maps.add(line);
        }
        maps
    }

    /// Adds a line such as `7f0c2000-7f0c3000 r-xp 00001000 fe:00 1234    /usr/lib/libm.so.6`. A line that is not
    /// executable, or not in this form, is ignored.
    fn add(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split_whitespace();
        let (from, to) = fields.next()?.split_once('-')?;
        let executable = fields.next()?.contains('x');
        let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
        let name = match fields.nth(2) {
            Some(first) => line[line.find(first)?..].trim_end(),
            None => "[anonymous]",
        };
        if executable {
            let object = match self.names.iter().position(|known| known == name) {
                Some(object) => object,
                None => {
                    self.names.push(name.to_owned());
                    self.names.len() - 1
                }
            };
            let from = u64::from_str_radix(from, 16).ok()?;
            let to = u64::from_str_radix(to, 16).ok()?;
            self.ranges.push(Range {
                from,
                to,
                offset,
                object,
            });
        }
        Some(())
    }

    /// The index of the object that contains `address`.
    pub(super) fn object(&mut self, address: u64) -> usize {
        if !self.ranges.get(self.last).is_some_and(|range| range.holds(address)) {
            match self.ranges.iter().position(|range| range.holds(address)) {
                Some(found) => self.last = found,
                None => return UNKNOWN,
            }
        }
        self.ranges[self.last].object
    }

    /// The name of the object that contains `address`, and the offset in its file if it is a file.
    pub(super) fn place(&self, address: u64) -> (&str, Option<u64>) {
        match self.ranges.iter().find(|range| range.holds(address)) {
            Some(range) => {
                let name = self.name(range.object);
                let offset = name.starts_with('/').then_some(address - range.from + range.offset);
                (name, offset)
            }
            None => (self.name(UNKNOWN), None),
        }
    }

    pub(super) fn name(&self, object: usize) -> &str {
        &self.names[object]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_the_object_that_holds_it() {
        let mut maps = Maps::parse(
            "1000-2000 r--p 00000000 fe:00 7    /bin/a file\n\
             2000-3000 r-xp 00001000 fe:00 7    /bin/a file\n\
             5000-6000 rwxp 00000000 00:00 0 \n\
             7000-8000 r-xp 00000000 00:00 0    [vdso]\n",
        );
        let mut name = |address| {
            let object = maps.object(address);
            maps.name(object).to_owned()
        };
        assert_eq!(name(0x2fff), "/bin/a file");
        assert_eq!(name(0x5000), "[anonymous]");
        assert_eq!(name(0x7abc), "[vdso]");
        assert_eq!(name(0x1000), "[unknown]");
        assert_eq!(name(0x8000), "[unknown]");
        assert_eq!(maps.place(0x2fff), ("/bin/a file", Some(0x1fff)));
        assert_eq!(maps.place(0x7abc), ("[vdso]", None));
        assert_eq!(maps.place(0x9000), ("[unknown]", None));
    }
}
