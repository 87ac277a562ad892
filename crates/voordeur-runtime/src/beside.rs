//! What stands beside the cases of a database: pathways, what became of them, decrees, and rows that no program leaves.

use jiff::SignedDuration;
use voordeur_engine::check_reason;
use voordeur_messages::say;
use voordeur_store::{DecreeRow, Oddity, ProtocolRow, Retirement, Stray};

use crate::audit::Fault;
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::library::turn_of;
use crate::rows::micros;

/// For how long nobody takes anything: a worker that takes something for longer has a clock that is wrong, or somebody has
/// changed the row.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

impl Runtime {
    /// What is wrong beside the cases. How long leases are is only told where there is a clock.
    pub(crate) async fn faults_beside(&self) -> Result<Vec<Fault>, RuntimeError> {
        let protocols = self.store.protocols().await?;
        let mut found: Vec<String> = Vec::new();
        for row in &protocols {
            found.extend(self.protocol_fault(row));
            let retired = row.retirement.as_ref();
            found.extend(retired.and_then(|retirement| self.retirement_fault(&protocols, row, retirement)));
            found.extend(self.label_fault(&protocols, row));
        }
        found.extend(self.store.decrees().await?.iter().filter_map(decree_fault));
        let mut faults: Vec<Fault> = found.into_iter().map(|what| Fault { case: None, what }).collect();
        let until = self.clock.as_ref().and_then(|clock| clock.now().checked_add(LONGEST).ok());
        for stray in self.store.strays(until.map_or(i64::MAX, micros)).await? {
            let case = self.store.case(stray.case_id).await?.map(|row| row.label);
            faults.push(Fault { case, what: stray_fault(&stray) });
        }
        Ok(faults)
    }

    /// A text gives its fingerprint, its name and what its cases mean.
    fn protocol_fault(&self, row: &ProtocolRow) -> Option<String> {
        let Ok(protocol) = self.library.usable(row.id) else {
            return self.library.unusable().get(&row.id).map(|unusable| unusable.error().to_string());
        };
        let same = protocol.name == row.name && protocol.version == row.version;
        (!same).then(|| {
            say!(
                "the pathway number {number} is called `{name}` {version}, and its text says `{other}` {label}",
                number = row.id,
                name = row.name,
                version = row.version,
                other = protocol.name,
                label = protocol.version
            )
        })
    }

    /// What is published is immutable: a label has one meaning. Two programs that publish other texts under one new label at the same
    /// moment may both succeed.
    fn label_fault(&self, protocols: &[ProtocolRow], row: &ProtocolRow) -> Option<String> {
        let own = self.library.get(row.id).filter(|own| own.edition().is_none())?;
        let before = |other: &&ProtocolRow| {
            other.id < row.id && other.name == row.name && other.version == row.version
        };
        let others = protocols.iter().filter(before).filter_map(|other| self.library.get(other.id));
        let mut others = others.filter(|other| other.edition().is_none());
        others.any(|other| !own.meaning().differences(&other.meaning()).is_empty()).then(|| {
            say!(
                "version {version} of `{name}` has two texts that do not mean the same; bring the cases of one of them to a version of their own",
                version = row.version,
                name = row.name
            )
        })
    }

    /// A version that is retired names one who goes on with its cases, and that one is there.
    fn retirement_fault(
        &self,
        protocols: &[ProtocolRow],
        row: &ProtocolRow,
        retirement: &Retirement,
    ) -> Option<String> {
        let is_there = match (&retirement.successor, &retirement.owner) {
            (Some(successor), None) => {
                let heir = |other: &ProtocolRow| other.name == row.name && other.version == *successor;
                *successor != row.version && protocols.iter().any(heir)
            }
            (None, Some(owner)) => {
                let protocol = self.library.get(row.id)?;
                protocol.party_named(owner).is_ok()
            }
            _ => false,
        };
        (!is_there).then(|| {
            say!(
                "version {version} of `{name}` is retired, and who goes on with its cases is not in the database",
                version = row.version,
                name = row.name
            )
        })
    }
}

/// A decree is one of a day or of a year, and was published somewhere.
fn decree_fault(row: &DecreeRow) -> Option<String> {
    let (what, _) = turn_of(&row.what);
    let is_known = what.parse::<jiff::civil::Date>().is_ok() || what.parse::<i16>().is_ok();
    let is_whole = is_known && check_reason(&row.because).is_ok() && row.added_at > 0;
    (!is_whole).then(|| {
        say!("the decree of `{what}` names no day and no year, or not where it stands", what = row.what)
    })
}

fn stray_fault(stray: &Stray) -> String {
    let key = &stray.key;
    match stray.what {
        Oddity::TimerHeld => say!("its timer {key} is taken by a worker for more than a day", key),
        Oddity::MessageHeld => say!("its message {key} is taken by a worker for more than a day", key),
        Oddity::DeliveryHeld => say!("its delivery of {key} is taken by a worker for more than a day", key),
        Oddity::LeadHeld => say!("the lead in `{key}` is taken by a worker for more than a day", key),
        Oddity::TimerEpoch => {
            say!("its timer {key} was taken as often as nothing can be, and no worker takes it", key)
        }
        Oddity::MessageEpoch => {
            say!("its message {key} was taken as often as nothing can be, and no worker takes it", key)
        }
        Oddity::DeliveryEpoch => {
            say!("its delivery of {key} was taken as often as nothing can be, and no worker takes it", key)
        }
        Oddity::DeliveryAlone => say!("the delivery of {key} is of no message in the outbox", key),
        Oddity::ItemAlone => say!("the item {key} of an inbox is of no message in the outbox", key),
        Oddity::About => say!("the row that says which version the tables have is there {key} times", key),
    }
}
