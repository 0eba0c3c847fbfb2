//! A plugin's configuration as a JSON Schema document.

use crate::manifest::{Key, KeyType, Manifest};
use serde_json::{Map, Value as Json, json};

/// The dialect that the document is written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl Manifest {
    /// The schema of the plugin's configuration, as a JSON Schema document: an object with the keys that the manifest
    /// lists, each with its type, limits, choices, default and description, and no others.
    pub fn config_schema(&self) -> Json {
        let properties: Map<String, Json> = self
            .config
            .iter()
            .map(|key| (key.name.clone(), property(key)))
            .collect();
        let required = self.config.iter().filter(|key| key.must_be_given());
        let required: Vec<&str> = required.map(|key| key.name.as_str()).collect();
        json!({
            "$schema": DIALECT,
            "title": self.name,
            "description": format!("The configuration of the plugin {} {}.", self.name, self.version),
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

impl Key {
    /// Whether the key is required: it has no default and is not optional.
    pub fn must_be_given(&self) -> bool {
        self.default.is_none() && !self.optional
    }
}

fn property(key: &Key) -> Json {
    let mut property = Map::new();
    let mut put = |word: &str, value: Option<Json>| {
        if let Some(value) = value {
            property.insert(word.to_owned(), value);
        }
    };
    let kind = match key.kind {
        KeyType::Number => "number",
        KeyType::Integer => "integer",
        KeyType::Boolean => "boolean",
        KeyType::String => "string",
    };
    put("type", Some(kind.into()));
    put(
        "description",
        (!key.description.is_empty()).then(|| key.description.clone().into()),
    );
    put("minimum", key.minimum.clone().map(Json::from));
    put("maximum", key.maximum.clone().map(Json::from));
    put("enum", (!key.choices.is_empty()).then(|| key.choices.clone().into()));
    put("default", key.default.clone());
    Json::Object(property)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_a_property_and_keys_without_a_default_are_required() {
        let manifest = Manifest::parse(
            br#"{"name":"x","version":"2","abi":1,"panic":"none",
            "operations":[{"name":"a","takes":["f64"],"gives":{"kind":"none"}}],
            "config":[{"name":"kind","type":"string","enum":["low","high"],"default":"low","description":"What it is."},
                      {"name":"cutoff","type":"number","minimum":0},
                      {"name":"order","type":"integer","maximum":8,"optional":true}]}"#,
        )
        .unwrap();
        assert_eq!(
            manifest.config_schema(),
            json!({
                "$schema": DIALECT,
                "title": "x",
                "description": "The configuration of the plugin x 2.",
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "description": "What it is.", "enum": ["low", "high"], "default": "low"},
                    "cutoff": {"type": "number", "minimum": 0},
                    "order": {"type": "integer", "maximum": 8},
                },
                "required": ["cutoff"],
                "additionalProperties": false,
            })
        );
    }
}
