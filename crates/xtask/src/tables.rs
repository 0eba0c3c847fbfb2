//! Checks that the tables of CRC-32C are up to date. Their generator is a separate Python script.

use crate::source::Error;
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = "c-src/tools/crc32c_tables.py";

pub(crate) fn check(root: &Path) -> Result<(), Error> {
    let output = Command::new("python3")
        .arg(SCRIPT)
        .arg("--check")
        .current_dir(root)
        .output()
        .map_err(|error| Error::Missing {
            tool: "python3",
            purpose: "checks the tables of CRC-32C",
            remedy: "install it (Debian: `apt-get install python3`) and add it to PATH",
            found: error.to_string(),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::StaleTables {
        script: SCRIPT,
        found: String::from_utf8_lossy(&said).trim().to_owned(),
    })
}
