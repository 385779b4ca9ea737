//! The stand-in's routes: Google's by discovery, Discord's where Discord has them.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::House;
use super::codes::{Grant, Trade};
use super::script::{Misbehaviour, Person};

/// How long Google's id tokens are good for.
const ID_TOKEN_SECONDS: i64 = 3_600;

pub(super) fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/google/authorize", get(authorize))
        .route("/google/token", post(google_token))
        .route("/google/jwks", get(jwks))
        .route("/oauth2/authorize", get(authorize))
        .route("/api/oauth2/token", post(discord_token))
        .route("/api/users/@me", get(whoami))
        .route("/_script/person", put(person))
        .with_state(house)
}

async fn discovery(State(house): State<Arc<House>>) -> Json<Value> {
    let url = &house.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/google/authorize"),
        "token_endpoint": format!("{url}/google/token"),
        "jwks_uri": format!("{url}/google/jwks"),
    }))
}

async fn jwks(State(house): State<Arc<House>>) -> Json<Value> {
    Json(json!({"keys": [house.own.public()]}))
}

#[derive(Deserialize)]
struct Consent {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
}

/// The page on which whoever comes consents at once.
async fn authorize(State(house): State<Arc<House>>, Query(asked): Query<Consent>) -> Response {
    if asked.response_type != "code" || asked.code_challenge_method != "S256" {
        return refused("invalid_request");
    }
    let Ok(mut back) = asked.redirect_uri.parse::<Url>() else { return refused("invalid_request") };
    back.query_pairs_mut().append_pair("state", &asked.state);
    if house.misbehaviour() == Misbehaviour::Denied {
        back.query_pairs_mut().append_pair("error", "access_denied");
        return Redirect::to(back.as_str()).into_response();
    }
    let code = house.change(|state| {
        state.codes.give(Grant {
            person: state.person.clone(),
            client_id: asked.client_id,
            nonce: asked.nonce,
            redirect_uri: asked.redirect_uri,
            code_challenge: asked.code_challenge,
        })
    });
    // Google says more than was asked for.
    back.query_pairs_mut().append_pair("code", &code).append_pair("authuser", "0");
    Redirect::to(back.as_str()).into_response()
}

async fn google_token(State(house): State<Arc<House>>, Form(trade): Form<Trade>) -> Response {
    if house.misbehaviour() == Misbehaviour::Broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Some(grant) = house.change(|state| state.codes.take(&trade)) else {
        return refused("invalid_grant");
    };
    match id_token(&house, grant) {
        Ok(token) => Json(json!({"token_type": "Bearer", "id_token": token})).into_response(),
        Err(error) => {
            tracing::error!(%error, "the stand-in cannot sign");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn id_token(house: &House, grant: Grant) -> anyhow::Result<String> {
    let misbehaviour = house.misbehaviour();
    let exp = Utc::now().timestamp() + ID_TOKEN_SECONDS;
    let mut claims = json!({
        "iss": house.url, "aud": grant.client_id, "sub": grant.person.id, "exp": exp,
        "nonce": grant.nonce, "email": grant.person.email,
        "email_verified": grant.person.verified, "name": grant.person.name,
    });
    match misbehaviour {
        Misbehaviour::WrongNonce => claims["nonce"] = "of another sign-in".into(),
        Misbehaviour::WrongAudience => claims["aud"] = "another client".into(),
        Misbehaviour::WrongIssuer => claims["iss"] = "https://another.example".into(),
        Misbehaviour::Expired => claims["exp"] = (exp - 2 * ID_TOKEN_SECONDS).into(),
        Misbehaviour::None
        | Misbehaviour::Denied
        | Misbehaviour::ForeignKey
        | Misbehaviour::Tampered
        | Misbehaviour::Broken => {}
    }
    if misbehaviour == Misbehaviour::ForeignKey {
        return house.foreign.sign(&claims);
    }
    let token = house.own.sign(&claims)?;
    if misbehaviour == Misbehaviour::Tampered {
        claims["sub"] = "somebody else".into();
        let mut parts: Vec<&str> = token.split('.').collect();
        let forged = URL_SAFE_NO_PAD.encode(claims.to_string());
        parts[1] = &forged;
        return Ok(parts.join("."));
    }
    Ok(token)
}

async fn discord_token(State(house): State<Arc<House>>, Form(trade): Form<Trade>) -> Response {
    if house.misbehaviour() == Misbehaviour::Broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let token = house.change(|state| {
        let grant = state.codes.take(&trade)?;
        Some(state.codes.token(grant.person))
    });
    match token {
        Some(token) => Json(json!({"token_type": "Bearer", "access_token": token})).into_response(),
        None => refused("invalid_grant"),
    }
}

async fn whoami(State(house): State<Arc<House>>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(person) = house.change(|state| state.codes.whose(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    Json(json!({
        "id": person.id, "username": person.name, "global_name": person.name,
        "email": person.email, "verified": person.verified,
    }))
    .into_response()
}

/// Who consents from now on: people steer the stand-in by it.
async fn person(State(house): State<Arc<House>>, Json(person): Json<Person>) -> StatusCode {
    house.change(|state| state.person = person);
    StatusCode::NO_CONTENT
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}
