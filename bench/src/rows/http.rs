//! `http_spend_vs_crud` and `read_vs_bare_axum`: the same over HTTP, both sides behind axum, both
//! with the same access tokens; `authenticated_vs_stranger`: what those tokens cost; and
//! `fenced_vs_unfenced`: what row-level security costs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use deadpool_postgres::Pool;
use domain::sessions::Rights;
use domain::{Asset, SessionId, UserId};
use eventstore::database::{self, Purpose};
use projections::frame::{Reader, Reads};
use projections::wallets::{WalletView, wallet};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Setting, latencies, settled};
use crate::client::Client;
use crate::crud::Crud;
use crate::folio::{Folio, World};
use crate::load::{Run, closed_loop, median};
use crate::report::Row;
use crate::service::Told;

const BALANCE: &str = "select posted, held, available from read.wallet_balances where user_id = $1 and asset = 'token'";

/// Read by anybody, and for somebody who is known not otherwise: the difference is who they are.
const PUBLIC: &str = "/v1/feed";

/// One wallet through the bare server, by Folio's query: as its reader, whom rows are fenced for, and
/// as the tables' owner, who needs to say nothing.
const FENCED: &str = "/wallet/fenced";
const UNFENCED: &str = "/wallet/unfenced";

/// Connections the peer reads with: as many as Folio.
const BARE_READS_MAX: usize = 16;

/// Two servers, and who asks them.
struct Scene {
    world: World,
    tokens: Vec<String>,
    folio: Client,
    bare: Client,
}

/// Measures the rows.
///
/// # Errors
/// An answer is not a success, or the peer's books are wrong.
pub async fn rows(setting: &Setting) -> Result<Vec<Row>> {
    let url = setting.servers.database("http_folio").await?;
    let seeding = Folio::start(&url).await?;
    let world = World::new();
    seeding.seed(&world).await?;
    let service = Told::new(&setting.servers, &url)?.start().await?;
    let app = service.app.clone().context("the service has an app")?;
    let now = chrono::Utc::now();
    let session = SessionId(Uuid::now_v7());
    let tokens =
        world.users.iter().map(|user| app.tokens.issue(session, Rights::plain(*user), 0, now));
    let tokens = tokens.collect::<Result<Vec<_>>>()?;
    settled(&app).await?;

    let ids: Vec<Uuid> = world.users.iter().map(|user| user.0).collect();
    let crud = Crud::create(&setting.servers.database("http_crud").await?, &ids).await?;
    // As the owner: the peer has no fence.
    let owner = database::pool(&app.config.database.projector, Purpose::Query, BARE_READS_MAX)?;
    let bare = bare_server(Bare { crud: crud.clone(), owner, app: app.clone() });
    let scene = Arc::new(Scene {
        world,
        tokens,
        folio: Client::new(service.addr.to_string()),
        bare: Client::new(bare.await?),
    });

    let (mut ours, mut peers, mut answered, mut last) = (Vec::new(), Vec::new(), 0, None);
    let (mut reads, mut lookups) = (Vec::new(), Vec::new());
    let (mut known, mut strangers) = (Vec::new(), Vec::new());
    let (mut fenced, mut unfenced) = (Vec::new(), Vec::new());
    for _ in 0..setting.repetitions {
        settled(&app).await?;
        let run = scene.run(setting.length, Ask::Spend(Side::Bare, "/transfers")).await?;
        answered += run.count();
        peers.push(run.rate);
        let run = scene.run(setting.length, Ask::Spend(Side::Folio, "/v1/transfers")).await?;
        ours.push(run.rate);
        last = Some(run);
        settled(&app).await?;
        let run = scene.run(setting.length, Ask::Read(Side::Bare, "/wallet")).await?;
        lookups.push(run.rate);
        let run = scene.run(setting.length, Ask::Read(Side::Folio, "/v1/wallets/token")).await?;
        reads.push(run.rate);
        known.push(scene.run(setting.length, Ask::Read(Side::Folio, PUBLIC)).await?.rate);
        strangers.push(scene.run(setting.length, Ask::Stranger(PUBLIC)).await?.rate);
        fenced.push(scene.run(setting.length, Ask::Read(Side::Bare, FENCED)).await?.rate);
        unfenced.push(scene.run(setting.length, Ask::Read(Side::Bare, UNFENCED)).await?.rate);
    }
    crud.check(answered).await?;
    service.stop().await?;
    let spend = Row::against("http_spend_vs_crud", "requests/s", median(ours), median(peers), 3.0);
    let read = Row::against("read_vs_bare_axum", "requests/s", median(reads), median(lookups), 0.7);
    let row = "authenticated_vs_stranger";
    let auth = Row::against(row, "requests/s", median(known), median(strangers), 0.9);
    let row = "fenced_vs_unfenced";
    let fence = Row::against(row, "requests/s", median(fenced), median(unfenced), 0.9);
    Ok(vec![
        fence.note("one wallet behind bare axum: row-level security and identity, or neither"),
        auth.note("the same public read with an access token and without one"),
        spend.note(latencies(last.as_ref())),
        read.note("with authentication, position headers and limits; the peer has neither"),
    ])
}

/// Whom a run asks.
#[derive(Debug, Clone, Copy)]
enum Side {
    Folio,
    Bare,
}

/// What a run asks, at which path.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Spend(Side, &'static str),
    Read(Side, &'static str),
    /// As nobody, of Folio.
    Stranger(&'static str),
}

impl Scene {
    async fn run(self: &Arc<Self>, length: Duration, ask: Ask) -> Result<Run> {
        let scene = Arc::clone(self);
        closed_loop(length, move |n| {
            let scene = Arc::clone(&scene);
            async move { scene.ask(ask, n).await }
        })
        .await
    }

    async fn ask(&self, ask: Ask, n: u64) -> Result<()> {
        let token = self.token(self.world.payer(n));
        match ask {
            Ask::Read(side, path) => self.side(side).get(path, Some(token)).await,
            Ask::Stranger(path) => self.folio.get(path, None).await,
            Ask::Spend(side, path) => {
                let body = json!({ "to": self.world.other(n).0, "amount": 1 }).to_string();
                self.side(side).post(path, token, &Uuid::now_v7().to_string(), &body).await
            }
        }
    }

    fn side(&self, side: Side) -> &Client {
        match side {
            Side::Folio => &self.folio,
            Side::Bare => &self.bare,
        }
    }

    fn token(&self, user: UserId) -> &str {
        let at = self.world.users.binary_search(&user).unwrap_or_default(); // v7 ids ascend.
        &self.tokens[at]
    }
}

/// The peer: axum, an access token, and the database; nothing else.
#[derive(Clone)]
struct Bare {
    crud: Crud,
    owner: Pool,
    app: api::app::App,
}

#[derive(Deserialize)]
struct Transfer {
    to: Uuid,
}

async fn bare_server(state: Bare) -> Result<String> {
    let router = Router::new()
        .route("/transfers", post(bare_transfer))
        .route("/wallet", get(bare_wallet))
        .route(FENCED, get(fenced_wallet))
        .route(UNFENCED, get(unfenced_wallet))
        .with_state(state);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(addr.to_string())
}

async fn bare_transfer(
    State(bare): State<Bare>,
    headers: HeaderMap,
    Json(body): Json<Transfer>,
) -> Result<Json<Value>, StatusCode> {
    let payer = bare.caller(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    let id = Uuid::now_v7();
    let done = bare.crud.transfer(id, payer, body.to).await;
    done.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "id": id })))
}

async fn bare_wallet(
    State(bare): State<Bare>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let user = bare.caller(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    let fault = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let client = bare.owner.get().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let statement = client.prepare_cached(BALANCE).await.map_err(fault)?;
    let row = client.query_one(&statement, &[&user]).await.map_err(fault)?;
    let (posted, held, available): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    Ok(Json(json!({ "asset": "token", "posted": posted, "held": held, "available": available })))
}

async fn fenced_wallet(
    State(bare): State<Bare>,
    headers: HeaderMap,
) -> Result<Json<WalletView>, StatusCode> {
    let user = bare.caller(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    wallet_of(bare.app.reads.user(user), user).await
}

async fn unfenced_wallet(
    State(bare): State<Bare>,
    headers: HeaderMap,
) -> Result<Json<WalletView>, StatusCode> {
    let user = bare.caller(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    wallet_of(Reads::new(bare.owner.clone()).public(), user).await
}

async fn wallet_of(reader: Reader<'_>, user: Uuid) -> Result<Json<WalletView>, StatusCode> {
    let read = wallet(reader, user, Asset::Token).await;
    let found = read.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}

impl Bare {
    fn caller(&self, headers: &HeaderMap) -> Option<Uuid> {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
        Some(self.app.tokens.verify(token, chrono::Utc::now()).ok()?.sub)
    }
}
