//! Small pathways: what stands around the part that a test is about.

/// A report that leads to `first`.
pub(crate) const KNOCK: &str = "  trigger knock from anyone { -> first }";

/// A pathway with these fields, with `head` before its ends: triggers and stages.
pub(crate) fn pathway(data: &str, head: &str) -> String {
    format!(
        "pathway p {{
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  data {{ {data} }}
{head}
  end good success
  end bad failure
}}
"
    )
}
