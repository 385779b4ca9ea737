//! HTTP in, HTTP out; the only crate that knows the JSON of the outside. The binary `folio` runs
//! it, in one role or in all.

pub mod act;
pub mod app;
pub mod carriers;
pub mod cli;
pub mod config;
pub mod extract;
pub mod http;
pub mod links;
pub mod measure;
pub mod objects;
pub mod openapi;
pub mod operator;
pub mod passwords;
pub mod problem;
pub mod providers;
pub mod revocations;
pub mod router;
pub mod secrets;
pub mod service;
pub mod sessions;
pub mod signed;
pub mod state;
pub mod telemetry;
pub mod throttle;
pub mod tokens;
pub mod worker_keys;

pub mod artists;
pub mod auth;
pub mod feed;
pub mod generations;
pub mod images;
pub mod likes;
pub mod me;
pub mod meta;
pub mod models;
pub mod packages;
pub mod purchases;
pub mod styles;
pub mod transfers;
pub mod uploads;
pub mod users;
pub mod wallets;
pub mod webhooks;
pub mod worker;
