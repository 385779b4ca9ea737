//! The page behind a problem's `type`: what it means and what to do, for people.

use axum::extract::Path;
use axum::response::Html;

use super::{Problem, Slug};

/// What a problem means.
#[utoipa::path(get, path = "/problems/{slug}", tag = "meta", operation_id = "explain_problem",
    params(("slug" = String, Path, description = "The last part of a problem's type")),
    responses((status = 200, description = "A page for people", content_type = "text/html", body = String)))]
pub async fn explain_problem(Path(slug): Path<String>) -> Result<Html<String>, Problem> {
    let known = Slug::ALL.iter().find(|known| known.text() == slug);
    let known = known.ok_or_else(|| Problem::not_found("problem"))?;
    Ok(Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}}\
         code{{background:#eee;padding:.1em .3em}}</style>\
         <h1>{title}</h1><p><code>{slug}</code>, usually status <code>{status}</code></p>\
         <p>{advice}</p></html>",
        title = known.title(),
        slug = known.text(),
        status = known.status().as_u16(),
        advice = known.advice(),
    )))
}
