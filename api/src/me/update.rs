//! `PATCH /v1/me` (c3): handle, free name, words and picture, all of it or nothing.

use axum::extract::State;
use domain::ImageId;
use domain::input::{FieldError, given};
use domain::users::{Bio, DisplayName, ProfileChange, UpdateMe, Username};
use projections::users::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::act::{Answered, Positioned};
use crate::app::App;
use crate::extract::{AtLeast, Caller, IfMatch, OptionallyKeyed};
use crate::problem::{OrFault as _, Problem};

/// The projection that knows what is so already.
const READS: &[&str] = &["users"];

/// What changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// Another handle; the one before stays blocked for 30 days, and this one for 14 as it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 3, max_length = 50, example = "ada.paints")]
    username: Option<String>,
    /// The free name people see.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Ada")]
    display_name: Option<String>,
    /// A few words about oneself; null takes them away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    bio: Option<Option<String>>,
    /// One of the caller's own pictures; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    avatar_image_id: Option<Option<Uuid>>,
}

/// The caller after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// For `If-Match`, in quotes.
    pub(super) version: u64,
}

/// The well-formed parts of a change.
struct Change {
    username: Option<Username>,
    display_name: Option<DisplayName>,
    bio: Option<Option<Bio>>,
}

impl ChangeMe {
    fn parse(&self) -> Result<Change, Problem> {
        let mut wrong = Vec::new();
        let mut note = |pointer: &str, error| wrong.push(FieldError::new(pointer, error));
        let username = self.username.as_deref().map(Username::chosen).transpose();
        let username = username.unwrap_or_else(|e| {
            note("/username", e);
            None
        });
        let display_name = self.display_name.as_deref().map(DisplayName::chosen).transpose();
        let display_name = display_name.unwrap_or_else(|e| {
            note("/display_name", e);
            None
        });
        let bio = self.bio.as_ref().map(|bio| bio.as_deref().map(Bio::parse).transpose());
        let bio = bio.transpose().unwrap_or_else(|e| {
            note("/bio", e);
            None
        });
        if wrong.is_empty() {
            Ok(Change { username, display_name, bio })
        } else {
            Err(wrong.into())
        }
    }
}

/// Change how others see the caller.
#[utoipa::path(patch, path = "/v1/me", tag = "users", operation_id = "update_me",
    security(("bearer" = [])), request_body = ChangeMe,
    params(("Idempotency-Key" = Option<String>, Header, description = "Accepted"),
        ("If-Match" = Option<String>, Header, description = "An ETag of /v1/me")),
    responses((status = 200, description = "Changed", body = Positioned<Changed>),
        (status = 409, description = "name-taken, username-changed-lately"),
        (status = 412, description = "version-mismatch"),
        (status = 422, description = "validation-failed")))]
pub async fn update_me(
    State(app): State<App>,
    caller: Caller,
    IfMatch(version): IfMatch,
    OptionallyKeyed { key, body }: OptionallyKeyed<ChangeMe>,
) -> Result<Answered<Changed>, Problem> {
    let mut change = body.parse()?;
    let mut avatar = body.avatar_image_id;
    AtLeast::now(&app).await?.reached(&app, READS).await?;
    let present = projections::users::by_id(caller.reads(&app), caller.user.0).await;
    if let Some(present) = present.or_fault("read a user")? {
        change.leave_out(&present);
        avatar = avatar.filter(|avatar| *avatar != present.avatar_image_id);
    }
    let avatar = avatar.map(|image| image.map(ImageId));
    let decision = UpdateMe {
        user: caller.user,
        change: change.sealed(&app, caller.user.0, avatar).await?,
        username: change.username,
        version,
    };
    let done = app.execute(key, caller.metadata(&app), decision).await?;
    Ok(done.ok(|version| Changed { version }))
}

impl Change {
    /// Leaves out what is so already: to say it again is no event.
    fn leave_out(&mut self, present: &User) {
        let is_so = |name: &DisplayName| name.as_str() == present.display_name;
        self.display_name = self.display_name.take().filter(|name| !is_so(name));
        let is_so = |bio: &Option<Bio>| bio.as_ref().map(Bio::as_str) == present.bio.as_deref();
        self.bio = self.bio.take().filter(|bio| !is_so(bio));
    }

    async fn sealed(
        &self,
        app: &App,
        person: Uuid,
        avatar: Option<Option<ImageId>>,
    ) -> Result<ProfileChange, Problem> {
        const EVENT: &str = "user.profile_updated";
        let mut sealed = ProfileChange { avatar, ..ProfileChange::default() };
        if let Some(name) = &self.display_name {
            let name = app.keyring.seal(person, EVENT, "display_name", name.as_str()).await;
            sealed.display_name = Some(name.or_fault("seal a free name")?);
        }
        if let Some(bio) = &self.bio {
            sealed.bio = Some(match bio {
                None => None,
                Some(bio) => {
                    let bio = app.keyring.seal(person, EVENT, "bio", bio.as_str()).await;
                    Some(bio.or_fault("seal words about oneself")?)
                }
            });
        }
        Ok(sealed)
    }
}
