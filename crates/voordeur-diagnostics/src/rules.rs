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
