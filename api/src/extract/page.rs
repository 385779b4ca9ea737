//! Lists by keyset (c0.4): `limit` and an opaque `cursor` that only fits the list it came from.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use projections::frame::query::Far;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::Query;
use crate::app::App;
use crate::problem::Problem;

/// Entries of a page unless told otherwise, and at most.
const LIMIT_DEFAULT: u16 = 20;
const LIMIT_MAX: u16 = 100;

/// Which page of a list.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Entries at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page of a list, checked.
#[derive(Debug, Clone)]
pub struct Page {
    limit: u16,
    cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(params) = Query::<PageParams>::from_request_parts(parts, state).await?;
        let limit = params.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::invalid("?limit", format!("Between 1 and {LIMIT_MAX}.")));
        }
        Ok(Self { limit, cursor: params.cursor })
    }
}

impl Page {
    /// What to ask the read table for: one row more than the page has, to know whether there are
    /// more. `list` names the list with its owner and filters: a cursor of another one is refused.
    ///
    /// # Errors
    /// The cursor is not one of ours for this list.
    pub fn rows<K: Far + DeserializeOwned>(
        &self,
        app: &App,
        list: &str,
    ) -> Result<projections::frame::Page<K>, Problem> {
        let after: Option<(K, Uuid)> = match &self.cursor {
            None => None,
            Some(cursor) => Some(app.signer.open(&purpose(list), cursor).map_err(|_| {
                Problem::invalid("?cursor", "It is not a cursor of this list with these filters.")
            })?),
        };
        Ok(projections::frame::Page::after(after, self.limit + 1))
    }

    /// The page as it is answered.
    ///
    /// # Errors
    /// The cursor does not serialize: a fault of ours.
    pub fn list<V, K: Serialize, T>(
        &self,
        app: &App,
        list: &str,
        mut rows: Vec<V>,
        key: impl Fn(&V) -> (K, Uuid),
        entry: impl Fn(V) -> T,
    ) -> Result<List<T>, Problem> {
        let has_more = rows.len() > usize::from(self.limit);
        rows.truncate(usize::from(self.limit));
        let last = rows.last().filter(|_| has_more).map(&key);
        let next_cursor = last
            .map(|key| app.signer.seal(&purpose(list), &key))
            .transpose()
            .map_err(Problem::fault)?;
        Ok(List {
            object: "list",
            data: rows.into_iter().map(entry).collect(),
            has_more,
            next_cursor,
        })
    }
}

fn purpose(list: &str) -> String {
    format!("cursor:{list}")
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// Always `list`.
    #[schema(value_type = String, example = "list")]
    object: &'static str,
    /// The entries.
    pub data: Vec<T>,
    /// Whether there are entries after these.
    pub has_more: bool,
    /// For `cursor`, if there are.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that is short by nature, all of it.
    #[must_use]
    pub fn whole(data: Vec<T>) -> Self {
        Self { object: "list", data, has_more: false, next_cursor: None }
    }

    /// The same page with other entries.
    ///
    /// # Errors
    /// The first of an entry.
    pub fn try_map<U, E>(self, entry: impl FnMut(T) -> Result<U, E>) -> Result<List<U>, E> {
        let Self { object, data, has_more, next_cursor } = self;
        let data = data.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(List { object, data, has_more, next_cursor })
    }
}

impl<T: Serialize> axum::response::IntoResponse for List<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self).into_response()
    }
}
