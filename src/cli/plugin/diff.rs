//! `tollgate plugin diff`.

use crate::cli::Report;
use crate::cli::failure::{Failure, one_line};
use crate::cli::result;
use serde_json::{Value as Json, json};
use tollgate::Host;
use tollgate_inspect::{Diff, Difference, Effect};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plugin in use: a name to search for, or a path
    old: String,
    /// The plugin that is to replace it: a path, or a name to search for
    new: String,
}

pub(crate) fn run(host: &Host, arguments: &Arguments) -> Result<Report, Failure> {
    let inspected = |plugin: &str| -> Result<_, Failure> { Ok(tollgate_inspect::inspect(host.find(plugin)?)?) };
    let (old, new) = (inspected(&arguments.old)?, inspected(&arguments.new)?);
    let sides = [&old, &new].map(|inspection| {
        json!({
            "file": inspection.file.display().to_string(),
            "hash": inspection.hash,
            "version": inspection.manifest.as_ref().map(|manifest| &manifest.version),
        })
    });
    let same = old.hash == new.hash;
    let diff = tollgate_inspect::diff(old, new)?;
    let document = json!({
        "old": sides[0],
        "new": sides[1],
        "same_bytes": same,
        "forward": diff.forward().name(),
        "backward": diff.backward().name(),
        "differences": diff.differences.iter().map(difference_json).collect::<Vec<_>>(),
    });
    let mut report = Report::new(text(&diff, same), document);
    if diff.forward() == Effect::Breaks {
        let count = |diff: &Diff| {
            let forward = diff.differences.iter().map(|difference| difference.forward);
            forward.filter(|effect| *effect == Effect::Breaks).count()
        };
        report.failure = Some(Failure::Work {
            code: "incompatible",
            message: format!(
                "{} cannot replace {}: {} break{} what worked",
                arguments.new,
                arguments.old,
                match count(&diff) {
                    1 => "1 difference".to_owned(),
                    many => format!("{many} differences"),
                },
                if count(&diff) == 1 { "s" } else { "" },
            ),
        });
    }
    Ok(report)
}

fn difference_json(difference: &Difference) -> Json {
    json!({
        "field": difference.field,
        "old": difference.old,
        "new": difference.new,
        "forward": difference.forward.name(),
        "backward": difference.backward.name(),
        "reason": difference.reason,
    })
}

fn text(diff: &Diff, same: bool) -> String {
    if diff.differences.is_empty() {
        return if same {
            "The files are identical.\n".to_owned()
        } else {
            "Only the code differs: nothing changed that hosts, chains or configurations depend on.\n".to_owned()
        };
    }
    let mut table = result::plain_table();
    table.set_header(["field", "old", "new", "old → new", "new → old", "why"]);
    for difference in &diff.differences {
        table.add_row([
            one_line(&difference.field),
            one_line(&difference.old),
            one_line(&difference.new),
            difference.forward.name().to_owned(),
            difference.backward.name().to_owned(),
            one_line(&difference.reason),
        ]);
    }
    let whole = |effect: Effect| match effect {
        Effect::Works => "works as before",
        Effect::Differs => "works, but some outputs differ",
        Effect::Breaks => "breaks",
    };
    format!(
        "{}\nusers of the old version, with the new one: {}\nusers of the new version, with the old one: {}\n",
        table.trim_fmt(),
        whole(diff.forward()),
        whole(diff.backward())
    )
}
