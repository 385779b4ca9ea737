//! What handlers take from a request, checked: past an extractor everything is well formed.

pub mod caller;
mod document;
pub mod idempotency_key;
pub mod json;
mod member;
pub mod min_position;
mod misfit;
pub mod page;
pub mod path;
pub mod query;
pub mod version;
pub mod viewing;

pub use caller::{Anyone, AtRest, Caller, WorkerCaller};
pub use idempotency_key::{Keyed, OptionallyKeyed};
pub use json::{Json, NoBody};
pub use min_position::{AtLeast, MinPosition};
pub(crate) use misfit::Misfit;
pub use page::{List, Page, PageParams};
pub use path::Path;
pub use query::Query;
pub use version::{IfMatch, IfNoneMatch};
pub use viewing::Viewing;
