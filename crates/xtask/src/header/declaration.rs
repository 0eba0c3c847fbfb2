//! The contract's types as declarations in C.

use super::WIDTH;
use syn::{NamedArg, PointerMutability, ReturnType, Type, TypeFnPtr};
use tollgate_abi::{Field, LAYOUTS, Layout};

/// A structure's tag. C++ has one namespace for tags and functions, and `tollgate_entry` is the exported function.
pub(super) fn tag(name: &str) -> String {
    match name {
        "entry" => "tollgate_functions".to_owned(),
        name => format!("tollgate_{name}"),
    }
}

/// A field, without the semicolon; it may take several lines.
pub(super) fn declaration(structure: &Layout, field: &Field) -> Result<String, String> {
    let at = |problem: String| format!("{}.{}: {problem}", structure.name, field.name);
    let kind = syn::parse_str(field.kind).map_err(|error| at(error.to_string()))?;
    let context = Context {
        structure,
        // Text bytes are `char` in C, other bytes `void`.
        bytes: if structure.name == "text" { "char" } else { "void" },
    };
    match &kind {
        Type::FnPtr(function) => context.function(field.name, function),
        kind => context.variable(field.name, kind),
    }
    .map_err(at)
}

struct Context<'a> {
    structure: &'a Layout,
    bytes: &'static str,
}

impl Context<'_> {
    fn function(&self, name: &str, function: &TypeFnPtr) -> Result<String, String> {
        let result = match &function.output {
            ReturnType::Default => "void ".to_owned(),
            ReturnType::Type(_, kind) => self.before(kind)?,
        };
        let mut declared = format!("{result}(*{name})(");
        let start = declared.len() + 4; // the indentation of the field
        let mut column = start;
        for (index, parameter) in function.inputs.iter().enumerate() {
            let NamedArg { name, ty, .. } = parameter;
            let (name, _) = name.as_ref().ok_or("a parameter of a function has no name")?;
            let variable = self.variable(&name.to_string(), ty)?;
            if index > 0 {
                let room = column + 2 + variable.len() + ");".len() <= WIDTH;
                declared.push_str(if room { ", " } else { ",\n" });
                if !room {
                    declared.push_str(&" ".repeat(start));
                    column = start;
                } else {
                    column += 2;
                }
            }
            column += variable.len();
            declared.push_str(&variable);
        }
        Ok(declared + ")")
    }

    fn variable(&self, name: &str, kind: &Type) -> Result<String, String> {
        Ok(format!("{}{name}", self.before(kind)?))
    }

    /// The text before a variable's name: the type, and a space or asterisks.
    fn before(&self, kind: &Type) -> Result<String, String> {
        match kind {
            Type::Ptr(pointer) => {
                let constant = matches!(pointer.mutability, PointerMutability::Const(_));
                let to = self.before(&pointer.elem)?;
                let constant = if constant { "const " } else { "" };
                Ok(format!("{constant}{to}*"))
            }
            Type::Path(path) => {
                let last = path.path.segments.last().ok_or("a type without a name")?;
                Ok(self.named(&last.ident.to_string())? + " ")
            }
            _ => Err("a type that cannot be written in the contract's header".to_owned()),
        }
    }

    fn named(&self, name: &str) -> Result<String, String> {
        Ok(match name {
            "u8" => self.bytes.to_owned(),
            "u32" | "u64" | "i32" | "i64" => {
                let sign = if name.starts_with('u') { "u" } else { "" };
                format!("{sign}int{}_t", &name[1..])
            }
            "f64" => "double".to_owned(),
            "c_void" => "void".to_owned(),
            "c_char" => "char".to_owned(),
            "Status" => "tollgate_status_t".to_owned(),
            "Element" | "Kind" | "Level" => "uint32_t".to_owned(),
            // Inside a structure its `typedef` name is not defined yet.
            name if name == self.structure.rust => format!("struct {}", tag(self.structure.name)),
            name => {
                let layout = LAYOUTS.iter().find(|layout| layout.rust == name);
                let layout = layout.ok_or_else(|| format!("the type {name} has no name in C"))?;
                format!("tollgate_{}_t", layout.name)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(structure: &str, field: &str) -> String {
        let structure = LAYOUTS.iter().find(|layout| layout.name == structure).unwrap();
        let field = structure.fields.iter().find(|known| known.name == field).unwrap();
        declaration(structure, field).unwrap()
    }

    #[test]
    fn fields_are_declared_as_c_has_them() {
        assert_eq!(declared("text", "data"), "const char *data");
        assert_eq!(declared("block", "data"), "const void *data");
        assert_eq!(declared("block", "strides"), "const int64_t *strides");
        assert_eq!(declared("attribute", "kind"), "uint32_t kind");
        assert_eq!(
            declared("entry", "extension"),
            "const void *(*extension)(const char *id)"
        );
        assert_eq!(
            declared("sink", "reserve"),
            "tollgate_status_t (*reserve)(struct tollgate_sink *sink, uint64_t bytes)"
        );
        assert!(declared("entry", "create").ends_with("tollgate_sink_t *sink, void **instance)"));
    }
}
