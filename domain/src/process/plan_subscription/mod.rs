//! P3's ends towards Lemon Squeezy. The other half of it is [`crate::subscriptions`].

/// Who delivers.
pub const PROVIDER: &str = "lemonsqueezy";
