//! The read side, whole: what each table holds, how it is filled, how it is read. Every table can
//! be thrown away and built again from the log, byte for byte.

pub mod frame;
pub mod projector;
pub mod rebuild;
pub mod schema;
pub mod status;

pub mod adjustments;
pub mod artists;
pub mod audit;
pub mod exports;
pub mod generations;
pub mod images;
pub mod keys;
pub mod ledger;
pub mod likes;
pub mod models;
pub mod own;
pub mod packages;
pub mod payouts;
pub mod plans;
pub mod purchases;
pub mod sessions;
pub mod styles;
pub mod subscriptions;
pub mod users;
pub mod wallets;
pub mod webhooks;
pub mod workers;

pub use projector::{Projection, Projector};

use frame::Statement;

/// Every projector. Each is a consumer of its own, so that none waits for another.
pub static ALL: &[&dyn Projector] = &[
    &users::Users,
    &artists::Artists,
    &wallets::Wallets,
    &ledger::Ledger,
    &packages::Packages,
    &purchases::Purchases,
    &payouts::Payouts,
    &adjustments::Adjustments,
    &plans::Plans,
    &subscriptions::Subscriptions,
    &webhooks::Webhooks,
    &styles::Styles,
    &models::Models,
    &generations::Generations,
    &images::Images,
    &likes::Likes,
    &workers::Workers,
    &sessions::Sessions,
    &keys::Keys,
    &exports::Exports,
    &audit::Audit,
];

/// The projector of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Projector> {
    ALL.iter().copied().find(|projector| projector.name() == name)
}

/// Every statement that reads a read table, for the test that prepares them all.
#[must_use]
pub fn statements() -> Vec<&'static dyn Statement> {
    let contexts = [
        users::STATEMENTS,
        artists::STATEMENTS,
        wallets::STATEMENTS,
        ledger::STATEMENTS,
        packages::STATEMENTS,
        purchases::STATEMENTS,
        payouts::STATEMENTS,
        adjustments::STATEMENTS,
        plans::STATEMENTS,
        subscriptions::STATEMENTS,
        webhooks::STATEMENTS,
        styles::STATEMENTS,
        models::STATEMENTS,
        generations::STATEMENTS,
        images::STATEMENTS,
        likes::STATEMENTS,
        workers::STATEMENTS,
        sessions::STATEMENTS,
        keys::STATEMENTS,
        exports::STATEMENTS,
        audit::STATEMENTS,
        status::STATEMENTS,
    ];
    contexts.into_iter().flatten().copied().flatten().copied().collect()
}
