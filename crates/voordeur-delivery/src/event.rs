//! What a program is told. It is little: which case, what about, when it is due. Who may know more asks for it
//! (`dataref`). Attributes have no personal data: they are logged on the way.

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use voordeur_messages::{Lang, say};
use voordeur_runtime::{Parcel, Topic};

/// Which system sends, as other systems know it.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// `urn:nld:oin:00000001234567890000:systeem:voordeur`.
    pub(crate) source: String,
    /// Where a case can be looked up: `https://voordeur.example.nl/cases/{case}`.
    pub(crate) dataref: Option<String>,
}

impl Origin {
    /// A key that no other system gives: that of the message, and what tells this system from others. The same on every try.
    pub(crate) fn unique(&self, key: &str) -> String {
        if self.source.is_empty() { key.to_owned() } else { format!("{key}-{}", digest(&self.source)) }
    }

    /// Where more about a case is found.
    pub(crate) fn dataref(&self, case: &str) -> Option<String> {
        self.dataref.as_ref().map(|template| template.replace("{case}", case))
    }
}

/// Ten letters and digits that stand for a text and do not tell it.
pub(crate) fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

/// An event of CloudEvents 1.0, as the NL GOV profile 1.1 has it. The fields stand in the order of the profile.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CloudEvent<'a> {
    pub(crate) specversion: &'static str,
    /// What happened, by the name that receivers choose by.
    pub(crate) r#type: &'static str,
    pub(crate) source: &'a str,
    /// The case: a label, no name and no number of a person.
    pub(crate) subject: &'a str,
    /// The key of the message: the same on every try.
    pub(crate) id: &'a str,
    /// When it was written down.
    pub(crate) time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dataref: Option<String>,
    pub(crate) datacontenttype: &'static str,
    pub(crate) data: Data<'a>,
}

/// What happened, without personal values.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Data<'a> {
    case: &'a str,
    pathway: &'a str,
    version: &'a str,
    /// For whom: a party of the pathway.
    party: &'a str,
    topic: &'static str,
    /// What it is about: an obligation of the pathway.
    #[serde(skip_serializing_if = "Option::is_none")]
    obligation: Option<&'a str>,
    /// When that is due (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// Whether that may still change, because not all holidays are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    provisional: Option<bool>,
    /// When it happened (UTC).
    at: Timestamp,
    /// In words.
    text: String,
    language: &'static str,
}

/// The plain form that Standard Webhooks proposes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plain<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) timestamp: Timestamp,
    pub(crate) data: Data<'a>,
}

/// The name of what happened, for receivers to choose by. A change of the data that breaks them gets another version.
pub(crate) const fn kind(topic: Topic) -> &'static str {
    match topic {
        Topic::Task => "nl.voordeur.taak.toegewezen.v1",
        Topic::Reminder => "nl.voordeur.termijn.herinnering.v1",
        Topic::Due => "nl.voordeur.termijn.bereikt.v1",
        Topic::Overdue => "nl.voordeur.termijn.verstreken.v1",
        Topic::Escalation => "nl.voordeur.escalatie.gestart.v1",
        Topic::Referral => "nl.voordeur.verwijzing.verzonden.v1",
        Topic::Announcement => "nl.voordeur.bezoek.aangekondigd.v1",
        Topic::Question => "nl.voordeur.vraag.gesteld.v1",
        Topic::Attention => "nl.voordeur.traject.aandacht.v1",
        Topic::Tie => "nl.voordeur.traject.verbonden.v1",
        Topic::Notice => "nl.voordeur.traject.bericht.v1",
    }
}

pub(crate) fn data(parcel: &Parcel) -> Data<'_> {
    let protocol = &parcel.notice.protocol;
    let due = parcel.due();
    Data {
        case: &parcel.notice.label,
        pathway: &protocol.name,
        version: &protocol.version,
        party: &parcel.party,
        topic: parcel.topic.word(),
        obligation: parcel.obligation(),
        due: due.map(|(due, _)| due),
        provisional: due.map(|(_, provisional)| provisional).filter(|provisional| *provisional),
        at: parcel.notice.at,
        text: parcel.text(),
        language: language_code(),
    }
}

fn language_code() -> &'static str {
    match voordeur_messages::language() {
        Lang::Nl => "nl",
        Lang::En => "en",
    }
}

pub(crate) fn cloud_event<'a>(origin: &'a Origin, parcel: &'a Parcel) -> CloudEvent<'a> {
    CloudEvent {
        specversion: "1.0",
        r#type: kind(parcel.topic),
        source: &origin.source,
        subject: &parcel.notice.label,
        id: &parcel.notice.key,
        time: parcel.notice.written,
        dataref: origin.dataref(&parcel.notice.label),
        datacontenttype: "application/json",
        data: data(parcel),
    }
}

pub(crate) fn plain(parcel: &Parcel) -> Plain<'_> {
    Plain { r#type: kind(parcel.topic), timestamp: parcel.notice.at, data: data(parcel) }
}

/// What is wrong with a source: the profile asks for a URN of the Netherlands.
pub(crate) fn check_source(source: &str) -> Result<(), String> {
    let rest = source.strip_prefix("urn:nld:").unwrap_or_default();
    let known = |c: char| c.is_ascii_alphanumeric() || "-._~:%()+,=@;$!*'".contains(c);
    if rest.is_empty() || !rest.chars().all(known) {
        return Err(say!(
            "`source` is a URN as the NL GOV profile has it: `urn:nld:oin:00000001234567890000:systeem:voordeur`"
        ));
    }
    Ok(())
}
