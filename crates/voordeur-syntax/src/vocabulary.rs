//! The words of the language in both spellings: the one place where they stand.
//!
//! `words.pest` is written from this table (a test sees to it), messages name words from it, and
//! [`translate`](crate::translate) goes by it. A word that stands in two places with two Dutch words
//! (`by worker`, `announce by letter`) has two entries.

use voordeur_messages::Lang;

pub use crate::lists::{
    ANCHORS, DAY_FACTS, END_KINDS, EVENT_WORDS, EVENTS, GROUNDS, HAPPENINGS, PARTIES, STATES,
};
use crate::parse::Rule;

/// A keyword: one word, or words that always stand together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyword {
    /// Its token in the grammar.
    pub(crate) rule: Rule,
    /// Its English forms: singular first where there is a plural.
    english: &'static [&'static str],
    /// Its Dutch forms.
    dutch: &'static [&'static str],
}

impl Keyword {
    /// Its forms in a spelling.
    pub(crate) const fn forms(&self, spelling: Lang) -> &'static [&'static str] {
        match spelling {
            Lang::En => self.english,
            Lang::Nl => self.dutch,
        }
    }

    /// Its form in a spelling: the plural for every number but 1.
    pub(crate) fn form(&self, spelling: Lang, plural: bool) -> &'static str {
        let forms = self.forms(spelling);
        forms.get(usize::from(plural)).or(forms.first()).copied().unwrap_or_default()
    }

    /// What a text that was read as this keyword is in the other spelling.
    pub(crate) fn translated(&self, text: &str, from: Lang, plural: bool) -> &'static str {
        let counts = self.forms(from).len() > 1 || self.forms(from.other()).len() > 1;
        let as_it_is = || self.forms(from).iter().find(|form| same_words(form, text)).copied();
        match self.spelling_of(text) {
            None if !counts => as_it_is().unwrap_or_default(),
            _ => self.form(from.other(), counts && self.says_plural(text, from).unwrap_or(plural)),
        }
    }

    /// Whether a text is the plural; `None` when that cannot be seen.
    fn says_plural(&self, text: &str, spelling: Lang) -> Option<bool> {
        match self.forms(spelling) {
            [singular, plural, ..] if singular != plural => Some(!same_words(singular, text)),
            _ => None,
        }
    }

    /// The spelling of a text that was read as this keyword; `None` when both spell it alike.
    pub(crate) fn spelling_of(&self, text: &str) -> Option<Lang> {
        let said = |lang: Lang| self.forms(lang).iter().any(|form| same_words(form, text));
        match (said(Lang::En), said(Lang::Nl)) {
            (true, false) => Some(Lang::En),
            (false, true) => Some(Lang::Nl),
            _ => None,
        }
    }
}

/// A word of the language, given in English, as a spelling has it: `hands over` is `draagt over`. Of
/// `remind … before each` every part is looked up, and of `else within` every word; a word that the language does not have stays as it is.
///
/// ```
/// use voordeur_messages::Lang;
/// assert_eq!(voordeur_syntax::vocabulary::spelled("hands over", Lang::Nl), "draagt over");
/// assert_eq!(voordeur_syntax::vocabulary::spelled("else within", Lang::Nl), "anders binnen");
/// assert_eq!(voordeur_syntax::vocabulary::spelled("visit", Lang::Nl), "huisbezoek");
/// ```
#[must_use]
pub fn spelled(english: &str, spelling: Lang) -> String {
    let keyword = |part: &str| {
        // `visit` is the word for a visit before it is one of several.
        let alone = KEYWORDS.iter().find(|keyword| keyword.english == [part]);
        let keyword = alone.or_else(|| KEYWORDS.iter().find(|keyword| keyword.english.contains(&part)));
        keyword.map(|keyword| keyword.form(spelling, true).to_owned())
    };
    let word = |word: &str| keyword(word).unwrap_or_else(|| word.to_owned());
    let words = |part: &str| part.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let part = |part: &str| keyword(part).unwrap_or_else(|| words(part));
    english.split(" … ").map(part).collect::<Vec<_>>().join(" … ")
}

/// The keyword of several words that begins with a word: `anniversary of` for `anniversary`.
#[must_use]
pub fn beginning_with(word: &str, spelling: Lang) -> Option<&'static str> {
    let forms = KEYWORDS.iter().flat_map(|keyword| keyword.forms(spelling)).copied();
    forms
        .filter(|form| form.split_once(' ').is_some_and(|(first, _)| first == word))
        .min_by_key(|form| form.len())
}

/// Whether two texts hold the same words, whatever stands between them.
fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// The keyword of a token.
pub(crate) fn keyword(rule: Rule) -> Option<&'static Keyword> {
    static INDEX: std::sync::OnceLock<Vec<Option<&'static Keyword>>> = std::sync::OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let most = KEYWORDS.iter().map(|keyword| keyword.rule as usize).max().unwrap_or(0);
        let mut index = vec![None; most + 1];
        for keyword in KEYWORDS {
            if let Some(slot) = index.get_mut(keyword.rule as usize) {
                *slot = Some(keyword);
            }
        }
        index
    });
    index.get(rule as usize).copied().flatten()
}

/// The same word of a list in the other spelling; `None` for a word that is not in the list in `from`.
pub(crate) fn other_word(list: &[[&'static str; 2]], word: &str, from: Lang) -> Option<&'static str> {
    let (own, other) = from.pick((0, 1), (1, 0));
    list.iter().find(|pair| pair.get(own) == Some(&word)).and_then(|pair| pair.get(other).copied())
}

macro_rules! keywords {
    ($($rule:ident [$($english:literal)+] [$($dutch:literal)+];)*) => {
        /// Every keyword.
        pub(crate) const KEYWORDS: &[Keyword] = &[
            $(Keyword { rule: Rule::$rule, english: &[$($english),+], dutch: &[$($dutch),+] },)*
        ];
    };
}

keywords! {
    k_for_whom ["for whom"] ["voor wie"];
    k_mandate ["mandate"] ["mandaat"];
    k_funding_until ["funding until"] ["financiering tot"];
    k_ends ["ends"] ["stopt op"];
    k_open_cases_go_to ["open cases go to"] ["lopende dossiers gaan naar"];
    k_priorities ["priorities"] ["voorrang"];
    k_consultation ["consultation"] ["overleg"];
    k_existing ["existing"] ["bestaand"];
    k_new ["new"] ["nieuw"];
    k_trained_in ["trained in"] ["opgeleid in"];
    k_may_help ["may help directly"] ["mag zelf helpen"];
    k_only_refers ["only refers"] ["verwijst alleen"];
    k_available ["available"] ["beschikbaar"];
    k_cases ["case" "cases"] ["dossier" "dossiers"];
    k_for_enforcement ["for enforcement"] ["ter handhaving"];
    k_for_help ["for help"] ["ter hulp"];
    k_kept_because ["kept because"] ["bewaard omdat"];
    k_legitimation ["legitimation"] ["verantwoording"];
    k_informed_by ["informed by"] ["ingelicht per"];
    k_may_break_off ["may break off"] ["mag afbreken"];
    k_no_aftercare ["no aftercare because"] ["geen nazorg omdat"];
    k_was ["was"] ["was"];
    k_without ["without"] ["zonder"];
    k_extends ["extends"] ["breidt uit"];
    k_module ["module"] ["module"];
    k_for_each ["for each"] ["voor elk van"];
    k_through ["through"] ["via aanleiding"];
    k_start ["start"] ["start"];
    k_open_at_once ["open at once"] ["tegelijk open"];
    k_contact_person ["contact"] ["contactpersoon"];
    k_capacity ["capacity"] ["capaciteit"];
    k_volunteers ["volunteers"] ["vrijwilligers"];
    k_at_closing ["at closing"] ["bij sluiting"];
    k_measure ["measure"] ["meting"];
    k_move_to ["move to"] ["verplaatsen naar"];
    k_repeat ["repeat"] ["herhalen"];
    k_skip ["skip"] ["overslaan"];
    k_deviation ["deviation"] ["afwijking"];
    k_anniversary_of ["anniversary of"] ["jaardag van"];
    k_then_every ["then every"] ["daarna elke"];
    k_birthday ["birthday"] ["verjaardag"];
    k_eligibility ["eligible"] ["doelgroep"];
    k_eligible ["eligible when"] ["doelgroep als"];
    k_risk_analysis_of ["risk analysis of"] ["risicoanalyse van"];
    k_area_of ["area of"] ["gebied van"];
    k_list_of ["list of"] ["lijst van"];
    k_accept ["accept"] ["aanvaarden"];
    k_action ["action"] ["actie"];
    k_after ["after"] ["na"];
    k_aftercare ["aftercare"] ["nazorg"];
    k_age_of ["age of"] ["leeftijd van"];
    k_agency ["agency"] ["instantie"];
    k_all_of ["all of"] ["alle van"];
    k_always ["always"] ["altijd"];
    k_and ["and"] ["en"];
    k_and_nothing_else ["and nothing else"] ["en verder niets"];
    k_and_once_more ["and attempt once more after"] ["en nog een poging na"];
    k_announced ["announced"] ["aangekondigd"];
    k_announce_by ["announce by"] ["aankondigen per"];
    k_announced_by ["announced by"] ["aangekondigd per"];
    k_answers ["answers"] ["antwoorden"];
    k_any_of ["any of"] ["een van"];
    k_apart ["apart"] ["uit elkaar"];
    k_ask_again ["ask again"] ["vraag opnieuw"];
    k_asks ["asks"] ["vraagt"];
    k_at_most ["at most"] ["hoogstens"];
    k_at_once ["at once"] ["meteen"];
    k_at_least ["at least"] ["minstens"];
    k_attempts ["attempts"] ["pogingen"];
    k_back ["back"] ["terug"];
    k_basis ["basis"] ["grondslag"];
    k_because ["because"] ["omdat"];
    k_before_day ["before"] ["voor"];
    k_before_each ["before each"] ["voor elk"];
    k_before_due ["before"] ["voordat"];
    k_between ["between"] ["tussen"];
    k_birthdate ["birthdate"] ["geboortedatum"];
    k_by ["by"] ["door"];
    k_by_plugin ["by plugin"] ["door plugin"];
    k_calendar ["calendar"] ["kalender"];
    k_call ["call"] ["bel"];
    k_closed ["closed"] ["dicht"];
    k_contact ["contact"] ["contact"];
    k_context ["context"] ["context"];
    k_count ["count"] ["aantal"];
    k_counts ["counts"] ["telt"];
    k_data ["data"] ["gegevens"];
    k_date ["date"] ["datum"];
    k_declined_or_overdue ["declined or overdue"] ["afgewezen of te laat"];
    k_different_parts ["at different parts of the day"] ["op verschillende dagdelen"];
    k_does ["does"] ["doet"];
    k_due ["due"] ["uiterlijk"];
    k_earlier ["before"] ["eerder"];
    k_else ["else"] ["anders"];
    k_end ["end"] ["einde"];
    k_ended ["ended"] ["afgesloten"];
    k_escalate ["escalate"] ["opschalen"];
    k_escalation ["escalation"] ["opschaling"];
    k_eu ["eu"] ["eu"];
    k_event ["event"] ["gebeurtenis"];
    k_every ["every"] ["elke"];
    k_examples ["examples"] ["voorbeelden"];
    k_expect ["expect"] ["verwacht"];
    k_facts ["facts"] ["feiten"];
    k_for ["for"] ["voor"];
    k_from ["from"] ["van"];
    k_from_day ["from"] ["vanaf"];
    k_goal ["goal"] ["doel"];
    k_hands_over ["hands over"] ["draagt over"];
    k_if ["when"] ["als"];
    k_in ["in"] ["in"];
    k_is_due ["is due"] ["verloopt"];
    k_keep ["keep"] ["bewaar"];
    k_case_for ["case for"] ["dossier"];
    k_after_closing ["after closing"] ["na sluiting"];
    k_keeps_running ["keeps running"] ["loopt door"];
    k_known ["known"] ["bekend"];
    k_lasts ["lasts"] ["duurt"];
    k_later ["after"] ["later"];
    k_law ["law"] ["wet"];
    k_lead ["lead"] ["regie"];
    k_may ["may"] ["mag"];
    k_money ["money"] ["bedrag"];
    k_must ["must"] ["moet"];
    k_needs_consent ["needs consent"] ["vereist toestemming"];
    k_no ["no"] ["nee"];
    k_not ["not"] ["niet"];
    k_not_in_school_holidays ["not in school holidays"] ["niet in schoolvakanties"];
    k_number_of ["number of"] ["aantal keer"];
    k_nothing_until ["when nothing happens until"] ["als er niets gebeurt tot"];
    k_notify ["notify"] ["waarschuw"];
    k_of ["of"] ["van"];
    k_of_list ["of"] ["van"];
    k_office_hours ["office hours"] ["kantooruren"];
    k_offers ["offers"] ["biedt"];
    k_on ["on"] ["bij"];
    k_on_day ["on"] ["op"];
    k_once ["once"] ["eenmaal"];
    k_one_of ["one of"] ["een van"];
    k_only ["only"] ["alleen"];
    k_on_working_days ["on working days"] ["op werkdagen"];
    k_open ["open"] ["open"];
    k_over ["over"] ["over"];
    k_or_earlier ["or earlier"] ["of eerder"];
    k_or ["or"] ["of"];
    k_otherwise ["otherwise"] ["anders"];
    k_outcomes ["outcomes"] ["uitkomsten"];
    k_pathway ["pathway"] ["traject"];
    k_paused_while ["paused while"] ["stil zolang"];
    k_per ["per"] ["per"];
    k_prefer ["prefer"] ["liefst"];
    k_prepared_by ["prepared by"] ["voorbereid per"];
    k_question ["question"] ["vraag"];
    k_record ["record"] ["noteer"];
    k_records ["records"] ["noteert"];
    k_refer ["refer"] ["doorverwijzen"];
    k_referral ["referral"] ["doorverwijzing"];
    k_refused ["refused"] ["geweigerd"];
    k_remind ["remind"] ["herinner"];
    k_reminded ["reminded"] ["herinnerd"];
    k_repeatable ["repeatable"] ["herhaalbaar"];
    k_retries ["retries"] ["herhalingen"];
    k_on_failure ["on failure"] ["bij storing"];
    k_retry ["retry"] ["herhaal"];
    k_stop ["stop"] ["stop"];
    k_returns ["returns"] ["geeft"];
    k_role ["role"] ["rol"];
    k_rounded_up ["rounded up"] ["naar boven afgerond"];
    k_same_day ["same day"] ["dezelfde dag"];
    k_school_calendar ["school calendar"] ["schoolkalender"];
    k_sees ["sees"] ["ziet"];
    k_sensitive ["sensitive"] ["gevoelig"];
    k_series ["series"] ["bezoekreeks"];
    k_shared_with ["shared with"] ["gedeeld met"];
    k_silent_after ["silent after"] ["stilte na"];
    k_since ["of"] ["na"];
    k_since_moment ["since"] ["sinds"];
    k_source ["source"] ["bron"];
    k_stage ["stage"] ["fase"];
    k_statutory ["statutory"] ["wettelijk"];
    k_sums ["sums"] ["som van"];
    k_task ["task"] ["taak"];
    k_text ["text"] ["tekst"];
    k_then ["then"] ["daarna"];
    k_then_exhausted ["then exhausted"] ["dan uitgeput"];
    k_times ["time" "times"] ["keer"];
    k_to ["to"] ["naar"];
    k_told ["told"] ["gewaarschuwd"];
    k_trigger ["trigger"] ["aanleiding"];
    k_unannounced ["unannounced"] ["onaangekondigd"];
    k_until_day ["until"] ["tot en met"];
    k_until ["to"] ["tot"];
    k_via ["via"] ["via"];
    k_version ["version"] ["versie"];
    k_visits ["visit" "visits"] ["bezoek" "bezoeken"];
    k_visit ["visit"] ["huisbezoek"];
    k_warm ["warm"] ["warm"];
    k_when ["when"] ["zodra"];
    k_window ["window"] ["marge"];
    k_with ["with"] ["met"];
    k_within ["within"] ["binnen"];
    k_x ["x"] ["x"];
    k_yes ["yes"] ["ja"];
    k_yes_no ["yes_no"] ["ja_nee"];
    k_unit_minutes ["minute" "minutes"] ["minuut" "minuten"];
    k_unit_hours ["hour" "hours"] ["uur" "uur" "uren"];
    k_unit_days ["day" "days"] ["dag" "dagen"];
    k_unit_working_days ["working day" "working days"] ["werkdag" "werkdagen"];
    k_unit_weeks ["week" "weeks"] ["week" "weken"];
    k_unit_months ["month" "months"] ["maand" "maanden"];
    k_unit_teaching_weeks ["teaching week" "teaching weeks"] ["lesweek" "lesweken"];
    k_unit_years ["year" "years"] ["jaar" "jaar" "jaren"];
    k_allow ["allow"] ["sta toe"];
    k_import ["import"] ["importeer"];
    k_open_cases ["open cases"] ["lopende dossiers"];
    k_keep_deadlines ["keep deadlines"] ["termijnen blijven"];
    k_recompute_start ["recompute from start"] ["herbereken vanaf begin"];
    k_recompute_today ["recompute from today"] ["herbereken vanaf vandaag"];
    k_promise ["promise"] ["belofte"];
    k_every_task ["every task"] ["elke taak"];
    k_every_visit ["every visit"] ["elk huisbezoek"];
    k_every_series ["every series"] ["elke bezoekreeks"];
    k_every_referral ["every referral"] ["elke doorverwijzing"];
    k_every_action ["every action"] ["elke actie"];
    k_every_question ["every question"] ["elke vraag"];
    k_a_task ["a task"] ["een taak"];
    k_a_visit ["a visit"] ["een huisbezoek"];
    k_a_series ["a series"] ["een bezoekreeks"];
    k_a_referral ["a referral"] ["een doorverwijzing"];
    k_an_action ["an action"] ["een actie"];
    k_a_question ["a question"] ["een vraag"];
    k_two_tasks ["never two tasks"] ["nooit twee taken"];
    k_two_visits ["never two visits"] ["nooit twee huisbezoeken"];
    k_two_series ["never two series"] ["nooit twee bezoekreeksen"];
    k_two_referrals ["never two referrals"] ["nooit twee doorverwijzingen"];
    k_two_actions ["never two actions"] ["nooit twee acties"];
    k_two_questions ["never two questions"] ["nooit twee vragen"];
    k_two_of ["never two of"] ["nooit twee van"];
    k_is ["is"] ["is"];
    k_is_open ["is open"] ["open is"];
    k_is_opened ["is opened"] ["wordt geopend"];
    k_none ["no"] ["geen"];
    k_no_case_closed ["no case is closed"] ["geen dossier wordt gesloten"];
    k_no_case_ends ["no case ends"] ["geen dossier eindigt in"];
    k_after_that ["after"] ["nadat"];
    k_while ["while"] ["terwijl"];
    k_possible ["possible that"] ["mogelijk dat"];
    k_possible_end ["possible case ends"] ["mogelijk eindigt een dossier in"];
    k_possible_stage ["possible case is in"] ["mogelijk komt een dossier in"];
    k_scenario ["scenario"] ["scenario"];
    k_setting ["setting"] ["instelling"];
}

#[cfg(test)]
mod tests;
