//! Clients of the outside, one folder each.

pub mod toss;
