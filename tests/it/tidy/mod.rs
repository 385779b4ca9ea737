//! What a machine can keep of our conventions. Each rule says what to do instead.

#![expect(clippy::unwrap_used, reason = "a tree that cannot be read is not tidy")]

mod arrows;
mod requirements;
mod source;
mod wildcards;
mod words;
