//! What has changed between two versions of a plugin's file, and who still goes together with which: without running
//! either.

use crate::inspection::{Inspection, Verdict};
use std::collections::BTreeSet;
use std::fmt;
use tollgate_abi::STABLE_SYMBOL;
use tollgate_host::{Column, Error, Gives, Key, KeyType, Manifest, OperationInfo, Refusal, State};

/// What a change does to who relied on the other version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// All that worked works.
    Works,
    /// It works and gives something else.
    Differs,
    /// Something that worked does not work.
    Breaks,
}

impl Effect {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Works => "works",
            Effect::Differs => "differs",
            Effect::Breaks => "breaks",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A field in which two versions of a plugin differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands in the manifest: `operations.filter.takes`.
    pub field: String,
    /// What the old version has there, or `-`.
    pub old: String,
    /// What the new version has there, or `-`.
    pub new: String,
    /// What becomes of hosts, chains and configurations that were made for the old version, with the new one.
    pub forward: Effect,
    /// What becomes of those that are made for the new version, with the old one.
    pub backward: Effect,
    /// Why, in a phrase.
    pub reason: String,
}

/// Everything in which two versions differ; descriptions and the order of names are left out, because nothing depends
/// on them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// The differences, in the manifest's order.
    pub differences: Vec<Difference>,
}

impl Diff {
    /// What becomes of hosts, chains and configurations that were made for the old version, with the new one.
    pub fn forward(&self) -> Effect {
        let effects = self.differences.iter().map(|difference| difference.forward);
        effects.max().unwrap_or(Effect::Works)
    }

    /// What becomes of those that are made for the new version, with the old one.
    pub fn backward(&self) -> Effect {
        let effects = self.differences.iter().map(|difference| difference.backward);
        effects.max().unwrap_or(Effect::Works)
    }

    fn add(
        &mut self,
        field: impl Into<String>,
        [old, new]: [String; 2],
        [forward, backward]: [Effect; 2],
        reason: impl Into<String>,
    ) {
        self.differences.push(Difference {
            field: field.into(),
            old,
            new,
            forward,
            backward,
            reason: reason.into(),
        });
    }

    /// Where two sets of names differ: what is lost breaks who relied on the old version, what is gained whoever comes
    /// to rely on the new one.
    fn names<'a>(
        &mut self,
        field: impl Fn(&str) -> String,
        old: impl IntoIterator<Item = &'a str>,
        new: impl IntoIterator<Item = &'a str>,
        what: &str,
    ) {
        let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.into_iter().collect(), new.into_iter().collect());
        for lost in old.difference(&new) {
            let reason = format!("the new one has no such {what}");
            self.add(field(lost), there(true), [Effect::Breaks, Effect::Works], reason);
        }
        for gained in new.difference(&old) {
            let reason = format!("the old one has no such {what}");
            self.add(field(gained), there(false), [Effect::Works, Effect::Breaks], reason);
        }
    }
}

/// Compares two versions of a plugin, field by field, in both directions.
///
/// # Errors
/// [`Error::Refused`] for a file whose manifest cannot be read: there is nothing to compare. A file that the gate
/// refuses for another reason is compared.
pub fn diff(old: Inspection, new: Inspection) -> Result<Diff, Error> {
    let mut diff = Diff::default();
    let versions = [contract(&old), contract(&new)];
    if let [Some(before), Some(after)] = versions
        && before != after
    {
        diff.add(
            "abi",
            [before.to_string(), after.to_string()],
            [Effect::Breaks; 2],
            "a host takes the version of the contract that it speaks, and no other",
        );
        // Of a version that is not this host's nothing more is known.
        return Ok(diff);
    }
    let tier = |inspection: &Inspection| inspection.symbols.iter().any(|symbol| symbol == STABLE_SYMBOL);
    let stable = [&old, &new].map(|inspection| tier(inspection).then_some("stable-abi"));
    let (before, after) = (&readable(old)?, &readable(new)?);
    identity(&mut diff, before, after);
    diff.names(
        |name| format!("boundaries.{name}"),
        stable[0],
        stable[1],
        "tier in its file",
    );
    for operation in &before.operations {
        if let Some((_, other)) = after.operation(&operation.name) {
            compare_operations(&mut diff, operation, other);
        }
    }
    diff.names(
        |name| format!("operations.{name}"),
        before.operations.iter().map(|operation| operation.name.as_str()),
        after.operations.iter().map(|operation| operation.name.as_str()),
        "operation",
    );
    keys(&mut diff, before, after);
    Ok(diff)
}

/// The version of the contract that a file speaks, where it says one.
fn contract(inspection: &Inspection) -> Option<u32> {
    match (&inspection.manifest, &inspection.verdict) {
        (Some(manifest), _) => Some(manifest.abi),
        (None, Verdict::Refused(Refusal::ContractVersion { found, .. })) => Some(*found),
        _ => None,
    }
}

/// The manifest, also of a file that is refused for another reason.
fn readable(inspection: Inspection) -> Result<Manifest, Error> {
    match (inspection.manifest, inspection.verdict) {
        (Some(manifest), _) => Ok(manifest),
        (None, Verdict::Refused(refusal)) => Err(Error::Refused {
            file: inspection.file,
            refusal,
        }),
        (None, Verdict::Passes) => Err(Error::Refused {
            file: inspection.file,
            refusal: Refusal::ManifestDamaged {
                problem: "it could not be read".to_owned(),
            },
        }),
    }
}

/// Present in one of the two.
fn there(in_old: bool) -> [String; 2] {
    let (yes, no) = ("there".to_owned(), "-".to_owned());
    if in_old { [yes, no] } else { [no, yes] }
}

fn identity(diff: &mut Diff, old: &Manifest, new: &Manifest) {
    if old.name != new.name {
        diff.add(
            "name",
            [old.name.clone(), new.name.clone()],
            [Effect::Breaks; 2],
            "a chain, a lock file and a registered part call it by its name",
        );
    }
    if old.version != new.version {
        diff.add(
            "version",
            [old.version.clone(), new.version.clone()],
            [Effect::Works; 2],
            "nothing depends on it",
        );
    }
    if old.panic != new.panic {
        let aborts = |manifest: &Manifest| match manifest.panic.as_str() {
            "abort" => Effect::Breaks,
            _ => Effect::Works,
        };
        diff.add(
            "panic",
            [old.panic.clone(), new.panic.clone()],
            [aborts(new), aborts(old)],
            "hosts refuse a file in which a panic ends the process",
        );
    }
    for (name, before) in &old.layouts {
        if let Some(after) = new.layouts.get(name)
            && let Some(line) = before.difference(name, after, ["old", "new"])
        {
            diff.add(
                format!("layouts.{name}"),
                [format!("{} bytes", before.size), format!("{} bytes", after.size)],
                [Effect::Breaks; 2],
                line,
            );
        }
    }
    diff.names(
        |id| format!("extensions.{id}"),
        old.extensions.iter().map(String::as_str),
        new.extensions.iter().map(String::as_str),
        "extension",
    );
    // The other way round: what it newly requires keeps older hosts from taking it.
    for id in new.requires.iter().filter(|id| !old.requires.contains(id)) {
        diff.add(
            format!("requires.{id}"),
            there(false),
            [Effect::Breaks, Effect::Works],
            "hosts that do not offer it refuse the new one",
        );
    }
    for id in old.requires.iter().filter(|id| !new.requires.contains(id)) {
        diff.add(
            format!("requires.{id}"),
            there(true),
            [Effect::Works, Effect::Breaks],
            "hosts that do not offer it refuse the old one",
        );
    }
}

fn compare_operations(diff: &mut Diff, old: &OperationInfo, new: &OperationInfo) {
    let field = |name: &str| format!("operations.{}.{name}", old.name);
    let missing = |from: &OperationInfo, of: &OperationInfo| -> Vec<String> {
        let lost = from.takes.iter().filter(|element| !of.takes.contains(element));
        lost.cloned().collect()
    };
    let (lost, gained) = (missing(old, new), missing(new, old));
    if !lost.is_empty() || !gained.is_empty() {
        let breaks = |elements: &[String]| match elements {
            [] => Effect::Works,
            _ => Effect::Breaks,
        };
        let phrase = |side: &str, elements: &[String]| match elements {
            [] => None,
            elements => Some(format!("the {side} one does not take {}", elements.join(", "))),
        };
        let reasons = [phrase("new", &lost), phrase("old", &gained)];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        diff.add(
            field("takes"),
            [old.takes.join(", "), new.takes.join(", ")],
            [breaks(&lost), breaks(&gained)],
            reasons.join("; "),
        );
    }
    gives(diff, &field("gives"), &old.gives, &new.gives);
    if old.state != new.state {
        // From the one that keeps less for its callers to the one that keeps more.
        let effect = |from: State, to: State| match (from, to) {
            (State::Saved, _) => Effect::Breaks,
            (State::Stateless, _) => Effect::Differs,
            (State::Resettable, State::Stateless) => Effect::Differs,
            (State::Resettable, _) => Effect::Works,
        };
        diff.add(
            field("state"),
            [state(old.state), state(new.state)],
            [effect(old.state, new.state), effect(new.state, old.state)],
            "whether a result depends on earlier calls, and whether that can be saved",
        );
    }
    if old.copies != new.copies {
        diff.add(
            field("copies"),
            [old.copies.to_string(), new.copies.to_string()],
            [Effect::Works; 2],
            "what is counted as copied",
        );
    }
}

fn state(state: State) -> String {
    format!("{state:?}").to_lowercase()
}

fn gives(diff: &mut Diff, field: &str, old: &Gives, new: &Gives) {
    let text = |gives: &Gives| match gives {
        Gives::None => "nothing".to_owned(),
        Gives::Block { element } => format!("a block of {element}"),
        Gives::Table { rows, .. } => format!("a table of {rows}"),
    };
    let (before, after) = (text(old), text(new));
    if before != after {
        diff.add(
            field,
            [before, after],
            [Effect::Breaks; 2],
            "who reads the result expects what it was",
        );
        return;
    }
    let (Gives::Table { columns: old, .. }, Gives::Table { columns: new, .. }) = (old, new) else {
        return;
    };
    let column = |column: &Column| format!("{} {}", column.element, column.unit).trim().to_owned();
    for before in old {
        if let Some(after) = new.iter().find(|after| after.name == before.name)
            && column(before) != column(after)
        {
            diff.add(
                format!("{field}.{}", before.name),
                [column(before), column(after)],
                [Effect::Breaks; 2],
                "the column's values are others",
            );
        }
    }
    diff.names(
        |name| format!("{field}.{name}"),
        old.iter().map(|column| column.name.as_str()),
        new.iter().map(|column| column.name.as_str()),
        "column",
    );
}

fn keys(diff: &mut Diff, old: &Manifest, new: &Manifest) {
    for before in &old.config {
        let field = format!("config.{}", before.name);
        match new.config.iter().find(|after| after.name == before.name) {
            Some(after) => compare_keys(diff, &field, before, after),
            None => diff.add(
                field,
                [key(before), "-".to_owned()],
                [Effect::Breaks, one_sided(before)],
                "the new one refuses the key",
            ),
        }
    }
    for after in &new.config {
        if old.config.iter().all(|before| before.name != after.name) {
            diff.add(
                format!("config.{}", after.name),
                ["-".to_owned(), key(after)],
                [one_sided(after), Effect::Breaks],
                match one_sided(after) {
                    Effect::Works => "it may be left out; the old one refuses the key",
                    _ => "it must be given, and the old one refuses the key",
                },
            );
        }
    }
}

/// What becomes of a configuration without this key, where the key is.
fn one_sided(key: &Key) -> Effect {
    if key.optional || key.default.is_some() {
        Effect::Works
    } else {
        Effect::Breaks
    }
}

fn compare_keys(diff: &mut Diff, field: &str, old: &Key, new: &Key) {
    if old.kind != new.kind {
        // Every whole number is a number as well.
        let effect = |from: KeyType, to: KeyType| match (from, to) {
            (KeyType::Integer, KeyType::Number) => Effect::Works,
            _ => Effect::Breaks,
        };
        diff.add(
            format!("{field}.type"),
            [key_type(old.kind), key_type(new.kind)],
            [effect(old.kind, new.kind), effect(new.kind, old.kind)],
            "values of the one are none of the other",
        );
        return;
    }
    let must = |key: &Key| one_sided(key) == Effect::Breaks;
    if must(old) != must(new) {
        let word = |key: &Key| if must(key) { "must be given" } else { "may be left out" }.to_owned();
        let effect = |key: &Key| if must(key) { Effect::Breaks } else { Effect::Works };
        diff.add(
            field,
            [word(old), word(new)],
            [effect(new), effect(old)],
            "a configuration without it",
        );
    } else if old.default != new.default {
        let text = |key: &Key| key.default.as_ref().map_or("-".to_owned(), ToString::to_string);
        diff.add(
            format!("{field}.default"),
            [text(old), text(new)],
            [Effect::Differs; 2],
            "a configuration without it means another value",
        );
    }
    limit(diff, &format!("{field}.minimum"), [&old.minimum, &new.minimum], false);
    limit(diff, &format!("{field}.maximum"), [&old.maximum, &new.maximum], true);
    if old.choices.is_empty() != new.choices.is_empty() {
        let breaks = |key: &Key| match key.choices.is_empty() {
            true => Effect::Works,
            false => Effect::Breaks,
        };
        let text = |key: &Key| match key.choices.is_empty() {
            true => "any text".to_owned(),
            false => key.choices.join(", "),
        };
        diff.add(
            format!("{field}.enum"),
            [text(old), text(new)],
            [breaks(new), breaks(old)],
            "texts that fit the one and not the other",
        );
    } else {
        diff.names(
            |choice| format!("{field}.enum.{choice}"),
            old.choices.iter().map(String::as_str),
            new.choices.iter().map(String::as_str),
            "choice",
        );
    }
}

/// A least or a greatest value: narrowed, it breaks who relied on the wider one.
fn limit(diff: &mut Diff, field: &str, [old, new]: [&Option<serde_json::Number>; 2], greatest: bool) {
    if old == new {
        return;
    }
    // Without a limit it is wider than any.
    let width = |limit: &Option<serde_json::Number>| match limit.as_ref().and_then(serde_json::Number::as_f64) {
        None => f64::INFINITY,
        Some(limit) if greatest => limit,
        Some(limit) => -limit,
    };
    let effect = |from: f64, to: f64| if to < from { Effect::Breaks } else { Effect::Works };
    let (before, after) = (width(old), width(new));
    let text = |limit: &Option<serde_json::Number>| limit.as_ref().map_or("-".to_owned(), ToString::to_string);
    diff.add(
        field,
        [text(old), text(new)],
        [effect(before, after), effect(after, before)],
        "values outside of the narrower one are refused",
    );
}

fn key(key: &Key) -> String {
    let need = if one_sided(key) == Effect::Works {
        "may be left out"
    } else {
        "must be given"
    };
    format!("{}, {need}", key_type(key.kind))
}

fn key_type(kind: KeyType) -> String {
    format!("{kind:?}").to_lowercase()
}

#[cfg(test)]
mod tests;
