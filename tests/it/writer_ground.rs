//! What the writer's tests stand on: an aggregate that the log does not know, decisions written in
//! place, and a look at what is in the log.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use chrono::DateTime;
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use domain::aggregate::{Decide, StoredEvent};
use domain::wallets::WalletError;
use domain::{Actor, Amount, Asset, Decision, Halt, Metadata, Refusal, Stream, Work};
use eventstore::writer::{Writer, WriterConfig};
use eventstore::{Answer, Command, Key, Origin, WriterError};
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, Role};

/// Money that can be put in and taken out, never below nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    pub balance: i64,
    pub moves: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurseEvent {
    Moved { amount: i64 },
    Noted { text: String },
}

pub enum PurseCommand {
    Move(i64),
    Note(String),
}

impl DomainEvent for PurseEvent {
    fn event_type(&self) -> String {
        self.type_name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl StoredEvent for PurseEvent {
    const TYPES: &'static [&'static str] = &["purse.moved", "purse.noted"];

    fn type_name(&self) -> &'static str {
        match self {
            Self::Moved { .. } => "purse.moved",
            Self::Noted { .. } => "purse.noted",
        }
    }
}

impl Aggregate for Purse {
    const TYPE: &'static str = "purse";
    type Command = PurseCommand;
    type Event = PurseEvent;
    type Error = WalletError;
    type Services = ();

    async fn handle(
        &mut self,
        command: PurseCommand,
        _: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), WalletError> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: PurseEvent) {
        self.moves += 1;
        match event {
            PurseEvent::Moved { amount } => self.balance += amount,
            PurseEvent::Noted { .. } => {}
        }
    }
}

impl Decide for Purse {
    fn decide(&self, command: PurseCommand) -> Result<Vec<PurseEvent>, WalletError> {
        match command {
            PurseCommand::Move(0) => Ok(vec![]),
            PurseCommand::Move(amount) if self.balance + amount < 0 => Err(empty(self.balance)),
            PurseCommand::Move(amount) => Ok(vec![PurseEvent::Moved { amount }]),
            PurseCommand::Note(text) => Ok(vec![PurseEvent::Noted { text }]),
        }
    }
}

/// The refusal of a purse that holds `available`.
pub fn empty(available: i64) -> WalletError {
    WalletError::InsufficientFunds { asset: Asset::Token, needed: Amount::default(), available }
}

/// A decision written where it is used. It answers a number.
pub struct Does<F> {
    pub streams: Vec<Stream>,
    pub decide: F,
}

impl<F> Decision for Does<F>
where
    F: Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static,
{
    type Reply = i64;

    fn streams(&self) -> Vec<Stream> {
        self.streams.clone()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<i64, Halt> {
        (self.decide)(work)
    }
}

/// A decision on one purse.
pub fn on<F>(purse: Uuid, decide: F) -> Does<F>
where
    F: Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static,
{
    Does { streams: vec![Stream::of::<Purse>(purse)], decide }
}

/// Moves money into a purse, or out of it; answers the balance.
pub fn moves(
    purse: Uuid,
    amount: i64,
) -> Does<impl Fn(&mut Work<'_>) -> Result<i64, Halt> + Send + Sync + 'static> {
    on(purse, move |work| {
        work.decide::<Purse>(purse, PurseCommand::Move(amount))?;
        Ok(work.state::<Purse>(purse)?.balance)
    })
}

/// A key that a client might send.
pub fn client_key(key: impl Into<String>) -> Key {
    Key {
        scope: "user:1:POST /test".to_owned(),
        key: key.into(),
        request_hash: [7; 32],
        origin: Origin::Client,
    }
}

/// A key of its own for one attempt.
pub fn drawn() -> Key {
    Key { origin: Origin::Drawn, ..client_key(Uuid::now_v7().to_string()) }
}

/// A command as an edge would send it.
pub fn command<D>(key: Key, decision: D) -> Command<D> {
    let occurred_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let metadata = Metadata::new(Actor::Operator, occurred_at, Uuid::nil());
    Command { key, metadata, decision }
}

/// Executes a decision under a key of its own.
pub async fn run<D: Decision>(
    writer: &Writer,
    decision: D,
) -> Result<Answer<D::Reply>, WriterError> {
    writer.execute(command(drawn(), decision)).await
}

/// A writer as the api has one.
pub async fn writer(database: &Database) -> Writer {
    Writer::start(config(database)).await.unwrap().0
}

/// The writer's configuration for a database.
pub fn config(database: &Database) -> WriterConfig {
    WriterConfig::new(database.url(Role::Writer).parse().unwrap())
}

/// Checks what holds in every log: dense positions, contiguous streams, blocks that cover them,
/// and each command at most once. Answers how many events there are.
pub async fn sound(client: &Client) -> i64 {
    const HOLES: &str = "
        select count(*), coalesce(max(position), 0),
            (select coalesce(max(first + count - 1), 0) from es.blocks),
            (select count(*) from (
                select from es.events group by stream_type, stream_id
                having max(sequence) <> count(*)) as broken)
        from es.events";
    let row = client.query_one(HOLES, &[]).await.unwrap();
    let (count, last, head, broken): (i64, i64, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!((count, count, 0), (last, head, broken), "the log has holes");
    count
}

/// A number out of the database.
pub async fn number(client: &Client, statement: &str) -> i64 {
    client.query_one(statement, &[]).await.unwrap().get(0)
}

/// The refusal inside an answer.
pub fn refusal(answer: Answer<i64>) -> Refusal {
    answer.outcome.unwrap_err()
}
