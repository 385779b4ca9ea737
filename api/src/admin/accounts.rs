//! Accounts as staff see them, and the roles they have (c15, IAM-07).

use std::collections::BTreeSet;

use axum::Json as JsonBody;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::UserId;
use domain::input::FieldError;
use domain::users::{Email, Role, SetRoles, Status};
use projections::frame::Reader;
use projections::users as read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{
    AtLeast, Caller, List, MinPosition, OptionallyKeyed, Page, PageParams, Path, Query,
};
use crate::openapi::words;
use crate::problem::{OrFault as _, Problem};

/// The projection these read.
const READS: &[&str] = &["users"];
/// Who sees other people's accounts.
const STAFF: &[Role] = &[Role::Admin, Role::Support];

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// `artist`, `admin`, `support`, `moderator`, `auditor` or `worker`.
    #[param(inline, value_type = Option<words::Role>)]
    role: Option<Role>,
    /// `active`, `suspended`, `deactivated`, `pending_deletion` or `erased`.
    #[param(inline, value_type = Option<words::AccountStatus>)]
    status: Option<Status>,
    /// The login address, exactly; case does not matter.
    #[param(max_length = 254)]
    email: Option<String>,
}

/// An account, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    /// Whose.
    id: Uuid,
    /// The handle.
    username: String,
    /// The login address.
    email: Option<String>,
    /// The free name.
    display_name: String,
    /// Roles beside that of a plain user.
    #[schema(value_type = Vec<words::Role>)]
    roles: Vec<String>,
    /// `active`, `suspended`, `deactivated`, `pending_deletion` or `erased`.
    #[schema(value_type = words::AccountStatus)]
    status: String,
    /// Why staff last changed that.
    status_reason: Option<String>,
    /// When they signed up.
    created_at: DateTime<Utc>,
}

impl From<read::User> for AccountBody {
    fn from(row: read::User) -> Self {
        Self {
            id: row.id,
            username: row.username,
            email: row.email,
            display_name: row.display_name,
            roles: row.roles,
            status: row.status,
            status_reason: row.status_reason,
            created_at: row.created_at,
        }
    }
}

/// Accounts, newest first.
#[utoipa::path(get, path = "/v1/admin/users", tag = "admin", operation_id = "list_accounts",
    params(AccountFilter, PageParams, MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "A page of accounts", body = List<AccountBody>)))]
pub async fn list_accounts(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<AccountFilter>,
    page: Page,
    at_least: AtLeast,
) -> Result<List<AccountBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let role = filter.role.map(Role::word);
    let status = filter.status.map(Status::word);
    let reads = caller.reads_as(&app, STAFF)?;
    let list = format!("accounts:{role:?}:{status:?}");
    let rows = page.rows(&app, &list)?;
    if let Some(email) = filter.email {
        let fits = |row: &read::User| {
            role.is_none_or(|role| row.roles.iter().any(|has| has == role))
                && status.is_none_or(|status| row.status == status)
        };
        let found = with_address(reads, &email).await?.filter(fits);
        return Ok(List::whole(found.into_iter().map(AccountBody::from).collect()));
    }
    let rows = read::page(reads, (role, status), rows).await.or_fault("read accounts")?;
    page.list(&app, &list, rows, |row| (row.created_at, row.id), AccountBody::from)
}

/// Whose login address it is.
async fn with_address(reads: Reader<'_>, text: &str) -> Result<Option<read::User>, Problem> {
    let email = Email::parse(text).map_err(|e| FieldError::new("?email", e))?;
    read::by_email(reads, email.as_str()).await.or_fault("read an account")
}

/// One account.
#[utoipa::path(get, path = "/v1/admin/users/{id}", tag = "admin", operation_id = "read_account",
    params(("id" = Uuid, Path, description = "The user"), MinPosition),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])),
    responses((status = 200, description = "The account", body = AccountBody)))]
pub async fn read_account(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    at_least: AtLeast,
) -> Result<JsonBody<AccountBody>, Problem> {
    at_least.reached(&app, READS).await?;
    let found = read::by_id(caller.reads_as(&app, STAFF)?, id).await.or_fault("read an account")?;
    Ok(JsonBody(found.ok_or_else(|| Problem::not_found("user"))?.into()))
}

/// The roles somebody shall have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedRoles {
    /// All of `admin`, `support`, `moderator`, `auditor` and `worker` they shall have; others are
    /// taken away. `artist` comes with registering as one and stays.
    #[schema(value_type = Vec<words::Role>, example = json!(["support"]), max_items = 5)]
    roles: BTreeSet<Role>,
}

/// The roles somebody has.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolesBody {
    /// Whose.
    id: Uuid,
    /// Roles beside that of a plain user.
    #[schema(value_type = Vec<words::Role>)]
    roles: Vec<&'static str>,
}

/// Give and take roles: an admin any, support only those it has itself, nobody their own. A role
/// that is taken away ends every token that states it.
#[utoipa::path(put, path = "/v1/admin/users/{id}/roles", tag = "admin", operation_id = "set_account_roles",
    params(("id" = Uuid, Path, description = "The user"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted")),
    security(("bearer" = ["admin"]), ("bearer" = ["support"])), request_body = WantedRoles,
    responses((status = 200, description = "The roles they have now", body = Positioned<RolesBody>),
        (status = 403, description = "forbidden: one's own, or a role the caller lacks; account-suspended: theirs is"),
        (status = 404, description = "not-found")))]
pub async fn set_account_roles(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionallyKeyed { key, body }: OptionallyKeyed<WantedRoles>,
) -> Result<Answered<RolesBody>, Problem> {
    if body.roles.contains(&Role::Artist) {
        let detail = "An artist becomes one by registering, not by staff.";
        return Err(Problem::invalid("/roles", detail));
    }
    let decision = SetRoles { by: caller.user, user: UserId(id), roles: body.roles };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|roles| RolesBody { id, roles: roles.into_iter().map(Role::word).collect() }))
}
