//! The story that `./run demo` plays over HTTP, and the stand-ins of outside services it needs.

pub mod identity;
pub mod lemonsqueezy;
pub mod story;
pub mod toss;
