//! What is found of the reports with which cases begin: answers that stay open, and days on which nobody can report.

use voordeur_diagnostics::text_of;
use voordeur_verify::{Budget, compile, verify};

fn source(header: &str, body: &str) -> String {
    format!(
        "pathway door \"Door\" {{
  version \"1\" {header}
  goal \"Nobody is given up\"
  for whom \"everybody\"
  lead house
  calendar nl
  agency house
  role worker of house
{body}
  end good success no aftercare because \"x\"
  end bad failure
}}
"
    )
}

/// What is found of a pathway, with its histories.
fn told(header: &str, body: &str) -> String {
    let compiled = compile(&source(header, body));
    let looked_at = compiled.protocols.first().map(|protocol| verify(protocol, Budget::default()));
    let mut all = compiled.problems.clone();
    all.extend(looked_at.into_iter().flat_map(|report| report.findings));
    text_of(&compiled.sources, &all, false)
}

/// A stage for each name, in which somebody calls.
fn stages(names: &[&str]) -> String {
    let one = |name: &&str| {
        format!(
            "  stage {name} {{ must task call_{name} by worker within 1 week  on call_{name} done -> good  on call_{name} overdue -> bad }}\n"
        )
    };
    names.iter().map(one).collect()
}

#[test]
fn a_report_that_leaves_open_what_a_branch_reads_is_shown_refused() {
    let open = format!(
        "  data {{ urgent yes_no? \"Urgent\" }}
  trigger signal from anyone {{ asks urgent  when urgent -> fast  otherwise -> slow }}\n{}",
        stages(&["fast", "slow"])
    );
    let found = told("", &open);
    assert!(found.contains("error[may-be-unrecorded]: `urgent` is needed here"), "{found}");
    assert!(found.contains("`signal`: `urgent` has not been recorded"), "{found}");
    let tested = open.replace("when urgent ->", "when known urgent and urgent ->");
    assert_eq!(told("", &tested), "");
}

/// An age is asked as a day of birth.
#[test]
fn who_belongs_to_the_target_group_must_be_known() {
    let open = format!(
        "  eligible when age of born >= 18, else -> bad
  data {{ born birthdate? kept because \"x\" }}
  trigger signal from anyone {{ asks born -> talk }}\n{}",
        stages(&["talk"])
    );
    let found = told("", &open);
    assert!(found.contains("ask it on that way (`asks born`)"), "{found}");
    assert_eq!(told("", &open.replace("birthdate?", "birthdate")), "");
}

/// A value that a setting has before the version takes reports, or after that, is the value of no case.
#[test]
fn settings_have_the_values_of_days_on_which_somebody_can_report() {
    let body = |values: &str| {
        format!(
            "  setting limit = {values}
  data {{ months count 0..10 kept because \"x\" }}
  trigger signal from anyone {{ asks months -> first }}
  stage first {{
    must task intake by worker within 1 week
    on intake done when months > limit -> good
    on intake done when months <= 8    -> bad
    on intake overdue -> bad
  }}"
        )
    };
    let overlap = "error[overlapping-guards]";
    assert_eq!(told("from 2027-01-01", &body("5 from 2026-01-01 = 8")), "");
    assert!(told("from 2027-01-01", &body("5 from 2027-06-01 = 8")).contains(overlap));
    assert_eq!(told("from 2027-01-01 until 2028-12-31", &body("8 from 2030-01-01 = 5")), "");
    assert!(told("from 2027-01-01", &body("8 from 2030-01-01 = 5")).contains(overlap));
}

/// What is wrong with the values of later days only is shown on a day on which they hold; and nothing is played with the values of others.
#[test]
fn a_fault_of_later_values_is_shown_on_a_later_day() {
    let body = "  setting limit = 5 from 2028-01-01 = 8
  data { months count 0..10 kept because \"x\" }
  trigger signal from anyone { asks months -> first }
  stage first {
    must task intake by worker within 1 week
    on intake done when months > limit -> good
    on intake done when months <= 5    -> bad
    on intake overdue -> bad
  }";
    let found = told("from 2027-01-01", body);
    assert!(found.contains("error[gap-in-guards]"), "{found}");
    assert!(found.contains("2028-01-03") && !found.contains("2027-"), "{found}");
    let whole = source("from 2027-01-01", body);
    assert!(compile(&whole).protocols.is_empty(), "{whole}");
}

/// Databases know editions by their days: those under which nobody can be reported are there all the same.
#[test]
fn editions_that_take_no_reports_stay_what_they_are() {
    let body = "  setting limit = 5 from 2026-01-01 = 8 from 2030-01-01 = 9
  data { months count 0..10 kept because \"x\" }
  trigger signal from anyone { asks months -> first }
  stage first {
    must task intake by worker within 1 week
    on intake done when months > limit -> good
    on intake done otherwise           -> bad
    on intake overdue -> bad
  }";
    let whole = source("from 2027-01-01 until 2028-12-31", body);
    let compiled = compile(&whole);
    let [protocol] = compiled.protocols.as_slice() else { panic!("{whole}") };
    let days = |all: Vec<&voordeur_protocol::CheckedProtocol>| -> Vec<String> {
        all.iter().map(|one| one.edition().map_or_else(String::new, |day| day.to_string())).collect()
    };
    assert_eq!(days(protocol.editions().collect()), ["", "2026-01-01", "2030-01-01"]);
    assert_eq!(days(protocol.editions_in_force()), ["2026-01-01"]);
}
