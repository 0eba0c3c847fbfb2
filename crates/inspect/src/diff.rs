//! Compares two versions of a plugin's file without running either: what changed, and what stays compatible.

use crate::inspection::{Inspection, Verdict};
use std::collections::BTreeSet;
use std::fmt;
use tollgate_abi::STABLE_SYMBOL;
use tollgate_host::{Column, Error, Gives, Key, KeyType, Manifest, OperationInfo, Refusal, State};

/// The effect of a change on users of the other version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Everything still works.
    Works,
    /// It works, with different results.
    Differs,
    /// Something no longer works.
    Breaks,
}

impl Effect {
    /// Its name.
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
    /// Its path in the manifest, such as `operations.filter.takes`.
    pub field: String,
    /// The old version's value, or `-`.
    pub old: String,
    /// The new version's value, or `-`.
    pub new: String,
    /// The effect on hosts, chains and configurations for the old version when they use the new one.
    pub forward: Effect,
    /// The effect on those for the new version when they use the old one.
    pub backward: Effect,
    /// The reason, as a phrase.
    pub reason: String,
}

/// All differences between two versions, except descriptions and the order of names, on which nothing depends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// The differences, in the manifest's order.
    pub differences: Vec<Difference>,
}

impl Diff {
    /// The effect on hosts, chains and configurations for the old version when they use the new one.
    pub fn forward(&self) -> Effect {
        let effects = self.differences.iter().map(|difference| difference.forward);
        effects.max().unwrap_or(Effect::Works)
    }

    /// The effect on those for the new version when they use the old one.
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

    /// Adds the differences between two sets of names. A removed name breaks users of the old version, an added one
    /// breaks users of the new version when they use the old one.
    fn names<'a>(
        &mut self,
        field: impl Fn(&str) -> String,
        old: impl IntoIterator<Item = &'a str>,
        new: impl IntoIterator<Item = &'a str>,
        what: &str,
    ) {
        let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.into_iter().collect(), new.into_iter().collect());
        for lost in old.difference(&new) {
            let reason = format!("the new version has no such {what}");
            self.add(field(lost), there(true), [Effect::Breaks, Effect::Works], reason);
        }
        for gained in new.difference(&old) {
            let reason = format!("the old version has no such {what}");
            self.add(field(gained), there(false), [Effect::Works, Effect::Breaks], reason);
        }
    }
}

/// Compares two versions of a plugin, field by field, in both directions.
///
/// # Errors
/// [`Error::Refused`] for a file whose manifest cannot be read. A file that the gate refuses for another reason is
/// still compared.
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
            "a host loads only plugins of its own contract version",
        );
        // Nothing more is known about another version of the contract.
        return Ok(diff);
    }
    let tier = |inspection: &Inspection| inspection.symbols.iter().any(|symbol| symbol == STABLE_SYMBOL);
    let stable = [&old, &new].map(|inspection| tier(inspection).then_some("stable-abi"));
    let (before, after) = (&readable(old)?, &readable(new)?);
    identity(&mut diff, before, after);
    diff.names(|name| format!("boundaries.{name}"), stable[0], stable[1], "tier");
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

/// The version of the contract that a file uses, if known.
fn contract(inspection: &Inspection) -> Option<u32> {
    match (&inspection.manifest, &inspection.verdict) {
        (Some(manifest), _) => Some(manifest.abi),
        (None, Verdict::Refused(Refusal::ContractVersion { found, .. })) => Some(*found),
        _ => None,
    }
}

/// The manifest, even of a file that is refused for another reason.
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

/// The values of something that only one version has.
fn there(in_old: bool) -> [String; 2] {
    let (yes, no) = ("present".to_owned(), "-".to_owned());
    if in_old { [yes, no] } else { [no, yes] }
}

fn identity(diff: &mut Diff, old: &Manifest, new: &Manifest) {
    if old.name != new.name {
        diff.add(
            "name",
            [old.name.clone(), new.name.clone()],
            [Effect::Breaks; 2],
            "chains, lock files and registered plugins refer to it by name",
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
            "hosts refuse a plugin in which a panic ends the process",
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
    // The reverse of `extensions`: a new requirement makes older hosts refuse the plugin.
    for id in new.requires.iter().filter(|id| !old.requires.contains(id)) {
        diff.add(
            format!("requires.{id}"),
            there(false),
            [Effect::Breaks, Effect::Works],
            "hosts that do not offer it refuse the new version",
        );
    }
    for id in old.requires.iter().filter(|id| !new.requires.contains(id)) {
        diff.add(
            format!("requires.{id}"),
            there(true),
            [Effect::Works, Effect::Breaks],
            "hosts that do not offer it refuse the old version",
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
            elements => Some(format!("the {side} version does not take {}", elements.join(", "))),
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
        // The effect of changing from one kind of state to the other.
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
            "it changes whether results depend on earlier calls, or whether the state can be saved",
        );
    }
    if old.copies != new.copies {
        diff.add(
            field("copies"),
            [old.copies.to_string(), new.copies.to_string()],
            [Effect::Works; 2],
            "only the count of copies changes",
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
            "readers of the result expect the other type",
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
                "the column's type or unit changed",
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
                "the new version refuses the key",
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
                    Effect::Works => "it is optional; the old version refuses the key",
                    _ => "it is required, and the old version refuses the key",
                },
            );
        }
    }
}

/// The effect on a configuration that omits this key, in the version that has it.
fn one_sided(key: &Key) -> Effect {
    if key.optional || key.default.is_some() {
        Effect::Works
    } else {
        Effect::Breaks
    }
}

fn compare_keys(diff: &mut Diff, field: &str, old: &Key, new: &Key) {
    if old.kind != new.kind {
        // Every integer is also a number.
        let effect = |from: KeyType, to: KeyType| match (from, to) {
            (KeyType::Integer, KeyType::Number) => Effect::Works,
            _ => Effect::Breaks,
        };
        diff.add(
            format!("{field}.type"),
            [key_type(old.kind), key_type(new.kind)],
            [effect(old.kind, new.kind), effect(new.kind, old.kind)],
            "values of one type are not valid for the other",
        );
        return;
    }
    let must = |key: &Key| one_sided(key) == Effect::Breaks;
    if must(old) != must(new) {
        let word = |key: &Key| if must(key) { "required" } else { "optional" }.to_owned();
        let effect = |key: &Key| if must(key) { Effect::Breaks } else { Effect::Works };
        diff.add(
            field,
            [word(old), word(new)],
            [effect(new), effect(old)],
            "a configuration that omits the key is refused",
        );
    } else if old.default != new.default {
        let text = |key: &Key| key.default.as_ref().map_or("-".to_owned(), ToString::to_string);
        diff.add(
            format!("{field}.default"),
            [text(old), text(new)],
            [Effect::Differs; 2],
            "a configuration that omits the key gets another value",
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
            "some texts are allowed in only one of the versions",
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

/// Compares a minimum or a maximum. A narrower range breaks users of the wider one.
fn limit(diff: &mut Diff, field: &str, [old, new]: [&Option<serde_json::Number>; 2], greatest: bool) {
    if old == new {
        return;
    }
    // No limit is the widest range.
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
        "values outside the narrower range are refused",
    );
}

fn key(key: &Key) -> String {
    let need = if one_sided(key) == Effect::Works {
        "optional"
    } else {
        "required"
    };
    format!("{}, {need}", key_type(key.kind))
}

fn key_type(kind: KeyType) -> String {
    format!("{kind:?}").to_lowercase()
}

#[cfg(test)]
mod tests;
