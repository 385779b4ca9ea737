//! `artists`: who sells styles, and what they have not been paid out.

mod artist;

pub use artist::*;

use domain::artists::ArtistEvent;
use domain::users::UserEvent;
use domain::wallets::WalletEvent;
use domain::{Asset, ledger};
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};
use crate::projector::Opener;

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[artist::STATEMENTS];

/// Fills `artists`.
pub struct Artists;

impl Projector for Artists {
    fn name(&self) -> &'static str {
        "artists"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["artist", "wallet", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Artist::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, keyring: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            artist(event, batch, &Opener::of(entry, keyring))?;
        }
        if let Some(event) = entry.event.of() {
            wallet(event, batch);
        }
        if let Some(UserEvent::Erased { user, .. }) = entry.event.of() {
            batch.blank_person::<Artist>("verified_email = null", "id", user.0);
        }
        Ok(())
    }
}

fn artist(event: &ArtistEvent, batch: &mut Batch, opener: &Opener<'_>) -> Result<(), Poison> {
    match event {
        ArtistEvent::Registered { artist, artist_name } => batch.insert(Artist {
            id: artist.0,
            artist_name: artist_name.clone(),
            signature_image_id: None,
            verified_email: None,
            style_count: 0,
            follower_count: 0, // Nobody can follow yet.
            earned_token_balance: 0,
            created_at: batch.at(),
            updated_at: batch.at(),
        }),
        ArtistEvent::Renamed { artist, artist_name } => {
            let artist_name = artist_name.clone();
            batch.update::<Artist>(artist.0, move |row| row.artist_name = artist_name);
        }
        ArtistEvent::SignatureImageSet { artist, image } => {
            let image = image.map(Into::into);
            batch.update::<Artist>(artist.0, move |row| row.signature_image_id = image);
        }
        ArtistEvent::EmailVerificationRequested { .. } => {}
        ArtistEvent::EmailVerified { artist, email } => {
            let email = opener.open(email, "email")?;
            batch.update::<Artist>(artist.0, move |row| row.verified_email = Some(email));
        }
        ArtistEvent::PayoutAccountSet { .. } => {} // Not for everybody: in `payout_accounts`.
        ArtistEvent::StyleAdded { artist, style: _ } => {
            batch.update::<Artist>(artist.0, |row| row.style_count += 1);
        }
    }
    Ok(())
}

/// Only artists have an EARNING wallet.
fn wallet(event: &WalletEvent, batch: &mut Batch) {
    if event.asset() == Asset::Earning {
        let (available, held) = ledger::movement(event);
        batch.update::<Artist>(event.owner().0, move |row| {
            row.earned_token_balance += available + held;
        });
    }
}
