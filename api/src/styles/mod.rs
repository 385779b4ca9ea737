//! Styles (c7): what artists offer.

mod body;
pub mod read;
pub mod show;
pub mod write;

pub use body::{StyleBody, StyleStats};

use domain::UserId;
use projections::styles as table;
use uuid::Uuid;

use crate::app::App;
use crate::extract::Caller;
use crate::problem::{OrFault as _, Problem};

/// The projections these read: styles with their artists' names.
const READS: &[&str] = &["styles", "artists"];

/// The style, if the caller may know of it: a published one, or their own.
async fn seen_by(
    app: &App,
    caller: Option<&Caller>,
    id: Uuid,
) -> Result<table::StyleView, Problem> {
    let found = table::by_id(app.reads_by(caller), id).await.or_fault("read a style")?;
    found
        .filter(|style| style.is_active || is_of(style, caller))
        .ok_or_else(|| Problem::not_found("style"))
}

fn is_of(style: &table::StyleView, caller: Option<&Caller>) -> bool {
    caller.is_some_and(|caller| caller.user == UserId(style.artist_id))
}
