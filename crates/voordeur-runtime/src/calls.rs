//! Calls of plugins from the outbox: at least once, with a key that stays the same. An action that may be carried out at
//! most once is written down as begun before it is called: where that stands already, nobody knows whether it happened,
//! and it is not called again but given up, so that somebody finds out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use voordeur_engine::{ActionAnswer, Event, Message, Serial, Stepper};
use voordeur_messages::{kept, mark, say};
use voordeur_plugin_host::contract::Idempotency;
use voordeur_plugin_host::{ActionError, Call, Content, Document, For, Outcome, Plugin};
use voordeur_protocol::model::Action;
use voordeur_protocol::{FieldId, Protocol, Spec};
use voordeur_store::{DocumentRow, Done, Kind, OutboxRow, StoreError};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{micros, timestamp};
use crate::session::Session;
use crate::watch::{Trouble, Watch};

/// How many calls are read at a time.
const BATCH: u32 = 64;

/// What a call brought.
struct Answered {
    answer: ActionAnswer,
    documents: Vec<Document>,
    trouble: Option<String>,
}

/// A call that is about to be made.
struct Ready {
    session: Session,
    serial: Serial,
    next: Next,
}

/// What was done with the messages that programs answer: calls of plugins, and what cases and households tell each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Handled {
    /// How many of these messages there were.
    pub(crate) all: u64,
    /// How many of them were calls of plugins that a case still waited for.
    pub(crate) called: u64,
}

enum Next {
    /// No plugin has to be called for the answer.
    Known(Answered),
    /// This plugin is called; `once`: it was written down that it is.
    Call { plugin: Plugin, call: Call, once: bool },
}

impl Runtime {
    /// Makes the calls that wait, of one case or of all. They are answered at `now`, or at the moment of the step that asked for
    /// them.
    pub(crate) async fn run_calls(
        &self,
        case: Option<i64>,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<Handled, RuntimeError> {
        let (mut handled, mut after) = (Handled::default(), 0);
        loop {
            let waiting = self.store.outbox(Kind::Call, after, BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(handled) };
            after = last.id;
            let mine = |row: &OutboxRow| case.is_none_or(|case| case == row.case_id) && self.is_free(row);
            for row in waiting.into_iter().filter(mine) {
                let done = self.run_call(&row, now, watch).await;
                // Who drives one case hears of it; of all, the others go on.
                let called = match case {
                    Some(_) => done?,
                    None => {
                        let at = now.unwrap_or_else(|| timestamp(row.created_at));
                        self.or_aside(&row, done, false, at, watch).await?
                    }
                };
                handled.all += 1;
                handled.called += u64::from(called);
            }
        }
    }

    /// Gives whether it was the call of a plugin.
    pub(crate) async fn run_call(
        &self,
        row: &OutboxRow,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<bool, RuntimeError> {
        let Some(ready) = self.prepare(row, now, watch).await? else { return Ok(false) };
        let result = match &ready.next {
            Next::Known(_) => None,
            Next::Call { plugin, call, .. } => Some(plugin.perform(call).await),
        };
        self.conclude(row, ready, result, now, watch).await.map(|()| true)
    }

    /// Makes calls side by side; gives how many were calls of plugins. What each brings is written as soon as it is there.
    pub(crate) async fn run_together(
        &self,
        rows: &[OutboxRow],
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<u64, RuntimeError> {
        let mut under_way = JoinSet::new();
        let (mut waiting, mut called) = (BTreeMap::new(), 0);
        for (number, row) in rows.iter().enumerate() {
            let ready = self.prepare(row, Some(now), watch).await;
            let Some(ready) = self.or_aside(row, ready, None, now, watch).await? else { continue };
            called += 1;
            match &ready.next {
                Next::Known(_) => {
                    let done = self.conclude(row, ready, None, Some(now), watch).await;
                    self.or_aside(row, done, (), now, watch).await?;
                }
                Next::Call { plugin, call, .. } => {
                    let (plugin, call) = (plugin.clone(), call.clone());
                    under_way.spawn(async move { (number, plugin.perform(&call).await) });
                    waiting.insert(number, (row, ready));
                }
            }
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((number, result)) = done else { continue };
            let Some((row, ready)) = waiting.remove(&number) else { continue };
            let done = self.conclude(row, ready, Some(result), Some(now), watch).await;
            self.or_aside(row, done, (), now, watch).await?;
        }
        Ok(called)
    }

    /// What a case cannot go on with is put aside, and the other calls are made.
    async fn or_aside<T>(
        &self,
        row: &OutboxRow,
        done: Result<T, RuntimeError>,
        otherwise: T,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<T, RuntimeError> {
        match done {
            Ok(done) => Ok(done),
            Err(error) => {
                let key = format!("message-{}", row.id);
                self.put_aside(row.case_id, &key, error, now, watch).await.map(|()| otherwise)
            }
        }
    }

    /// Everything before the call itself; nothing when there is no call to make, or no plugin is called for it.
    async fn prepare(
        &self,
        row: &OutboxRow,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<Option<Ready>, RuntimeError> {
        let payload = match self.store.case(row.case_id).await? {
            Some(case) => self.payload(&case, row)?,
            None => None,
        };
        let Some(payload) = payload else {
            // What was asked is erased: nobody waits for the answer.
            self.store.finish(&[row.id], row.created_at).await?;
            return Ok(None);
        };
        let message: Message = serde_json::from_str(&payload)
            .map_err(|error| RuntimeError::unreadable_json(mark!("message"), &error))?;
        let (serial, fields) = match message {
            Message::Call { serial, fields, .. } => (serial, fields),
            Message::Start { serial, count, fields, .. } => {
                return self.start_children(row, serial, count, &fields, watch).await.map(|()| None);
            }
            Message::EndedFor { parent, end } => {
                return self.child_ended(row, &parent, end, watch).await.map(|()| None);
            }
            Message::Household { household } => {
                return self.settle_household(row, &household, watch).await.map(|()| None);
            }
            _ => return Err(RuntimeError::unreadable(mark!("message"), &kept(|| say!("it is no call")))),
        };
        let Some(session) = self.waiting_session(row.case_id, serial).await? else {
            // The case has moved on: nobody waits for the answer.
            self.store.finish(&[row.id], row.created_at).await?;
            return Ok(None);
        };
        let next = self.next(&session, row, serial, &fields).await;
        if matches!(next, Next::Call { once: true, .. }) {
            self.begin(row, serial, now, watch).await?;
        }
        Ok(Some(Ready { session, serial, next }))
    }

    /// Writes what a call brought.
    async fn conclude(
        &self,
        row: &OutboxRow,
        ready: Ready,
        result: Option<Result<Outcome, ActionError>>,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        let Ready { session, serial, next } = ready;
        let answered = match (next, result, action_of(&session, serial)) {
            (Next::Known(answered), ..) => answered,
            (_, Some(Ok(outcome)), Some((name, action))) => read(&session.protocol, name, action, outcome),
            (Next::Call { once: true, call, .. }, Some(Err(error)), Some((name, _))) if !error.is_said() => {
                Answered::unsure(name, &call.key)
            }
            (_, Some(Err(error)), Some((name, _))) => Answered::from_error(name, &error),
            _ => Answered::given_up(say!("the action is not part of the pathway")),
        };
        if let Some(text) = &answered.trouble {
            watch.trouble(&Trouble { label: session.label.clone(), text: text.clone() });
        }
        self.answer(row, serial, answered, now, watch).await
    }

    /// Whether a message still waits, and nobody has taken it since it was read.
    pub(crate) async fn is_ours(&self, row: &OutboxRow) -> Result<bool, RuntimeError> {
        let messages = self.store.messages(row.case_id).await?;
        let mut same = messages.iter().filter(|message| message.key == row.key);
        Ok(same.any(|message| message.done_at.is_none() && message.epoch == row.epoch))
    }

    /// The case, if it still waits for this action.
    pub(crate) async fn waiting_session(
        &self,
        case: i64,
        serial: Serial,
    ) -> Result<Option<Session>, RuntimeError> {
        let Some(row) = self.store.case(case).await? else { return Ok(None) };
        let session = self.session(row)?;
        Ok(session.case.instance(serial).is_some().then_some(session))
    }

    /// The plugin and the call, or what is known without it.
    async fn next(
        &self,
        session: &Session,
        row: &OutboxRow,
        serial: Serial,
        fields: &[(FieldId, voordeur_protocol::Value)],
    ) -> Next {
        let Some((name, action)) = action_of(session, serial) else {
            return Next::Known(Answered::given_up(say!("the action is not part of the pathway")));
        };
        let Some(plugins) = &self.plugins else {
            return Next::Known(Answered::failed(say!(
                "`{name}`: there are no plugins; give a folder with --plugins",
                name
            )));
        };
        let version = For { pathway: &session.protocol.name, version: &session.protocol.version };
        let plugin = match plugins.plugin_for(&action.plugin, version).await {
            Ok(plugin) => plugin,
            Err(error) => return Next::Known(Answered::failed(format!("`{name}`: {error}"))),
        };
        let call = call(session, row, serial, action, fields);
        let once = is_once(&plugin, action);
        if once && is_running(session, serial) {
            return Next::Known(Answered::unsure(name, &call.key));
        }
        Next::Call { plugin, call, once }
    }

    /// Writes down that a call is about to be made.
    async fn begin(
        &self,
        row: &OutboxRow,
        serial: Serial,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        loop {
            let Some(mut session) = self.waiting_session(row.case_id, serial).await? else { return Ok(()) };
            let at = now.unwrap_or_else(|| timestamp(row.created_at)).max(session.case.touched_at);
            let event = Event::ActionAnswered { serial, answer: ActionAnswer::Begun };
            session.step(&mut Stepper::default(), &event, at)?;
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) => {}
                done => return done,
            }
        }
    }

    /// Writes the answer with the step that it brings. What the engine refuses was not as agreed.
    async fn answer(
        &self,
        row: &OutboxRow,
        serial: Serial,
        answered: Answered,
        now: Option<Timestamp>,
        watch: &mut dyn Watch,
    ) -> Result<(), RuntimeError> {
        loop {
            let Some(mut session) = self.waiting_session(row.case_id, serial).await? else {
                return Ok(self.store.finish(&[row.id], row.created_at).await?);
            };
            let at = now.unwrap_or_else(|| timestamp(row.created_at)).max(session.case.touched_at);
            let mut stepper = Stepper::default();
            let event = Event::ActionAnswered { serial, answer: answered.answer.clone() };
            let mut documents = documents(row, &answered.documents, at);
            if let Err(refused) = session.step(&mut stepper, &event, at) {
                watch.trouble(&Trouble { label: session.label.clone(), text: refused.to_string() });
                documents.clear();
                let event = Event::ActionAnswered { serial, answer: ActionAnswer::GaveUp };
                session.step(&mut stepper, &event, at)?;
            }
            session.answered(Done { outbox: row.id, epoch: row.epoch, at: micros(at), documents });
            match self.write(vec![session], watch).await {
                Err(RuntimeError::Store(StoreError::Conflict)) if self.is_ours(row).await? => {}
                // Somebody else has taken it meanwhile, and answers it.
                Err(RuntimeError::Store(StoreError::Conflict)) => return Ok(()),
                done => return done,
            }
        }
    }
}

fn call(
    session: &Session,
    row: &OutboxRow,
    serial: Serial,
    action: &Action,
    fields: &[(FieldId, voordeur_protocol::Value)],
) -> Call {
    let settings = action.with.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    Call {
        action: action.does.clone(),
        key: format!("voordeur-{}-{}", row.case_id, serial.0),
        now: timestamp(row.created_at).to_string(),
        fields: visible(&session.protocol, fields),
        settings: settings.collect(),
    }
}

/// Whether the action may be carried out at most once.
fn is_once(plugin: &Plugin, action: &Action) -> bool {
    let known = plugin.manifest().action(&action.does);
    known.is_some_and(|known| known.idempotency == Idempotency::AtMostOnce)
}

/// Whether a call of it was begun, and its answer was never written down.
fn is_running(session: &Session, serial: Serial) -> bool {
    session.case.instance(serial).is_some_and(|instance| {
        let lifecycle = instance.obligation(&session.protocol).kind.lifecycle();
        lifecycle.state(instance.state).name == "running"
    })
}

fn action_of(session: &Session, serial: Serial) -> Option<(&str, &Action)> {
    let obligation = session.case.instance(serial)?.obligation(&session.protocol);
    match &obligation.spec {
        Spec::Action(action) => Some((&obligation.name, action)),
        _ => None,
    }
}

fn visible(protocol: &Protocol, fields: &[(FieldId, voordeur_protocol::Value)]) -> Map<String, Value> {
    let named = |(field, value): &(FieldId, voordeur_protocol::Value)| {
        (protocol.fields.row(*field).name.clone(), protocol.value_to_json(*field, value))
    };
    fields.iter().map(named).collect()
}

/// What the action does not `return` is left out: the plugin may have more to tell than the pathway asks.
fn read(protocol: &Protocol, name: &str, action: &Action, mut outcome: Outcome) -> Answered {
    outcome
        .returned
        .retain(|given, _| action.returns.iter().any(|field| protocol.fields.row(*field).name == *given));
    match protocol.data_from_json(&outcome.returned) {
        Ok(data) => {
            Answered { answer: ActionAnswer::Returned(data), documents: outcome.documents, trouble: None }
        }
        Err(error) => {
            Answered::given_up(say!("`{name}`: the plugin returns what it should not: {error}", name, error))
        }
    }
}

fn documents(row: &OutboxRow, documents: &[Document], at: Timestamp) -> Vec<DocumentRow> {
    let stored = |document: &Document| {
        let (media_type, text) = written(document);
        DocumentRow {
            key: row.key.clone(),
            name: document.name.clone(),
            media_type,
            text,
            made_at: micros(at),
        }
    };
    documents.iter().map(stored).collect()
}

/// Bytes are kept as in a `data:` address: in Base64, with `;base64` behind the media type.
fn written(document: &Document) -> (String, String) {
    match &document.content {
        Content::Text(text) => (document.media_type.clone(), text.clone()),
        Content::Base64(bytes) => (format!("{};base64", document.media_type), bytes.clone()),
    }
}

impl Answered {
    fn failed(why: String) -> Self {
        Self { answer: ActionAnswer::Failed { wait: None }, documents: Vec::new(), trouble: Some(why) }
    }

    fn given_up(why: String) -> Self {
        Self { answer: ActionAnswer::GaveUp, documents: Vec::new(), trouble: Some(why) }
    }

    fn unsure(name: &str, key: &str) -> Self {
        Self::given_up(say!(
            "`{name}`: nobody knows whether this was carried out: it may happen once only, and its answer was lost; find out, with the key {key}",
            name,
            key
        ))
    }

    fn from_error(name: &str, error: &ActionError) -> Self {
        let why = format!("`{name}`: {error}");
        if !error.is_retryable() {
            return Self::given_up(why);
        }
        let wait = error.wait().and_then(|wait| u32::try_from(wait.as_secs()).ok());
        Self { answer: ActionAnswer::Failed { wait }, documents: Vec::new(), trouble: Some(why) }
    }
}
