//! P7: an account is erased, one named step after another. What each step is about is found in
//! read tables, page by page; what it does to a page is a decision here. Every step finds nothing
//! to do where it was before, so a process that died anywhere begins again at the first one.

mod begin;
mod cancel_jobs;
mod delete_styles;
mod end_subscriptions;
mod erase;
mod forget_deliveries;
mod forget_letters;
mod remove_exports;
mod remove_images;
mod remove_likes;
mod retire_styles;
mod unpublish;

#[cfg(test)]
mod tests;

pub use begin::{BeginErasure, Begun, LOOK_AGAIN};
pub use cancel_jobs::CancelJobs;
pub use delete_styles::DeleteStyles;
pub use end_subscriptions::EndSubscriptions;
pub use erase::Erase;
pub use forget_deliveries::ForgetDeliveries;
pub use forget_letters::ForgetLetters;
pub use remove_exports::RemoveExports;
pub use remove_images::RemoveImages;
pub use remove_likes::RemoveLikes;
pub use retire_styles::{NAME_OF_DELETED, RetireStyles};
pub use unpublish::Unpublish;

/// Its name, as the cause of events.
pub const NAME: &str = "account-deletion";
/// Things one decision is about: a canceled job alone is five events of the 64 of a unit.
pub const PAGE_MAX: usize = 10;

/// A claim, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is unique.
    pub scope: String,
    /// The value.
    pub value: String,
}

/// What is done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Whether anything stands in the way; from here on it cannot be taken back.
    Begin,
    /// Nothing more is collected from them.
    EndSubscriptions,
    /// Jobs that still run or wait end, before what they would make is looked for.
    CancelJobs,
    /// Pictures everybody sees are hidden, before they go.
    Unpublish,
    /// Styles are taken out of use, the artist's name goes.
    RetireStyles,
    /// Those that nobody painted in go.
    DeleteStyles,
    /// Likes are taken back.
    RemoveLikes,
    /// Files and then what is known of them go.
    RemoveImages,
    /// Copies of their data that were made for them go.
    RemoveExports,
    /// Names become free, the keys are destroyed, and with them all access.
    Erase,
    /// What providers of payment sent in is forgotten, now that nothing more of it is kept.
    ForgetDeliveries,
    /// Letters to them that were not sent yet are not sent any more.
    ForgetLetters,
    /// States of the person's streams that were kept aside go: the log no longer opens, nor do they.
    DropSnapshots,
    /// Read tables that a rebuild or a comparison left behind when it died go.
    SweepTables,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 14] = [
        Self::Begin,
        Self::EndSubscriptions,
        Self::CancelJobs,
        Self::Unpublish,
        Self::RetireStyles,
        Self::DeleteStyles,
        Self::RemoveLikes,
        Self::RemoveImages,
        Self::RemoveExports,
        Self::Erase,
        Self::ForgetDeliveries,
        Self::ForgetLetters,
        Self::DropSnapshots,
        Self::SweepTables,
    ];
}
