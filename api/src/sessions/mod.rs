//! Sessions over HTTP: every way to log in ends in [`open`], and the pair of tokens it gives is
//! renewed and taken back here (c0.10, IAM-17).

pub mod cookies;
pub mod csrf;
pub mod devices;
pub mod end;
mod open;
pub mod refresh;
pub mod refresh_token;

pub use open::{SignedIn, TokensBody, open, open_under};
