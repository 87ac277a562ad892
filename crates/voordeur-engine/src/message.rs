//! What goes out: what people, agencies and plugins are told or asked. The runtime delivers it from the outbox.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_protocol::{EndId, FieldId, Happening, ObligationId, OpeningId, PartyId, RuleId, Value};

use crate::case::{Parent, Serial};
use crate::tie::Tie;

/// Something that goes out. The runtime delivers it from the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Somebody is told something.
    Notify {
        /// Who.
        who: PartyId,
        /// What about.
        reason: Reason,
    },
    /// Somebody is reminded of an obligation that is nearly due.
    Remind {
        /// Who.
        who: PartyId,
        /// Of which.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
        /// When it is due.
        due: Timestamp,
        /// Whether that may still change, because not all holidays are known.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
        /// Whether when it is due was counted from a personal value.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        personal: bool,
    },
    /// Somebody has to do an obligation, or may.
    Assign {
        /// Who.
        who: PartyId,
        /// Which.
        serial: Serial,
        /// Where in the file.
        opening: OpeningId,
        /// When it is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// Whether that may still change, because not all holidays are known.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        provisional: bool,
        /// Whether when it is due was counted from a personal value.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        personal: bool,
    },
    /// A visit is announced after the attempts were used up.
    Announce {
        /// Which visit.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
    },
    /// A referral goes to the receiving agency.
    Refer {
        /// To whom.
        to: PartyId,
        /// Which.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
        /// How often it was asked again.
        again: u32,
        /// What is handed over.
        fields: Vec<(FieldId, Value)>,
    },
    /// A question goes to the client.
    Ask {
        /// Which.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
    },
    /// Cases of another pathway are to be started.
    Start {
        /// Which obligation wants them.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
        /// How many.
        count: u32,
        /// What they get.
        fields: Vec<(FieldId, Value)>,
    },
    /// This case has ended, and the one that started it is to know.
    EndedFor {
        /// The case that started it.
        parent: Parent,
        /// In which end.
        end: EndId,
    },
    /// The open cases of a household have become different: one of them is to lead.
    Household {
        /// Which household.
        household: Arc<str>,
    },
    /// Somebody is told what ties the case to others.
    Tied {
        /// Who.
        who: PartyId,
        /// How.
        tie: Tie,
    },
    /// A plugin is called.
    Call {
        /// Which opened action.
        serial: Serial,
        /// Which obligation.
        obligation: ObligationId,
        /// Which call of this action, counted from 1. The key stays the same over all of them.
        attempt: u32,
        /// What it may see.
        fields: Vec<(FieldId, Value)>,
    },
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An effect of a rule, by its position.
    Rule {
        /// Which rule.
        rule: RuleId,
        /// Which effect.
        effect: u8,
    },
    /// An effect of a step of an escalation.
    Step {
        /// Which escalation.
        obligation: ObligationId,
        /// Which step.
        step: u8,
        /// Which effect.
        effect: u8,
    },
    /// Something happened to an obligation that no rule answers; the lead is told, so that it does not
    /// end up on the shelf.
    Unanswered {
        /// Which obligation.
        obligation: ObligationId,
        /// What happened.
        on: Happening,
    },
    /// Something needs consent, and there is none.
    NoConsent {
        /// What.
        obligation: ObligationId,
    },
    /// An action has failed and stays as it is until somebody has looked at it.
    Stopped {
        /// Which action.
        obligation: ObligationId,
    },
    /// A rule would have ended the case while this referral is open.
    Withheld {
        /// The referral.
        obligation: ObligationId,
    },
    /// A referral is no longer asked: its stage was left or its case has ended before it was taken up.
    CalledOff {
        /// The referral.
        obligation: ObligationId,
    },
}
