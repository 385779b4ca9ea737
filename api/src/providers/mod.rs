//! Clients of the outside, one folder each.

pub mod discord;
pub mod google;
pub mod identity;
pub mod lemonsqueezy;
pub mod toss;
