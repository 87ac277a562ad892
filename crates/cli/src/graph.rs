//! `voordeur graph`.

use std::io::{self, Write as _};

use anyhow::Result;
use voordeur_diagram::{Diagram, to_dot, to_mermaid, to_svg};

use crate::args::{GraphArgs, Picture};
use crate::failure::Outcome;
use crate::source;

pub(crate) fn graph(args: &GraphArgs) -> Result<Outcome> {
    let protocol = source::protocol(&args.file, args.pathway.as_deref())?;
    let diagram = Diagram::of(&protocol);
    let picture = match args.format {
        Picture::Svg => to_svg(&diagram),
        Picture::Dot => to_dot(&diagram),
        Picture::Mermaid => to_mermaid(&diagram),
    };
    io::stdout().lock().write_all(picture.as_bytes())?;
    Ok(Outcome::Clean)
}
