//! Making and changing styles. Another's style is answered like none.

use axum::extract::State;
use domain::input::FieldError;
use domain::styles::{
    CreateStyle, Description, MAX_STYLES_DEFAULT, Style, StyleCommand, StyleName,
};
use domain::{Amount, One, StyleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{Caller, OptionallyKeyed, Path};
use crate::problem::Problem;

/// A style to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStyle {
    /// Unique among the artist's styles, without regard to case.
    #[schema(min_length = 1, max_length = 100, example = "Dusk in Ink")]
    name: String,
    /// What it is.
    #[serde(default)]
    #[schema(max_length = 2000, example = "Strokes that follow the wind.")]
    description: String,
    /// Tokens per picture; nothing if not said.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 20)]
    cost: i64,
}

/// What a style is, said anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StylePatch {
    /// In its artist's words.
    #[schema(max_length = 2000)]
    description: String,
}

/// A licence fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StylePrice {
    /// Tokens per picture; accepted jobs keep theirs (STY-07).
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 20)]
    cost: i64,
}

/// A style that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StyleRef {
    /// Which.
    id: Uuid,
}

/// Make a style. Nobody else sees it before it is published.
#[utoipa::path(post, path = "/v1/styles", tag = "styles", operation_id = "create_style",
    security(("bearer" = [])), request_body = NewStyle,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 201, description = "A style", body = Positioned<StyleRef>),
        (status = 403, description = "forbidden: the caller is no artist"),
        (status = 409, description = "name-taken, style-limit")))]
pub async fn create_style(
    State(app): State<App>,
    caller: Caller,
    OptionallyKeyed { key, body }: OptionallyKeyed<NewStyle>,
) -> Result<Answered<StyleRef>, Problem> {
    let name = StyleName::parse(&body.name).map_err(|e| FieldError::new("/name", e))?;
    let description = description(&body.description)?;
    let (style, artist, tokens) = (StyleId(Uuid::now_v7()), caller.user, cost(body.cost)?);
    let max_styles = MAX_STYLES_DEFAULT;
    let decision = CreateStyle { style, artist, name, description, tokens, max_styles };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.created(|style| StyleRef { id: style.0 }))
}

/// Describe a style anew.
#[utoipa::path(patch, path = "/v1/styles/{id}", tag = "styles", operation_id = "describe_style",
    security(("bearer" = [])), request_body = StylePatch,
    params(("id" = Uuid, Path, description = "The style"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Described", body = Positioned<StyleRef>)))]
pub async fn describe_style(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<StylePatch>,
) -> Result<Answered<StyleRef>, Problem> {
    let (style, artist) = (StyleId(id), caller.user);
    let description = description(&body.description)?;
    let command = StyleCommand::Describe { style, artist, description };
    let decision = One::<Style>::of(style, command);
    Ok(app.execute(key, caller.metadata(&app), decision).await?.ok(|()| StyleRef { id }))
}

/// Set a style's licence fee per picture.
#[utoipa::path(put, path = "/v1/styles/{id}/price", tag = "styles", operation_id = "price_style",
    security(("bearer" = [])), request_body = StylePrice,
    params(("id" = Uuid, Path, description = "The style"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    responses((status = 200, description = "Priced", body = Positioned<StyleRef>)))]
pub async fn price_style(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<StylePrice>,
) -> Result<Answered<StyleRef>, Problem> {
    let (style, artist, tokens) = (StyleId(id), caller.user, cost(body.cost)?);
    let decision = One::<Style>::of(style, StyleCommand::Price { style, artist, tokens });
    Ok(app.execute(key, caller.metadata(&app), decision).await?.ok(|()| StyleRef { id }))
}

fn description(text: &str) -> Result<Description, FieldError> {
    Description::parse(text).map_err(|e| FieldError::new("/description", e))
}

fn cost(tokens: i64) -> Result<Amount, FieldError> {
    Amount::new(tokens).map_err(|e| FieldError::new("/cost", e))
}
