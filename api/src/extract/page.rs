//! Lists by keyset (c0.4): `limit` and an opaque `cursor` that only fits the list it came from, on to
//! the next page or back to the one before.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
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
    /// `next_cursor` of the page before, or `prev_cursor` of the page after.
    cursor: Option<String>,
}

/// Which page of a list, checked.
#[derive(Debug, Clone)]
pub struct Page {
    limit: u16,
    cursor: Option<String>,
    /// The address of the list, all but the cursor.
    list: String,
}

/// Where a page begins or ends, as it is signed.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor<K> {
    way: Way,
    key: K,
    id: Uuid,
}

/// On from the row, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    On,
    Back,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(params) = Query::<PageParams>::from_request_parts(parts, state).await?;
        let limit = params.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::invalid("?limit", format!("Between 1 and {LIMIT_MAX}.")));
        }
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let others = query.split('&').filter(|pair| !pair.is_empty());
        let others = others.filter(|pair| !pair.starts_with("cursor="));
        let others: String = others.map(|pair| format!("{pair}&")).collect();
        Ok(Self { limit, cursor: params.cursor, list: format!("{path}?{others}cursor=") })
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
        let limit = self.limit + 1;
        Ok(match self.cursor(app, list)? {
            None => projections::frame::Page::after(None, limit),
            Some(Cursor { way: Way::On, key, id }) => {
                projections::frame::Page::after(Some((key, id)), limit)
            }
            Some(Cursor { way: Way::Back, key, id }) => {
                projections::frame::Page::before((key, id), limit)
            }
        })
    }

    fn cursor<K: DeserializeOwned>(
        &self,
        app: &App,
        list: &str,
    ) -> Result<Option<Cursor<K>>, Problem> {
        let open = |cursor: &String| app.signer.open(&purpose(list), cursor);
        self.cursor.as_ref().map(open).transpose().map_err(|_| {
            Problem::invalid("?cursor", "It is not a cursor of this list with these filters.")
        })
    }

    /// The page as it is answered.
    ///
    /// # Errors
    /// The cursor does not serialize: a fault of ours.
    pub fn list<V, K: Serialize + DeserializeOwned, T>(
        &self,
        app: &App,
        list: &str,
        mut rows: Vec<V>,
        key: impl Fn(&V) -> (K, Uuid),
        entry: impl Fn(V) -> T,
    ) -> Result<List<T>, Problem> {
        let way = self.cursor::<K>(app, list)?.map(|cursor| cursor.way);
        let has_extra = rows.len() > usize::from(self.limit);
        if has_extra && way == Some(Way::Back) {
            rows.remove(0); // The farthest one: there are more before it.
        }
        rows.truncate(usize::from(self.limit));
        let cursor = |way, row: Option<&V>| {
            let (key, id) = row.map(&key)?;
            Some(app.signer.seal(&purpose(list), &Cursor { way, key, id }).map_err(Problem::fault))
        };
        // Whoever came by a cursor came from one side, where the row lies that it names.
        let (more_before, has_more) = match way {
            Some(Way::Back) => (has_extra, !rows.is_empty()),
            Some(Way::On) => (true, has_extra),
            None => (false, has_extra),
        };
        let next_cursor = cursor(Way::On, rows.last().filter(|_| has_more)).transpose()?;
        let prev_cursor = cursor(Way::Back, rows.first().filter(|_| more_before)).transpose()?;
        let link = |cursor: &Option<String>, rel| {
            cursor.as_ref().map(|cursor| format!("<{}{cursor}>; rel=\"{rel}\"", self.list))
        };
        let links = [link(&next_cursor, "next"), link(&prev_cursor, "prev")];
        Ok(List {
            object: "list",
            data: rows.into_iter().map(entry).collect(),
            has_more,
            links: links.into_iter().flatten().collect(),
            next_cursor,
            prev_cursor,
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
    /// For `cursor`: the page after this one, if there is one.
    pub next_cursor: Option<String>,
    /// For `cursor`: the page before this one, if there is one.
    pub prev_cursor: Option<String>,
    /// Both as `Link` (RFC 8288).
    #[serde(skip)]
    links: Vec<String>,
}

impl<T> List<T> {
    /// A list that is short by nature, all of it.
    #[must_use]
    pub fn whole(data: Vec<T>) -> Self {
        let (next_cursor, prev_cursor) = (None, None);
        Self { object: "list", data, has_more: false, next_cursor, prev_cursor, links: Vec::new() }
    }

    /// The same page with other entries.
    ///
    /// # Errors
    /// The first of an entry.
    pub fn try_map<U, E>(self, entry: impl FnMut(T) -> Result<U, E>) -> Result<List<U>, E> {
        let Self { object, data, has_more, next_cursor, prev_cursor, links } = self;
        let data = data.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(List { object, data, has_more, next_cursor, prev_cursor, links })
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        let links = self.links.join(", ");
        let mut response = axum::Json(self).into_response();
        if let Some(links) = HeaderValue::from_str(&links).ok().filter(|links| !links.is_empty()) {
            response.headers_mut().insert(header::LINK, links);
        }
        response
    }
}
