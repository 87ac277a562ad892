//! The registry of rules: each finding comes from one of these.

use std::fmt;

use crate::diagnostic::Severity;

/// The level as it is written in the table below.
macro_rules! level {
    (error) => {
        Severity::Error
    };
    (warning) => {
        Severity::Warning
    };
}

macro_rules! rules {
    (
        findings { $($variant:ident $name:literal $level:ident $since:literal $summary:literal),* $(,)? }
        differences { $($other:ident $called:literal $severity:ident $from:literal $says:literal),* $(,)? }
    ) => {
        /// A rule. Its name is part of the interface: files and tools may name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $summary] $variant,)*
            $(#[doc = $says] $other,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What `voordeur diff` tells of two versions, the most severe first. No file has such a finding by itself.
            pub const DIFFERENCES: &'static [Self] = &[$(Self::$other,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* $(Self::$other => $called,)* }
            }

            /// Whether it refuses the pathway, or only warns.
            #[must_use]
            pub const fn level(self) -> Severity {
                match self { $(Self::$variant => level!($level),)* $(Self::$other => level!($severity),)* }
            }

            /// The version of Voordeur that first had it.
            #[must_use]
            pub const fn since(self) -> &'static str {
                match self { $(Self::$variant => $since,)* $(Self::$other => $from,)* }
            }

            /// The text of its page, in Markdown.
            #[must_use]
            pub const fn page_text(self) -> &'static str {
                match self {
                    $(Self::$variant => {
                        include_str!(concat!("../../../docs/rules/", $name, ".md"))
                    })*
                    $(Self::$other => {
                        include_str!(concat!("../../../docs/rules/", $called, ".md"))
                    })*
                }
            }

            /// What it says, in one sentence.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* $(Self::$other => $says,)* }
            }
        }
    };
}

// One line a rule: its variant, its name, its level, since which version, and what it says.
rules! {
    findings {
        SyntaxError "syntax-error" error "0.1.0" "The text does not follow the grammar.",
        MissingBrace "missing-brace" error "0.1.0" "A block is opened and not closed, or closed and not opened.",
        NestedTooDeep "nested-too-deep" error "0.1.0" "Blocks or conditions are nested deeper than anybody can read.",
        NotUtf8 "not-utf8" error "0.1.0" "The file is not text in UTF-8.",
        TooLarge "too-large" error "0.1.0" "The file, or a table in it, is larger than a pathway can be.",
        TooManyProblems "too-many-problems" error "0.1.0" "There are more problems than are shown.",
        ImportFailed "import-failed" error "0.1.0" "A file that is imported cannot be read.",
        MixedSpelling "mixed-spelling" error "0.1.0" "A file uses the English and the Dutch spelling together.",
        UnknownName "unknown-name" error "0.1.0" "A name is used that is not declared.",
        DeclaredTwice "declared-twice" error "0.1.0" "A name is declared more than once.",
        WrongKind "wrong-kind" error "0.1.0" "A name is used as something that it is not.",
        TypeMismatch "type-mismatch" error "0.1.0" "A value does not fit the type of the field.",
        BadDate "bad-date" error "0.1.0" "A date does not exist.",
        BadNumber "bad-number" error "0.1.0" "A number is too large, or a range is empty.",
        MissingClause "missing-clause" error "0.1.0" "Something is declared without a part that it needs.",
        MisplacedClause "misplaced-clause" error "0.1.0" "A clause stands where it has no meaning.",
        OverlappingGuards "overlapping-guards" error "0.1.0" "Two rules apply to the same household at the same moment.",
        GapInGuards "gap-in-guards" error "0.1.0" "For some households no rule applies.",
        TooManyCombinations "too-many-combinations" error "0.1.0" "The conditions are too many to be compared one by one.",
        UnreachableStage "unreachable-stage" error "0.1.0" "No case can ever get there.",
        NoWayOut "no-way-out" error "0.1.0" "A case that gets there never gets to an end.",
        DeadlineWithoutAnswer "deadline-without-answer" error "0.1.0" "A term can be missed, and nothing says what happens then.",
        ReferralWithoutFallback "referral-without-fallback" error "0.1.0" "A referral has neither a term nor a fallback.",
        UnhandledOutcome "unhandled-outcome" error "0.1.0" "An obligation can end in a way after which nothing happens.",
        NotShared "not-shared" error "0.1.0" "A field goes to a party with which it is not shared.",
        SensitiveWithoutBasis "sensitive-without-basis" error "0.1.0" "A sensitive field is kept without a ground in law.",
        MayBeUnrecorded "may-be-unrecorded" error "0.1.0" "A field is read on a way on which nobody has recorded it.",
        DeadRule "dead-rule" error "0.1.0" "A rule can never apply.",
        ScenarioFailed "scenario-failed" error "0.1.0" "A scenario goes otherwise than it says.",
        PluginMismatch "plugin-mismatch" error "0.1.0" "An action does not fit the plugin that is to carry it out.",
        ExpiredAllow "expired-allow" error "0.1.0" "A warning was allowed until a day that has passed.",
        NotAllowable "not-allowable" error "0.1.0" "An error is allowed, and only warnings can be.",
        UnusedAllow "unused-allow" warning "0.1.0" "A warning is allowed that is not there.",
        WaitsForEver "waits-for-ever" error "0.1.0" "A case can wait without end, and nobody would notice.",
        OpenAtClosure "open-at-closure" error "0.1.0" "A case can end while something is open that must be done.",
        LoopWithoutLimit "loop-without-limit" error "0.1.0" "A case can go round without end.",
        NeverUsed "never-used" warning "0.1.0" "Something is declared, and no case ever comes to it.",
        TouchingThresholds "touching-thresholds" warning "0.1.0" "Two conditions divide the values of a field on both sides of one value.",
        MonthRounding "month-rounding" warning "0.1.0" "How a month is rounded decides which of two terms ends first.",
        AlwaysOvertaken "always-overtaken" warning "0.1.0" "A term never ends first, because another one is always earlier.",
        ContradictoryTerms "contradictory-terms" error "0.1.0" "Terms cannot be kept together, whatever happens.",
        EndlessLoop "endless-loop" error "0.1.0" "Rules set each other off without an event or time.",
        ColdHandover "cold-handover" error "0.1.0" "A referral is let go of before it is certain that the household arrives.",
        GapAfterProgramme "gap-after-programme" error "0.1.0" "What comes after intensive help is asked for only when that help is over.",
        ProblemWithoutRoute "problem-without-route" error "0.1.0" "A problem is asked for at the door, and no way leads to the agency that it is meant for.",
        NoAftercare "no-aftercare" error "0.1.0" "A household that was helped is let go without anybody looking back.",
        LeftToTheClient "left-to-the-client" warning "0.1.0" "The household is told what to do, and nobody asks whether it was done.",
        VisitsWithoutEnd "visits-without-end" error "0.1.0" "Visits can be made again and again without a limit.",
        AttemptsWithoutEnd "attempts-without-end" error "0.1.0" "Nothing says how often a visit is tried.",
        VisitorAlone "visitor-alone" warning "0.1.0" "One person goes where two are needed.",
        VisitWithoutRecord "visit-without-record" error "0.1.0" "Nothing that is seen at a visit is written down.",
        VisitWithoutReport "visit-without-report" warning "0.1.0" "Whatever a visit finds, nothing follows from it.",
        VisitWithoutRefusal "visit-without-refusal" error "0.1.0" "Nothing says what follows when a visit is refused, or a penalty does.",
        ConsentWithoutWithdrawal "consent-without-withdrawal" error "0.1.0" "Consent can be given and not be taken back.",
        OptInMissesTheMostVulnerable "opt-in-misses-the-most-vulnerable" warning "0.1.0" "Only households that answer are visited.",
        SignalOnTheShelf "signal-on-the-shelf" error "0.1.0" "What somebody is asked, at the door, elsewhere or with a report, is never looked at again.",
        MixedPurposes "mixed-purposes" error "0.1.0" "Answers for enforcement and answers for help are not kept apart.",
        SelectedWithoutTelling "selected-without-telling" error "0.1.0" "Households are chosen without a reason, or without hearing it.",
        SelectionWithoutSharing "selection-without-sharing" warning "0.1.0" "A selection needs data that the agencies may not share.",
        NoTargetGroup "no-target-group" error "0.1.0" "Nothing says for whom the pathway is.",
        NobodyNoticesSilence "nobody-notices-silence" warning "0.1.0" "Cases come in only when staff remember to report them.",
        VisitorWithoutTraining "visitor-without-training" warning "0.1.0" "Nothing says in what those who visit are trained.",
        HelpOrRefer "help-or-refer" warning "0.1.0" "Nothing says whether those who visit may help or only refer.",
        MoreThanThereIs "more-than-there-is" warning "0.1.0" "More help is promised than there are hours.",
        HelpWithoutEnd "help-without-end" warning "0.1.0" "Intensive help can go on for ever.",
        NoContactPerson "no-contact-person" warning "0.1.0" "Households are referred to an agency with nobody to speak to.",
        LeadWithoutMandate "lead-without-mandate" warning "0.1.0" "Nothing says that the partners accept the lead.",
        PartnerWithoutPart "partner-without-part" warning "0.1.0" "An agency is named and does nothing.",
        NoGoal "no-goal" warning "0.1.0" "The pathway has no goal.",
        EndsWithoutSuccessor "ends-without-successor" warning "0.1.0" "The project ends, and nothing says who goes on with its households.",
        OneMoreMeeting "one-more-meeting" warning "0.1.0" "A new meeting is set up without a reason.",
        AcuteNotFirst "acute-not-first" warning "0.1.0" "What has priority comes after what has not.",
        BrokenPromise "broken-promise" error "0.1.0" "A case can go otherwise than is promised.",
        VacuousPromise "vacuous-promise" warning "0.1.0" "A promise is about something that never comes about.",
        TwoLeads "two-leads" error "0.1.0" "One household would have two parties that keep the overview.",
    }
    differences {
        DiffBreaks "diff-breaks" error "0.1.0" "Open cases, or programs that report, cannot follow the new version.",
        DiffWeakens "diff-weakens" error "0.1.0" "Some household gets less, later, or nothing in the new version.",
        DiffShifts "diff-shifts" warning "0.1.0" "Something else is done in the new version, or by somebody else.",
        DiffStrengthens "diff-strengthens" warning "0.1.0" "Households get more, or sooner, in the new version.",
    }
}

impl Rule {
    /// The rule with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().chain(Self::DIFFERENCES).copied().find(|rule| rule.name() == name)
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
