//! P7: an account is erased, one named step after another. What each step is about is found in
//! read tables, page by page; what it does to a page is a decision here. Every step finds nothing
//! to do where it was before, so a process that died anywhere begins again at the first one.

mod begin;
mod cancel_jobs;
mod erase;
mod remove_images;
mod remove_likes;
mod retire_styles;
mod unpublish;

#[cfg(test)]
mod tests;

pub use begin::{BeginErasure, Begun, LOOK_AGAIN};
pub use cancel_jobs::CancelJobs;
pub use erase::{Claim, Erase};
pub use remove_images::RemoveImages;
pub use remove_likes::RemoveLikes;
pub use retire_styles::{NAME_OF_DELETED, RetireStyles};
pub use unpublish::Unpublish;

/// Its name, as the cause of events.
pub const NAME: &str = "account-deletion";
/// Things one decision is about: a canceled job alone is five events of the 64 of a unit.
pub const PAGE_MAX: usize = 10;

/// What is done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Whether anything stands in the way; from here on it cannot be taken back.
    Begin,
    /// Jobs that still run or wait end, before what they would make is looked for.
    CancelJobs,
    /// Pictures everybody sees are hidden, before they go.
    Unpublish,
    /// Styles are taken out of use, the artist's name goes.
    RetireStyles,
    /// Likes are taken back.
    RemoveLikes,
    /// Files and then what is known of them go.
    RemoveImages,
    /// Names become free, the key is destroyed: the last step, for it makes all others impossible.
    Erase,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::Begin,
        Self::CancelJobs,
        Self::Unpublish,
        Self::RetireStyles,
        Self::RemoveLikes,
        Self::RemoveImages,
        Self::Erase,
    ];
}
