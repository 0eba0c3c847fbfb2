//! A plugin's configuration, checked against the schema in its manifest.

use crate::error::Error;
use crate::manifest::{Key, KeyType, Manifest};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::cmp::Ordering;
use tollgate_abi::{Attribute, Value};

/// One value for each key of a schema, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    values: Vec<(String, Setting)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    Absent,
    Integer(i64),
    Boolean(bool),
    Real(f64),
    Text(String),
}

impl Settings {
    /// Parses `key=value,key=value` for a plugin. Keys that are not given get their defaults. A value in double quotes
    /// may contain commas, and `\"` and `\\` in it stand for `"` and `\`.
    ///
    /// # Errors
    /// [`Error::Config`] names the key or the value that does not fit, and what is expected.
    pub fn parse(manifest: &Manifest, text: &str) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Config {
            plugin: manifest.name.clone(),
            problem,
        };
        let mut given: Vec<(String, String)> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let Some((name, after)) = rest.split_once('=') else {
                return Err(wrong(format!("expected key=value, found {rest:?}")));
            };
            let name = name.trim().to_owned();
            let (value, after) = value(after).map_err(|problem| wrong(format!("{name}: {problem}")))?;
            if given.iter().any(|(other, _)| *other == name) {
                return Err(wrong(format!("duplicate key {name:?}")));
            }
            if !manifest.config.iter().any(|key| key.name == name) {
                return Err(wrong(unknown(manifest, &name)));
            }
            given.push((name, value));
            rest = after;
        }
        let mut values = Vec::with_capacity(manifest.config.len());
        for key in &manifest.config {
            let given = given.iter().find(|(name, _)| *name == key.name).map(|(_, value)| value);
            let setting = match (given, &key.default) {
                (Some(text), _) => from_text(key, text).ok_or_else(|| wrong(unfit(key, text)))?,
                (None, Some(default)) => from_json(key, default)
                    .map_err(|needed| wrong(format!("the default of {:?} is not {needed}", key.name)))?,
                (None, None) if key.optional => Setting::Absent,
                (None, None) => {
                    return Err(wrong(format!("missing key {:?}: expected {}", key.name, needed(key))));
                }
            };
            values.push((key.name.clone(), setting));
        }
        Ok(Self { values })
    }

    /// A copy of these settings with another value for one key.
    ///
    /// # Errors
    /// As for [`parse`](Settings::parse).
    pub fn with(&self, manifest: &Manifest, name: &str, value: &str) -> Result<Self, Error> {
        let mut settings = self.clone();
        let key = manifest
            .config
            .iter()
            .zip(&mut settings.values)
            .find(|(key, _)| key.name == name);
        let Some((key, (_, setting))) = key else {
            return Err(Error::Config {
                plugin: manifest.name.clone(),
                problem: unknown(manifest, name),
            });
        };
        let text = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(value);
        *setting = from_text(key, text).ok_or_else(|| Error::Config {
            plugin: manifest.name.clone(),
            problem: unfit(key, value),
        })?;
        Ok(settings)
    }

    /// An example configuration that the schema allows: a value for each required key.
    pub fn example(manifest: &Manifest) -> String {
        let must = manifest
            .config
            .iter()
            .filter(|key| key.default.is_none() && !key.optional);
        let given: Vec<String> = must.map(|key| format!("{}={}", key.name, example(key))).collect();
        given.join(",")
    }

    /// The same settings for another plugin of the same name, whose schema they must fit too.
    pub(crate) fn again(&self, manifest: &Manifest) -> Result<Self, Error> {
        let fits = manifest.config.len() == self.values.len()
            && manifest
                .config
                .iter()
                .zip(&self.values)
                .all(|(key, (name, setting))| key.name == *name && key.kind.holds(setting) && within(key, setting));
        if fits {
            return Ok(self.clone());
        }
        Err(Error::Config {
            plugin: manifest.name.clone(),
            problem: "its configuration keys differ behind this boundary: choose the boundary before the configuration"
                .to_owned(),
        })
    }

    /// The values as they cross the contract.
    pub fn attributes(&self) -> Vec<Attribute<'_>> {
        self.values
            .iter()
            .map(|(name, setting)| Attribute::new(name, setting.value()))
            .collect()
    }
}

/// A value that the key's schema allows.
fn example(key: &Key) -> String {
    let limit = |limit: &Option<serde_json::Number>| limit.as_ref().and_then(serde_json::Number::as_f64);
    let number = match (limit(&key.minimum), limit(&key.maximum)) {
        (Some(least), Some(greatest)) => least + (greatest - least) / 2.0,
        (Some(least), None) => least + 1.0,
        (None, Some(greatest)) => greatest - 1.0,
        (None, None) => 1.0,
    };
    match key.kind {
        KeyType::Number => format!("{number:?}"),
        KeyType::Integer => format!("{}", number.floor() as i64),
        KeyType::Boolean => "true".to_owned(),
        KeyType::String => match key.choices.first() {
            Some(choice) => choice.clone(),
            None => "text".to_owned(),
        },
    }
}

impl KeyType {
    /// Whether a value is of this type; an absent value is of every type.
    fn holds(self, setting: &Setting) -> bool {
        matches!(
            (self, setting),
            (_, Setting::Absent)
                | (KeyType::Number, Setting::Real(_))
                | (KeyType::Integer, Setting::Integer(_))
                | (KeyType::Boolean, Setting::Boolean(_))
                | (KeyType::String, Setting::Text(_))
        )
    }
}

impl Setting {
    fn value(&self) -> Value<'_> {
        match self {
            Setting::Absent => Value::Absent,
            Setting::Integer(integer) => Value::Integer(*integer),
            Setting::Boolean(boolean) => Value::Integer(i64::from(*boolean)),
            Setting::Real(real) => Value::Real(*real),
            Setting::Text(text) => Value::Text(text),
        }
    }
}

/// Splits a value, quoted or not, from what comes after its comma.
fn value(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let (value, rest) = text.split_once(',').unwrap_or((text, ""));
        return Ok((value.trim().to_owned(), rest.trim_start()));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let rest = quoted[at + 1..].trim_start();
                return match rest.strip_prefix(',') {
                    Some(rest) => Ok((value, rest.trim_start())),
                    None if rest.is_empty() => Ok((value, rest)),
                    None => Err(format!("expected a comma after the closing quote, found {rest:?}")),
                };
            }
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => {
                    return Err(
                        "invalid escape in quotes: a backslash may precede only a quote or a backslash".to_owned(),
                    );
                }
            },
            _ => value.push(character),
        }
    }
    Err("the closing quote is missing".to_owned())
}

fn from_text(key: &Key, text: &str) -> Option<Setting> {
    let setting = match key.kind {
        KeyType::Number => Setting::Real(text.parse().ok().filter(|real: &f64| real.is_finite())?),
        KeyType::Integer => Setting::Integer(text.parse().ok()?),
        KeyType::Boolean => Setting::Boolean(text.parse().ok()?),
        KeyType::String => Setting::Text(text.to_owned()),
    };
    within(key, &setting).then_some(setting)
}

/// A JSON value of the manifest as a setting; the error says what was expected.
pub(crate) fn from_json(key: &Key, json: &Json) -> Result<Setting, String> {
    let setting = match (key.kind, json) {
        (KeyType::Number, Json::Number(number)) => number.as_f64().map(Setting::Real),
        (KeyType::Integer, Json::Number(number)) => number.as_i64().map(Setting::Integer),
        (KeyType::Boolean, Json::Bool(boolean)) => Some(Setting::Boolean(*boolean)),
        (KeyType::String, Json::String(text)) => Some(Setting::Text(text.clone())),
        _ => None,
    };
    setting
        .filter(|setting| within(key, setting))
        .ok_or_else(|| needed(key))
}

fn within(key: &Key, setting: &Setting) -> bool {
    match setting {
        Setting::Real(real) => {
            let limit = |number: &Option<serde_json::Number>| number.as_ref().and_then(serde_json::Number::as_f64);
            limit(&key.minimum).is_none_or(|least| *real >= least)
                && limit(&key.maximum).is_none_or(|greatest| *real <= greatest)
        }
        Setting::Integer(integer) => {
            // A limit that is not a 64-bit integer is compared as a real number.
            let compare = |limit: &serde_json::Number| match (limit.as_i64(), limit.as_f64()) {
                (Some(limit), _) => integer.cmp(&limit),
                (None, Some(limit)) => (*integer as f64).total_cmp(&limit),
                (None, None) => Ordering::Equal,
            };
            key.minimum.as_ref().is_none_or(|least| compare(least).is_ge())
                && key.maximum.as_ref().is_none_or(|greatest| compare(greatest).is_le())
        }
        Setting::Text(text) => key.choices.is_empty() || key.choices.contains(text),
        Setting::Absent | Setting::Boolean(_) => true,
    }
}

/// A value that does not fit.
fn unfit(key: &Key, value: &str) -> String {
    let choices = key.choices.iter().map(String::as_str);
    let choices = choices.chain(["true", "false"].into_iter().filter(|_| key.kind == KeyType::Boolean));
    format!(
        "{}={value}: expected {}{}",
        key.name,
        needed(key),
        did_you_mean(value, choices)
    )
}

/// What a key's value must be, as a phrase.
fn needed(key: &Key) -> String {
    let kind = match key.kind {
        KeyType::Number => "a number",
        KeyType::Integer => "an integer",
        KeyType::Boolean => return "true or false".to_owned(),
        KeyType::String if key.choices.is_empty() => return "text".to_owned(),
        KeyType::String => return format!("one of {}", key.choices.join(", ")),
    };
    let limit = |limit: &Option<serde_json::Number>| limit.as_ref().map(shortest);
    match (limit(&key.minimum), limit(&key.maximum)) {
        (Some(least), Some(greatest)) => format!("{kind} from {least} to {greatest}"),
        (Some(least), None) => format!("{kind} of at least {least}"),
        (None, Some(greatest)) => format!("{kind} of at most {greatest}"),
        (None, None) => kind.to_owned(),
    }
}

/// A number of a manifest in the fewest digits that identify it: `1` and not `1.0`, `0.1`, `1e40`.
pub fn shortest(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(real) if number.is_f64() => {
            let digits = format!("{real:?}");
            digits.strip_suffix(".0").map_or_else(|| digits.clone(), str::to_owned)
        }
        _ => number.to_string(),
    }
}

fn unknown(manifest: &Manifest, name: &str) -> String {
    if manifest.config.is_empty() {
        return format!("unknown key {name:?}; this plugin has no configuration");
    }
    let names: Vec<&str> = manifest.config.iter().map(|key| key.name.as_str()).collect();
    format!(
        "unknown key {name:?}; its keys are {}{}",
        names.join(", "),
        did_you_mean(name, names.iter().copied())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            br#"{"name":"p","version":"1","abi":1,"panic":"none",
            "operations":[{"name":"a","takes":["f64"],"gives":{"kind":"none"}}],
            "config":[
                {"name":"factor","type":"number","default":1.5,"minimum":0},
                {"name":"level","type":"integer","minimum":0,"maximum":255},
                {"name":"label","type":"string","optional":true},
                {"name":"loud","type":"boolean","default":false},
                {"name":"kind","type":"string","enum":["low","high"],"default":"low"}]}"#,
        )
        .unwrap()
    }

    fn problem(text: &str) -> String {
        Settings::parse(&manifest(), text).unwrap_err().to_string()
    }

    #[test]
    fn defaults_fill_what_is_not_given_in_the_schema_s_order() {
        let settings = Settings::parse(&manifest(), "loud=true, level=7").unwrap();
        let values: Vec<Setting> = settings.values.into_iter().map(|(_, value)| value).collect();
        assert_eq!(
            values,
            [
                Setting::Real(1.5),
                Setting::Integer(7),
                Setting::Absent,
                Setting::Boolean(true),
                Setting::Text("low".to_owned())
            ]
        );
    }

    #[test]
    fn a_wrong_key_or_value_is_named_with_what_is_expected() {
        assert_eq!(
            problem("level=7,facter=2"),
            "p: unknown key \"facter\"; its keys are factor, level, label, loud, kind; did you mean factor?"
        );
        assert_eq!(problem("level=300"), "p: level=300: expected an integer from 0 to 255");
        assert_eq!(
            problem("level=7,factor=fast"),
            "p: factor=fast: expected a number of at least 0"
        );
        assert_eq!(
            problem("level=7,factor=nan"),
            "p: factor=nan: expected a number of at least 0"
        );
        assert_eq!(problem("level=7,loud=yes"), "p: loud=yes: expected true or false");
        assert_eq!(
            problem("factor=1"),
            "p: missing key \"level\": expected an integer from 0 to 255"
        );
        assert_eq!(problem("level=1,level=2"), "p: duplicate key \"level\"");
        assert_eq!(problem("level=1,kind=band"), "p: kind=band: expected one of low, high");
        assert_eq!(problem("level"), "p: expected key=value, found \"level\"");
    }

    #[test]
    fn a_manifest_s_numbers_are_shown_in_shortest_form() {
        let shown = |json: &str| shortest(&serde_json::from_str(json).unwrap());
        for (json, needed) in [
            ("1.0", "1"),
            ("1.000000", "1"),
            ("0.1", "0.1"),
            ("-0.50", "-0.5"),
            ("1e40", "1e40"),
            ("3.4028235e38", "3.4028235e38"),
            ("100000.0", "100000"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
        ] {
            assert_eq!(shown(json), needed, "{json}");
        }
    }

    #[test]
    fn limits_that_are_not_integers_apply_to_integers_too() {
        let mut manifest = manifest();
        manifest.config[1].minimum = serde_json::Number::from_f64(0.5);
        manifest.config[1].maximum = Some(u64::MAX.into());
        assert!(Settings::parse(&manifest, "level=0").is_err());
        assert!(Settings::parse(&manifest, "level=1").is_ok());
    }

    #[test]
    fn quotes_keep_commas_and_quotes() {
        let settings = Settings::parse(&manifest(), r#"label="a, \"b\" \\", level=1"#).unwrap();
        assert_eq!(settings.values[2].1, Setting::Text(r#"a, "b" \"#.to_owned()));
        assert!(problem(r#"label="a"#).contains("closing quote is missing"));
    }

    proptest! {
        #[test]
        fn any_text_is_settings_or_an_error(text in ".*") {
            let _ = Settings::parse(&manifest(), &text);
        }

        #[test]
        fn any_label_survives_quoting(label in ".*") {
            let quoted = label.replace('\\', "\\\\").replace('"', "\\\"");
            let settings = Settings::parse(&manifest(), &format!("label=\"{quoted}\",level=1")).unwrap();
            prop_assert_eq!(&settings.values[2].1, &Setting::Text(label));
        }
    }
}
