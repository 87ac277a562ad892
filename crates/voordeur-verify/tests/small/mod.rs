//! Small pathways: what stands around the part that a test is about.

/// A report that leads to `first`.
pub(crate) const KNOCK: &str = "  trigger knock from anyone { -> first }";

/// A pathway with these fields, two blanks apart, with `head` before its ends: triggers and stages. It says why it asks what
/// nothing reads, and why nobody looks back: these tests are about other faults.
pub(crate) fn pathway(data: &str, head: &str) -> String {
    let fields = data.split("  ").filter(|field| !field.is_empty());
    let data: Vec<String> = fields.map(|field| format!("{field} kept because \"short\"")).collect();
    let data = data.join("  ");
    format!(
        "pathway p {{
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  data {{ {data} }}
{head}
  end good success no aftercare because \"short\"
  end bad failure
}}
"
    )
}
