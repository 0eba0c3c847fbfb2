//! The first difference between two layouts, in one line. The report of abi_stable has up to 190 lines.

use std::collections::HashSet;
use tollgate_abi::stable::abi_stable::type_layout::{TLField, TypeLayout};

type Layout = &'static TypeLayout;

/// The first difference between the host's layout of a type and the plugin's, including all types that they refer to;
/// `None` if they are equal.
pub(crate) fn first(host: Layout, plugin: Layout) -> Option<String> {
    Comparison::default().types(host, plugin)
}

#[derive(Default)]
struct Comparison {
    /// Pairs that were compared or are being compared: types can refer to each other in cycles.
    seen: HashSet<(usize, usize)>,
}

impl Comparison {
    fn types(&mut self, host: Layout, plugin: Layout) -> Option<String> {
        let address = |layout: Layout| std::ptr::from_ref(layout).addr();
        if !self.seen.insert((address(host), address(plugin))) {
            return None;
        }
        if name(host) != name(plugin) || host.data_discriminant() != plugin.data_discriminant() {
            return Some(format!("host {}, plugin {}", name(host), name(plugin)));
        }
        self.fields(host, plugin)
            .or_else(|| self.parameters(host, plugin))
            .or_else(|| {
                let shape = |layout: Layout| format!("{} bytes aligned to {}", layout.size(), layout.alignment());
                let differs = (host.size(), host.alignment()) != (plugin.size(), plugin.alignment());
                differs.then(|| format!("`{}`: host {}, plugin {}", name(host), shape(host), shape(plugin)))
            })
    }

    fn fields(&mut self, host: Layout, plugin: Layout) -> Option<String> {
        let list = |layout: Layout| layout.get_fields().map(|fields| fields.to_vec()).unwrap_or_default();
        let (hosts, plugins) = (list(host), list(plugin));
        let (mut host_end, mut plugin_end) = (0, 0);
        for (ours, theirs) in hosts.iter().zip(&plugins) {
            let (at, theirs_at) = (place(ours, &mut host_end), place(theirs, &mut plugin_end));
            let field = format!("`{}.{}`", name(host), ours.name());
            if ours.name() != theirs.name() {
                return Some(format!("{field}: the plugin has the field `{}` there", theirs.name()));
            }
            let differs = at != theirs_at || name(ours.layout()) != name(theirs.layout());
            if differs || ours.is_function() != theirs.is_function() {
                return Some(format!(
                    "{field}: host {} at byte {at}, plugin {} at byte {theirs_at}",
                    name(ours.layout()),
                    name(theirs.layout())
                ));
            }
            if let Some(difference) = self
                .functions(ours, theirs)
                .or_else(|| self.types(ours.layout(), theirs.layout()))
            {
                // An inner difference names its own type; one of the types themselves has no name yet.
                return Some(if difference.starts_with('`') {
                    difference
                } else {
                    format!("{field}: {difference}")
                });
            }
        }
        let count = |fields: &[TLField]| fields.len();
        (count(&hosts) != count(&plugins)).then(|| {
            let (side, extra) = match hosts.get(plugins.len()) {
                Some(extra) => ("host", extra),
                None => ("plugin", &plugins[hosts.len()]),
            };
            format!(
                "`{}`: host {} fields, plugin {}: only the {side} has `{}`",
                name(host),
                count(&hosts),
                count(&plugins),
                extra.name()
            )
        })
    }

    /// The parameters and results of functions in a field.
    fn functions(&mut self, host: &TLField, plugin: &TLField) -> Option<String> {
        let (ours, theirs) = (host.function_range(), plugin.function_range());
        for (ours, theirs) in ours.iter().zip(theirs.iter()) {
            let (parameters, others) = (&ours.param_type_layouts, &theirs.param_type_layouts);
            if parameters.len() != others.len() {
                return Some(format!("host {} parameters, plugin {}", parameters.len(), others.len()));
            }
            for (index, (parameter, other)) in parameters.iter().zip(others.iter()).enumerate() {
                if let Some(difference) = self.types(parameter(), other()) {
                    return Some(inside(difference, || format!("parameter {}", index + 1)));
                }
            }
            if let (Some(result), Some(other)) = (ours.return_type_layout(), theirs.return_type_layout())
                && let Some(difference) = self.types(result(), other())
            {
                return Some(inside(difference, || "the result".to_owned()));
            }
        }
        None
    }

    /// The targets of pointers, and other types that are not fields.
    fn parameters(&mut self, host: Layout, plugin: Layout) -> Option<String> {
        let phantom = |layout: Layout| layout.phantom_fields().to_vec();
        for (ours, theirs) in phantom(host).iter().zip(&phantom(plugin)) {
            if let Some(difference) = self.types(ours.layout(), theirs.layout()) {
                return Some(difference);
            }
        }
        let generics = |layout: Layout| layout.generics().type_params();
        for (ours, theirs) in generics(host).iter().zip(generics(plugin)) {
            if let Some(difference) = self.types(ours(), theirs()) {
                return Some(difference);
            }
        }
        None
    }
}

fn inside(difference: String, place: impl Fn() -> String) -> String {
    if difference.starts_with('`') {
        difference
    } else {
        format!("{}: {difference}", place())
    }
}

/// The offset of a field of a C structure after the one that ended at `end`, which is advanced.
fn place(field: &TLField, end: &mut usize) -> usize {
    // A function is a pointer, regardless of its layout.
    let (size, alignment) = if field.is_function() {
        (size_of::<usize>(), align_of::<usize>())
    } else {
        (field.layout().size(), field.layout().alignment())
    };
    let start = end.next_multiple_of(alignment.max(1));
    *end = start + size;
    start
}

/// The Rust name of a type, without lifetimes.
fn name(layout: Layout) -> &'static str {
    layout.name()
}
