//! Words of the language that stand in lists: what they mean depends on the place. English and Dutch.

/// What can happen to an obligation, English and Dutch.
pub const HAPPENINGS: &[[&str; 2]] = &[
    ["begun", "begonnen"],
    ["waived", "afgezien"],
    ["done", "gedaan"],
    ["refused", "geweigerd"],
    ["not_home", "niet_thuis"],
    ["announced", "aangekondigd"],
    ["exhausted", "uitgeput"],
    ["slipped", "verschoven"],
    ["overdue", "te_laat"],
    ["accepted", "aanvaard"],
    ["declined", "afgewezen"],
    ["taken_up", "opgepakt"],
    ["asked_again", "opnieuw_gevraagd"],
    ["returned", "beantwoord"],
    ["failed", "mislukt"],
    ["retried", "opnieuw_geprobeerd"],
    ["gave_up", "opgegeven"],
    ["missed", "gemist"],
    ["silent", "stil"],
    ["passed_on", "doorgegeven"],
    ["prepared", "voorbereid"],
    ["all_done", "alle_gedaan"],
    ["over", "voorbij"],
    ["any_ended", "een_afgesloten"],
    ["all_ended", "alle_afgesloten"],
    ["step", "stap"],
    ["resolved", "opgelost"],
    ["cancelled", "vervallen"],
];

/// How an obligation that is open can stand. English and Dutch; the words for what happened to it go before these.
pub const STATES: &[[&str; 2]] = &[
    ["open", "open"],
    ["offered", "aangeboden"],
    ["planned", "gepland"],
    ["attempted", "geprobeerd"],
    ["running", "lopend"],
    ["sent", "verstuurd"],
    ["requested", "aangevraagd"],
];

/// Parties that are in every pathway. English and Dutch.
pub const PARTIES: &[[&str; 2]] = &[["client", "client"], ["anyone", "iedereen"]];

/// Moments that are in every pathway. English and Dutch.
pub const ANCHORS: &[[&str; 2]] = &[["report", "melding"], ["entry", "begin"]];

/// Events that are in every pathway. English and Dutch.
pub const EVENTS: &[[&str; 2]] = &[
    ["consent", "toestemming"],
    ["deceased", "overleden"],
    ["moved_away", "verhuisd"],
    ["relapse", "terugval"],
];

/// What a condition may say of the day and the hour at which something happens.
pub const DAY_FACTS: &[[&str; 2]] = &[
    ["weekend", "weekend"],
    ["working_day", "werkdag"],
    ["holiday", "feestdag"],
    ["school_holiday", "schoolvakantie"],
    ["office_time", "kantoortijd"],
];

/// What can happen to an event of the language. English and Dutch.
pub const EVENT_WORDS: &[[&str; 2]] = &[["given", "gegeven"], ["withdrawn", "ingetrokken"]];

/// What an end means for the client. English and Dutch.
pub const END_KINDS: &[[&str; 2]] =
    &[["success", "geslaagd"], ["withdrawn", "ingetrokken"], ["failure", "mislukt"], ["other", "anders"]];

/// Grounds for processing personal data (GDPR art. 6). English and Dutch.
pub const GROUNDS: &[[&str; 2]] = &[
    ["public_task", "publieke_taak"],
    ["legal_duty", "wettelijke_plicht"],
    ["consent", "toestemming"],
    ["vital_interest", "vitaal_belang"],
    ["legitimate_interest", "gerechtvaardigd_belang"],
];
