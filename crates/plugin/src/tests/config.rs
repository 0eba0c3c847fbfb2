//! Configurations: what the macro generates for a field, whatever the name of its type.

use super::small_host::{SmallHost, line_of};
use crate::{Attribute, Block, Config, Error, Result, Sink, Value, operations};
use tollgate_abi::Status;

#[derive(Config)]
struct Gain {
    /// How much.
    #[config(default = 1.0, minimum = 0)]
    factor: f32, // factor
    #[config(minimum = -1, maximum = 100)]
    level: i8, // level
    limit: std::option::Option<f32>,
}

#[operations]
impl Gain {
    #[operation(takes = [f64], gives = any)]
    fn call(&self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Err(Error::new(format!("{} {} {:?}", self.factor, self.level, self.limit)))
    }
}

#[test]
fn limits_are_the_author_s_or_else_the_type_s() {
    let schema: serde_json::Value = serde_json::from_str(Gain::SCHEMA).unwrap();
    assert_eq!(
        schema,
        serde_json::json!([
            {"name": "factor", "type": "number", "minimum": 0, "maximum": 3.4028235e38, "default": 1.0, "description": "How much."},
            {"name": "level", "type": "integer", "minimum": -1, "maximum": 100, "description": ""},
            {"name": "limit", "type": "number", "minimum": -3.4028235e38, "maximum": 3.4028235e38, "optional": true, "description": ""},
        ])
    );
}

/// Makes "loud" things
/// louder.
///
/// This is a second paragraph.
#[derive(Config)]
struct Documented;

#[operations]
impl Documented {
    #[operation(takes = [f64], gives = none)]
    fn nothing(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn the_first_paragraph_of_a_type_s_documentation_describes_the_plugin() {
    use crate::__private::{Exported, as_str, length, parts};
    fn description<P: Exported>() -> String {
        let exports = P::EXPORTS;
        let parts = parts(&exports, "name", "1", "Of the crate.", "unwind");
        let mut json = vec![0; length(&parts)];
        crate::manifest::write(&parts, &mut json);
        let manifest: serde_json::Value = serde_json::from_str(as_str(&json)).unwrap();
        manifest["description"].as_str().unwrap().to_owned()
    }
    assert_eq!(Documented::DESCRIPTION, "Makes \"loud\" things louder.");
    assert_eq!(description::<Documented>(), Documented::DESCRIPTION);
    // Without documentation it is the crate's.
    assert_eq!(description::<Gain>(), "Of the crate.");
}

fn refused(config: &[Attribute<'_>]) -> (Status, String, String, u32) {
    let mut host = SmallHost::new();
    let status = host.create::<Gain>(config).map(drop).unwrap_err();
    let said = host.said.remove(0);
    (status, said.message, said.file, said.line)
}

#[test]
fn an_invalid_value_from_the_host_is_reported_at_the_author_s_field() {
    const RULE: &str = "the host must pass every key of the manifest's schema, in its order and within its limits";
    let real = |value| Attribute::new("factor", Value::Real(value));
    for (config, problem, line) in [
        (
            &[real(1e39)][..],
            "\"factor\": expected a number within the limits of its type, found \
                1000000000000000000000000000000000000000",
            ", // factor",
        ),
        (
            &[real(1.0)],
            "\"level\": expected an integer within the limits of its type, found nothing",
            ", // level",
        ),
        (
            &[real(1.0), Attribute::new("limit", Value::Absent)],
            "\"level\": expected an integer within the limits of its type, found the key \"limit\" instead",
            ", // level",
        ),
    ] {
        assert_eq!(
            refused(config),
            (
                Status::CONFIG,
                format!("invalid configuration key {problem}: {RULE}"),
                file!().to_owned(),
                line_of(include_str!("config.rs"), line)
            )
        );
    }
}

#[test]
fn an_operation_may_be_named_call_and_take_a_shared_self() {
    let mut host = SmallHost::new();
    let config = [
        Attribute::new("factor", Value::Real(0.5)),
        Attribute::new("level", Value::Integer(7)),
        Attribute::new("limit", Value::Absent),
    ];
    let instance = host.create::<Gain>(&config).unwrap();
    assert_eq!(instance.call(&mut host, 0), Status::FAILED);
    assert_eq!(host.said[0].message, "0.5 7 None");
}

/// Types of an author with the same names as the macro's.
mod named_alike {
    #![allow(non_camel_case_types, dead_code, unused_macros, clippy::upper_case_acronyms)]

    use crate::{Config, operations};

    macro_rules! panic {
        () => {};
    }

    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Literal;
    pub(super) struct u8;
    pub(super) struct u32;
    pub(super) struct str;
    pub(super) struct LENGTH;
    pub(super) struct PARTS;

    #[derive(Config)]
    pub(super) enum Part {
        Whole,
        Half,
    }

    #[derive(Config)]
    pub(super) struct Plugin {
        #[config(default = "half")]
        attributes: Part,
        #[config(default = 1, minimum = 0)]
        operation: ::core::primitive::u8,
    }

    #[operations]
    impl Plugin {
        /// Does nothing.
        #[operation(takes = [f64], gives = none)]
        fn input(&mut self, _input: &crate::Block<'_>, _output: &mut crate::Sink<'_>) -> crate::Result<()> {
            Ok(())
        }
    }

    /// The same, generated by a macro of the author, with its own names.
    macro_rules! plugin {
        ($name:ident, $key:ident: $type:ty, $operation:ident) => {
            #[derive(Config)]
            pub(super) struct $name {
                #[config(default = 1)]
                $key: $type,
            }

            #[operations]
            impl $name {
                #[operation(takes = [f64], gives = none)]
                fn $operation(&mut self, _: &crate::Block<'_>, _: &mut crate::Sink<'_>) -> crate::Result<()> {
                    Ok(())
                }
            }
        };
    }

    plugin!(OfAMacro, key: i32, output);
}

#[test]
fn an_author_s_types_may_have_any_name() {
    assert!(named_alike::Plugin::SCHEMA.contains("\"enum\":[\"whole\",\"half\"],\"default\":\"half\""));
    assert!(<named_alike::Plugin as crate::Plugin>::OPERATIONS.contains("\"input\""));
    assert!(<named_alike::OfAMacro as crate::Plugin>::OPERATIONS.contains("\"output\""));
}

struct Conditional;

impl Config for Conditional {
    const SCHEMA: &'static str = "[]";

    fn from_attributes(_attributes: &[Attribute<'_>]) -> Result<Self> {
        Ok(Self)
    }
}

#[operations]
#[cfg(not(test))]
impl Conditional {
    #[operation(takes = [f64], gives = none)]
    fn never(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[operations]
#[cfg(test)]
impl Conditional {
    #[operation(takes = [f64], gives = none)]
    fn always(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_whole_block_of_operations_may_have_a_condition() {
    assert!(<Conditional as crate::Plugin>::OPERATIONS.contains("\"always\""));
}
