//! The table `user_profiles`: what everybody may know of a person. `users` has the rest, and
//! is seen by its owner only.

use chrono::{DateTime, Utc};
use domain::{ImageId, Sealed, UserId};
use uuid::Uuid;

use super::User;
use crate::frame::macros::table;
use crate::frame::{Batch, Poison, Query, ReadError, Reader, Readers, Statement};
use crate::projector::Opener;

table! {
    /// A person, as everybody may see them.
    pub struct Profile: "user_profiles" key (id: Uuid) {
        /// Who.
        pub id: Uuid,
        /// The handle, unique without regard to case (IAM-02).
        pub username: String,
        /// The free name (IAM-05).
        pub display_name: String,
        /// A few words about oneself (IAM-06).
        pub bio: Option<String>,
        /// The picture that stands for the person (IAM-06).
        pub avatar_image_id: Option<Uuid>,
        /// When they signed up.
        pub created_at: DateTime<Utc>,
        /// When anything here last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY.personal(&["display_name", "bio"]) }
    checks {}
    indexes {
        user_profiles_username: "(lower(username))",
    }
}

static BY_ID: Query<Profile> = Query::rows("where id = $1");
static BY_USERNAME: Query<Profile> = Query::rows("where lower(username) = lower($1)");
static BY_IDS: Query<Profile> = Query::rows("where id = any ($1) order by id");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_ID, &BY_USERNAME, &BY_IDS];

/// What everybody may know of the person of an id.
///
/// # Errors
/// The read tables cannot be read.
pub async fn profile(reader: Reader<'_>, id: Uuid) -> Result<Option<Profile>, ReadError> {
    BY_ID.one(reader, &[&id]).await
}

/// What everybody may know of the person of a handle, whatever its case. Reads by
/// `user_profiles_username`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn profile_of(reader: Reader<'_>, username: &str) -> Result<Option<Profile>, ReadError> {
    BY_USERNAME.one(reader, &[&username]).await
}

/// Those of these people who exist, in the order of their ids.
///
/// # Errors
/// The read tables cannot be read.
pub async fn profiles(reader: Reader<'_>, ids: &[Uuid]) -> Result<Vec<Profile>, ReadError> {
    BY_IDS.all(reader, &[&ids]).await
}

/// Somebody signed up: what `users` knows is known to everybody too.
pub(super) fn begin(user: &User, batch: &mut Batch) {
    batch.insert(Profile {
        id: user.id,
        username: user.username.clone(),
        display_name: user.display_name.clone(),
        bio: None,
        avatar_image_id: None,
        created_at: batch.at(),
        updated_at: batch.at(),
    });
}

pub(super) fn rename(user: UserId, username: &str, batch: &mut Batch) {
    let (own, public) = (username.to_owned(), username.to_owned());
    batch.update::<User>(user.0, move |row| row.username = own);
    batch.update::<Profile>(user.0, move |row| row.username = public);
}

/// What `user.profile_updated` says of free name, words and picture.
pub(super) struct Said<'a> {
    pub(super) display_name: Option<&'a Sealed>,
    pub(super) bio: Option<Option<&'a Sealed>>,
    pub(super) avatar: Option<Option<ImageId>>,
}

/// What is absent stays; what is null is gone.
pub(super) fn update(
    user: UserId,
    said: &Said<'_>,
    batch: &mut Batch,
    opener: &Opener<'_>,
) -> Result<(), Poison> {
    let open = |name: &'static str| move |sealed: &Sealed| opener.open(sealed, name);
    let display_name = said.display_name.map(open("display_name")).transpose()?;
    let bio = said.bio.map(|bio| bio.map(open("bio")).transpose()).transpose()?;
    let avatar = said.avatar.map(|image| image.map(Uuid::from));
    let own = (display_name.clone(), bio.clone());
    batch.update::<User>(user.0, move |row| {
        (row.display_name, row.bio) = changed((&row.display_name, &row.bio), own);
        row.avatar_image_id = avatar.unwrap_or(row.avatar_image_id);
    });
    batch.update::<Profile>(user.0, move |row| {
        (row.display_name, row.bio) = changed((&row.display_name, &row.bio), (display_name, bio));
        row.avatar_image_id = avatar.unwrap_or(row.avatar_image_id);
    });
    Ok(())
}

fn changed(
    (display_name, bio): (&str, &Option<String>),
    said: (Option<String>, Option<Option<String>>),
) -> (String, Option<String>) {
    (said.0.unwrap_or_else(|| display_name.to_owned()), said.1.unwrap_or_else(|| bio.clone()))
}
