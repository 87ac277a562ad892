//! The three example pathways, played: each story with what the engine did.

use crate::play::play;

const EROPAF: &str = include_str!("../../../../dsl-examples/eropaf/eropaf.pathway");
const FAMILIES_FIRST: &str = include_str!("../../../../dsl-examples/families-first/families-first.pathway");
const SCHOOL: &str = include_str!("../../../../dsl-examples/school-absence/school-absence.pathway");

#[test]
fn eropaf_from_report_to_stable() {
    insta::assert_snapshot!(play(
        EROPAF,
        "
        2008-03-03 10:00 corporation_report by corporation months_in_arrears=4 arrears=€2100.00 bailiff_involved=no
        2008-03-04 15:00 take_in done by worker visit_needed=yes bailiff_involved=yes months_in_arrears=4 arrears=€2100.00
        2008-03-05 10:00 first_visit not_home by worker
        2008-03-06 10:00 first_visit not_home by worker
        2008-03-07 14:00 first_visit not_home by worker
        2008-03-11 19:00 first_visit done by worker neglect=yes income_management=agreed social_work_needed=yes
        2008-03-11 19:05 plugin 3 begun
        2008-03-11 19:06 plugin 3 returned
        2008-03-20 11:00 agree done by worker eviction=averted
        2008-03-31 09:00 look_further done by worker social_work_needed=yes
        2008-04-01 09:00 to_social_work taken_up by social_work
        2008-04-02 09:00 to_debt_help accepted by debt_help
        2008-04-20 09:00 to_debt_help taken_up by debt_help
        2008-05-16 10:00 check_in done by worker
        2008-05-19 10:00 check_in done by worker
        2008-07-21 10:00 revisit done by worker
        2008-10-20 10:00 revisit done by worker
        until 2009-05-20
        "
    ));
}

#[test]
fn eropaf_nobody_opens_and_nobody_answers() {
    insta::assert_snapshot!(play(
        EROPAF,
        "
        2008-03-03 10:00 self_report by client bailiff_involved=no
        2008-03-07 10:00 take_in done by worker visit_needed=yes bailiff_involved=no months_in_arrears=2 arrears=€900.00
        2008-03-11 10:00 first_visit not_home by worker
        2008-03-14 14:00 first_visit not_home by worker
        2008-03-17 19:00 first_visit not_home by worker
        2008-03-18 19:00 first_visit not_home by worker
        2008-03-26 19:00 first_visit not_home by worker
        until 2008-04-20
        "
    ));
}

#[test]
fn early_route_goes_straight_to_the_madi_and_falls_back_on_the_intake() {
    insta::assert_snapshot!(play(
        EROPAF,
        "
        2008-04-28 10:00 corporation_report by corporation months_in_arrears=2 arrears=€1100.00 bailiff_involved=no
        until 2008-06-01
        "
    ));
}

#[test]
fn families_first_six_weeks_and_follow_up_help() {
    insta::assert_snapshot!(play(
        FAMILIES_FIRST,
        "
        2010-03-27 09:00 crisis_report by youth_care placement_threatens=yes parents=2 children_under_18=3 parents_willing=1
        2010-03-28 09:30 arrival done by worker
        2010-04-01 12:00 talks done by worker
        2010-04-02 12:00 goals done by worker
        2010-04-12 12:00 evaluation done by worker goals_met=some
        2010-04-20 12:00 network done by worker
        2010-04-21 12:00 relapse_plan done by worker
        2010-04-22 12:00 closing_talk done by worker goals_met=all extension_needed=no
        2010-04-23 12:00 follow_up accepted by regular
        until 2010-05-10
        2010-05-11 12:00 follow_up taken_up by regular
        2011-05-02 12:00 year_measure done by worker children_at_home=yes parents_advice=recommend
        "
    ));
}

#[test]
fn families_first_abuse_interrupts_and_returns() {
    insta::assert_snapshot!(play(
        FAMILIES_FIRST,
        "
        2010-03-01 09:00 crisis_report by council placement_threatens=yes parents=1 children_under_18=1 parents_willing=1
        2010-03-01 20:00 arrival done by worker
        2010-03-03 12:00 abuse by worker
        2010-03-04 11:00 safety_check done by worker abuser_measure=guarantees child_protected=yes other_parent_view=suspects
        2010-03-04 12:00 talks done by worker
        until 2010-03-10
        "
    ));
}

#[test]
fn families_first_only_for_families_that_it_is_meant_for() {
    insta::assert_snapshot!(play(
        FAMILIES_FIRST,
        "
        2010-03-01 09:00 crisis_report by council placement_threatens=yes parents=1 children_under_18=1 parents_willing=0
        "
    ));
}

#[test]
fn school_list_not_handed_in() {
    insta::assert_snapshot!(play(
        SCHOOL,
        "
        2009-03-02 10:00 lesson_held by school
        2009-03-04 16:00 get_list done by coordinator
        2009-03-04 16:10 attendance_list done by teacher absent_unreported=2
        2009-03-04 16:30 phone_call unreachable by mentor
        2009-03-06 16:30 home_visit not_home by mentor
        2009-03-10 16:30 home_visit done by mentor reason=trouble problems_found=yes
        2009-03-12 12:00 to_care declined by care_team
        2009-03-19 12:00 to_care taken_up by care_team
        2009-04-20 10:00 care_check done by coordinator help_adequate=yes
        2009-05-18 10:00 looking_back done by mentor knows_of_action=yes skips_less=yes
        "
    ));
}

#[test]
fn events_that_do_not_fit_are_refused_and_change_nothing() {
    insta::assert_snapshot!(play(
        EROPAF,
        "
        2008-03-03 10:00 take_in done
        2008-03-03 10:00 corporation_report by bailiff months_in_arrears=4 arrears=€2100.00 bailiff_involved=no
        2008-03-03 10:00 corporation_report by corporation months_in_arrears=4
        2008-03-03 10:00 corporation_report by corporation months_in_arrears=4 arrears=€2100.00 bailiff_involved=no
        2008-03-03 11:00 corporation_report by corporation months_in_arrears=4 arrears=€2100.00 bailiff_involved=no
        2008-03-03 12:00 first_visit done
        2008-03-03 12:00 take_in done by corporation visit_needed=yes bailiff_involved=no months_in_arrears=4 arrears=€2100.00
        2008-03-03 12:00 take_in done by worker neglect=yes visit_needed=yes bailiff_involved=no months_in_arrears=4 arrears=€2100.00
        2008-03-02 12:00 moved_away
        2008-03-03 13:00 moved_away
        2008-03-03 14:00 moved_away
        "
    ));
}
