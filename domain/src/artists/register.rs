//! Becoming an artist touches two streams, the person's and the artist's.

use super::{Artist, ArtistCommand, ArtistName};
use crate::UserId;
use crate::aggregate::Stream;
use crate::users::{Role, User, UserCommand};
use crate::work::{Decision, Halt, Work};

/// A user becomes an artist and gets the role (ART-01, IAM-07).
#[derive(Debug, Clone)]
pub struct RegisterArtist {
    /// Who.
    pub user: UserId,
    /// The public name.
    pub artist_name: ArtistName,
}

impl Decision for RegisterArtist {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Artist>(self.user), Stream::of::<User>(self.user)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let Self { user, artist_name } = self.clone();
        work.decide::<Artist>(user, ArtistCommand::Register { artist: user, artist_name })?;
        work.decide::<User>(user, UserCommand::GrantRole { user, role: Role::Artist })?;
        Ok(())
    }
}
