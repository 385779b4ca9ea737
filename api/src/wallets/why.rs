//! Why a balance changed: one movement in plain words, who did it, and what else happened with it.
//! Read from the log, so that nothing has to be kept for it; of others only the kind is told.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{Actor, Metadata, UserId};
use eventstore::Recorded;
use projections::wallets as read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::transactions::TransactionBody;
use super::words::in_words;
use super::{READS, parse_asset};
use crate::app::App;
use crate::extract::{AtLeast, Caller, MinPosition, Path};
use crate::problem::{OrFault as _, Problem};

/// As many events can one append have for one command: what happened with a movement stands no
/// further from it.
const STEPS_MAX: i64 = 64;
/// How far back the event is looked for that a process answered to.
const LOOK_BACK_MAX: i64 = 2_000;

/// A movement, why it happened, and what else moved because of the same request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedTransaction {
    /// The movement.
    #[serde(flatten)]
    transaction: TransactionBody,
    /// Why, in plain words.
    #[schema(example = "You bought them, and the payment was approved.")]
    why: &'static str,
    /// Who or what did it.
    cause: Cause,
    /// Shared by everything that followed from the same request.
    correlation_id: Uuid,
    /// The event that caused it, if it was not the request itself.
    causation_id: Option<Uuid>,
    /// The caller's other movements of the same request, in the log's order.
    related: Vec<TransactionBody>,
}

/// Who or what did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cause {
    /// `you`, `your_program` (an API key), `another_person`, `worker`, `webhook`, `process` or
    /// `operator`.
    #[schema(value_type = String, example = "process")]
    by: &'static str,
    /// Which process, or whose webhook.
    #[schema(example = "token_purchase")]
    name: Option<String>,
    /// What the process answered to, if that was lately.
    #[schema(example = "purchase.confirm_requested")]
    after: Option<String>,
    /// The HTTP request, if it was one: support finds it by this.
    request_id: Option<String>,
    /// Everything the same command did, this movement included, in order.
    #[schema(example = json!(["purchase.approved", "wallet.granted", "purchase.tokens_granted"]))]
    steps: Vec<String>,
    /// When the business says it happened; `created_at` is the log's time.
    occurred_at: DateTime<Utc>,
}

/// One movement, and why.
#[utoipa::path(get, path = "/v1/wallets/{asset}/transactions/{id}", tag = "wallets", operation_id = "read_transaction",
    params(("asset" = String, Path, description = "token, credit or earning"),
        ("id" = Uuid, Path, description = "The movement"), MinPosition),
    security(("bearer" = [])),
    responses((status = 200, description = "The movement with its causes", body = ExplainedTransaction)))]
pub async fn read_transaction(
    State(app): State<App>,
    caller: Caller,
    Path((asset, id)): Path<(String, Uuid)>,
    at_least: AtLeast,
) -> Result<Json<ExplainedTransaction>, Problem> {
    let asset = parse_asset(&asset)?;
    at_least.reached(&app, READS).await?;
    let found = read::transaction(caller.reads(&app), (caller.user.0, asset), id).await;
    let found = found.or_fault("read a transaction")?;
    let found = found.ok_or_else(|| Problem::not_found("transaction"))?;
    let (correlation_id, causation_id) = (found.correlation_id, found.causation_id);
    let related = read::correlated(caller.reads(&app), correlation_id, caller.user.0);
    let related = related.await.or_fault("read transactions")?;
    let related = related.into_iter().filter(|row| row.id != id);
    Ok(Json(ExplainedTransaction {
        related: related.map(|row| TransactionBody::of(&app, row)).collect(),
        why: in_words(&found),
        cause: cause(&app, caller.user, &found).await?,
        transaction: TransactionBody::of(&app, found),
        correlation_id,
        causation_id,
    }))
}

async fn cause(app: &App, owner: UserId, line: &read::Transaction) -> Result<Cause, Problem> {
    let back = if line.causation_id.is_some() { LOOK_BACK_MAX } else { STEPS_MAX };
    let after = (line.position - back).max(0);
    let around = app.log.range(after, line.position + STEPS_MAX - after).await;
    let around = around.or_fault("read what happened with a movement")?;
    let own = around.iter().find(|event| event.position == line.position);
    let own = own.ok_or_else(|| anyhow::anyhow!("a movement at {} has no event", line.position));
    let metadata = metadata(own.or_fault("read a movement's event")?)?;
    let (by, name) = by(&metadata, owner);
    let caused_by = |event: &&Recorded| Some(event.event_id) == line.causation_id;
    Ok(Cause {
        by,
        name,
        after: around.iter().find(caused_by).map(|event| event.event_type.clone()),
        request_id: metadata.request_id.clone().filter(|_| by.starts_with("you")),
        steps: steps(&around, line, &metadata)?,
        occurred_at: metadata.occurred_at,
    })
}

/// The types of the events the same command wrote: they share time, request and cause.
fn steps(
    around: &[Recorded],
    line: &read::Transaction,
    own: &Metadata,
) -> Result<Vec<String>, Problem> {
    let mut steps = Vec::new();
    for event in around.iter().filter(|event| event.recorded_at == line.created_at) {
        let other = metadata(event)?;
        if other.correlation_id == own.correlation_id && other.causation_id == own.causation_id {
            steps.push(event.event_type.clone());
        }
    }
    Ok(steps)
}

fn metadata(event: &Recorded) -> Result<Metadata, Problem> {
    serde_json::from_str(&event.metadata).or_fault("read an event's metadata")
}

/// Who it was, as the owner may know it: other people are not named here.
fn by(metadata: &Metadata, owner: UserId) -> (&'static str, Option<String>) {
    match &metadata.actor {
        Actor::User(user) if *user == owner.0 && metadata.api_key_id.is_some() => {
            ("your_program", None)
        }
        Actor::User(user) if *user == owner.0 => ("you", None),
        Actor::User(_) => ("another_person", None),
        Actor::Worker(_) => ("worker", None),
        Actor::Webhook(provider) => ("webhook", Some(provider.clone())),
        Actor::Process(name) => ("process", Some(name.clone())),
        Actor::Operator => ("operator", None),
    }
}
