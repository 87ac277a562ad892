//! The registry of rules: each finding comes from one of these.

use std::fmt;

macro_rules! rules {
    ($($variant:ident $name:literal $summary:literal),* $(,)?) => {
        /// A rule. Its name is part of the interface: files and tools may name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $summary] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it says, in one sentence.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

rules! {
    SyntaxError "syntax-error" "The text does not follow the grammar.",
    MissingBrace "missing-brace" "A block is opened and not closed, or closed and not opened.",
    NestedTooDeep "nested-too-deep" "Blocks or conditions are nested deeper than anybody can read.",
    NotUtf8 "not-utf8" "The file is not text in UTF-8.",
    TooLarge "too-large" "The file, or a table in it, is larger than a pathway can be.",
    TooManyProblems "too-many-problems" "There are more problems than are shown.",
    NotSupportedYet "not-supported-yet" "The language has a place for this, but it does not work yet.",
    ImportFailed "import-failed" "A file that is imported cannot be read.",
    MixedSpelling "mixed-spelling" "A file uses the English and the Dutch spelling together.",
    UnknownName "unknown-name" "A name is used that is not declared.",
    DeclaredTwice "declared-twice" "A name is declared more than once.",
    WrongKind "wrong-kind" "A name is used as something that it is not.",
    TypeMismatch "type-mismatch" "A value does not fit the type of the field.",
    BadDate "bad-date" "A date does not exist.",
    BadNumber "bad-number" "A number is too large, or a range is empty.",
    MissingClause "missing-clause" "Something is declared without a part that it needs.",
    MisplacedClause "misplaced-clause" "A clause stands where it has no meaning.",
    OverlappingGuards "overlapping-guards" "Two rules apply to the same household at the same moment.",
    GapInGuards "gap-in-guards" "For some households no rule applies.",
    TooManyCombinations "too-many-combinations" "The conditions are too many to be compared one by one.",
    UnreachableStage "unreachable-stage" "No case can ever get there.",
    NoWayOut "no-way-out" "A case that gets there never gets to an end.",
    DeadlineWithoutAnswer "deadline-without-answer" "A term can be missed, and nothing says what happens then.",
    ReferralWithoutFallback "referral-without-fallback" "A referral has neither a term nor a fallback.",
    UnhandledOutcome "unhandled-outcome" "An obligation can end in a way after which nothing happens.",
    NotShared "not-shared" "A field goes to a party with which it is not shared.",
    SensitiveWithoutBasis "sensitive-without-basis" "A sensitive field is kept without a ground in law.",
    MayBeUnrecorded "may-be-unrecorded" "A field is read on a way on which nobody has recorded it.",
    DeadRule "dead-rule" "A rule can never apply.",
    ScenarioFailed "scenario-failed" "A scenario goes otherwise than it says.",
    EndlessLoop "endless-loop" "Rules set each other off without an event or time.",
    ColdHandover "cold-handover" "A warm referral counts as done before the receiver has spoken to the household.",
    GapAfterProgramme "gap-after-programme" "What comes after intensive help is asked for only when that help is over.",
    ProblemWithoutRoute "problem-without-route" "A problem is asked for at the door, and no way leads to the agency that it is meant for.",
    NoAftercare "no-aftercare" "A household that was helped is let go without anybody looking back.",
    LeftToTheClient "left-to-the-client" "The household is told what to do, and nobody asks whether it was done.",
    VisitsWithoutEnd "visits-without-end" "Visits can be made again and again without a limit.",
    AttemptsWithoutEnd "attempts-without-end" "Nothing says how often a visit is tried.",
    VisitorAlone "visitor-alone" "One person goes where two are needed.",
    VisitWithoutRecord "visit-without-record" "Nothing that is seen at a visit is written down.",
    VisitWithoutReport "visit-without-report" "Whatever a visit finds, nothing follows from it.",
    VisitWithoutRefusal "visit-without-refusal" "Nothing says what follows when a visit is refused, or a penalty does.",
    ConsentWithoutWithdrawal "consent-without-withdrawal" "Consent can be given and not be taken back.",
    OptInMissesTheMostVulnerable "opt-in-misses-the-most-vulnerable" "Only households that answer are visited.",
    SignalOnTheShelf "signal-on-the-shelf" "What is found at the door is never looked at again.",
    MixedPurposes "mixed-purposes" "Answers for enforcement and answers for help are not kept apart.",
    SelectedWithoutTelling "selected-without-telling" "Households are chosen without a reason, or without hearing it.",
    SelectionWithoutSharing "selection-without-sharing" "A selection needs data that the agencies may not share.",
    NoTargetGroup "no-target-group" "Nothing says for whom the pathway is.",
    NobodyNoticesSilence "nobody-notices-silence" "Cases come in only when staff remember to report them.",
    VisitorWithoutTraining "visitor-without-training" "Nothing says in what those who visit are trained.",
    HelpOrRefer "help-or-refer" "Nothing says whether those who visit may help or only refer.",
    MoreThanThereIs "more-than-there-is" "More help is promised than there are hours.",
    HelpWithoutEnd "help-without-end" "Intensive help can go on for ever.",
    NoContactPerson "no-contact-person" "Households are referred to an agency with nobody to speak to.",
    LeadWithoutMandate "lead-without-mandate" "Nothing says that the partners accept the lead.",
    PartnerWithoutPart "partner-without-part" "An agency is named and does nothing.",
    NoGoal "no-goal" "The pathway has no goal.",
    EndsWithoutSuccessor "ends-without-successor" "The project ends, and nothing says who goes on with its households.",
    OneMoreMeeting "one-more-meeting" "A new meeting is set up without a reason.",
    AcuteNotFirst "acute-not-first" "What has priority comes after what has not.",
    TwoLeads "two-leads" "One household would have two parties that keep the overview.",
}

impl Rule {
    /// The rule with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Its page in the documentation, from the top of the project.
    #[must_use]
    pub fn page(self) -> String {
        format!("docs/rules/{}.md", self.name())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
