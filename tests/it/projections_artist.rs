//! What Bob the artist does beside painting: his profile, and his earnings' way to the bank.

use domain::artists::ArtistEvent;
use domain::exports::ExportEvent;
use domain::keys::{KeyEvent, KeyMode, Scope};
use domain::payouts::{Deal, PayoutEvent};
use domain::users::UserEvent;
use domain::wallets::{Draw, Purpose, WalletEvent};
use domain::{Amount, Asset, Event, ExportId, HoldId, KeyId, LotId, PayoutId, WalletId};
use uuid::Uuid;

use crate::projections_ground::recorded_at;
use crate::projections_story::{ANN, BOB, IMAGE, Seal, Story, end};

pub const PAYOUT: PayoutId = PayoutId(Uuid::from_u128(0x80));

/// Bob takes another name and address, says something of himself, and how to write to him.
pub fn shown(seal: Seal<'_>) -> Story {
    let (user, at) = (BOB, recorded_at(0));
    let field = |field, text| seal(BOB.0, ("user.profile_updated", field), text);
    let email = |event, address| seal(BOB.0, (event, "email"), address);
    let (token_hash, expires_at) = ("78".repeat(32), end());
    let preferences = seal(BOB.0, ("user.preferences_changed", "preferences"), r#"{"dark":true}"#);
    let username = "bobby".to_owned();
    let events = [
        UserEvent::UsernameChanged { user, username, former: "bob".to_owned(), at },
        UserEvent::ProfileUpdated {
            user,
            display_name: None,
            bio: Some(Some(field("bio", "Ink."))),
            avatar: Some(Some(IMAGE)),
        },
        UserEvent::PreferencesChanged { user, preferences },
        UserEvent::UsernameReleased { user, username: "bob".to_owned() },
        UserEvent::EmailChangeRequested {
            user,
            email: email("user.email_change_requested", "bob@new.example"),
            token_hash: token_hash.clone(),
            expires_at,
        },
        UserEvent::EmailChanged { user, email: email("user.email_changed", "bob@new.example") },
    ];
    let asked = email("artist.email_verification_requested", "studio@example.com");
    let verified = email("artist.email_verified", "studio@example.com");
    let artist = BOB;
    let as_artist = [
        ArtistEvent::SignatureImageSet { artist, image: Some(IMAGE) },
        ArtistEvent::EmailVerificationRequested { artist, email: asked, token_hash, expires_at },
        ArtistEvent::EmailVerified { artist, email: verified },
    ];
    let events = events.map(Event::User).into_iter().chain(as_artist.map(Event::Artist));
    events.map(|event| (BOB.0, event)).collect()
}

/// Bob has his data exported, an auditor looks at something, Bob makes himself a key, asks for five of the nine he earned, and it is approved.
pub fn earnings(seal: Seal<'_>) -> Story {
    let field = |field, text| seal(BOB.0, ("artist.payout_account_set", field), text);
    let (payout, purpose, wallet) =
        (PAYOUT, Purpose::Payout(PAYOUT), WalletId::of(BOB, Asset::Earning));
    let amount = Amount::new(5).expect("an amount of the story");
    let account = ArtistEvent::PayoutAccountSet {
        artist: BOB,
        version: 1,
        bank: "088".to_owned(),
        account_number: field("account_number", "110-123-456789"),
        holder_name: field("holder_name", "Bob Kim"),
    };
    let unit_price = 100.into();
    let deal =
        Deal { unit_price, withholding_basis_points: 330, gross: 500, withheld: 16, net: 484 };
    let asked = PayoutEvent::Requested { payout, artist: BOB, amount, deal, account: 1 };
    let before = PayoutId(Uuid::from_u128(0x84));
    let earlier = PayoutEvent::Requested { payout: before, artist: BOB, amount, deal, account: 1 };
    let held = WalletEvent::Held {
        owner: BOB,
        asset: Asset::Earning,
        hold: HoldId::from(purpose),
        purpose,
        draws: vec![Draw { lot: LotId::earned(wallet), amount }],
        expires_at: None,
    };
    let key = KeyEvent::Created {
        user: BOB,
        key: KeyId(Uuid::from_u128(0x81)),
        name: seal(BOB.0, ("api_key.created", "name"), "Nightly batch"),
        mode: KeyMode::Live,
        scopes: [Scope::WalletsRead].into(),
        prefix: "sk_live_AbCdEf".to_owned(),
        key_sha256: "ab".repeat(32),
        expires_at: None,
    };
    let (user, export) = (BOB, ExportId(Uuid::from_u128(0x82)));
    let exports = [
        ExportEvent::Requested { user, export, at: recorded_at(0) },
        ExportEvent::Completed { user, export, bytes: 4_096, expires_at: recorded_at(600) },
        ExportEvent::Removed { user, export },
    ];
    let viewed = UserEvent::SensitiveDataViewed {
        user,
        event_id: Uuid::from_u128(0x83),
        field: "/payload/email".to_owned(),
        reason: "Case 2026-117".to_owned(),
    };
    let (reason, by) = ("Case 2026-118".to_owned(), Some(ANN));
    let told = exports.map(|event| (BOB.0, Event::Export(event)));
    let events = vec![
        (BOB.0, Event::User(viewed)),
        (BOB.0, Event::Key(key)),
        (BOB.0, Event::Artist(account)),
        (before.0, Event::Payout(earlier)),
        (before.0, Event::Payout(PayoutEvent::Canceled { payout: before })),
        (payout.0, Event::Payout(asked)),
        (wallet.0, Event::Wallet(held)),
        (payout.0, Event::Payout(PayoutEvent::AccountViewed { payout, reason })),
        (payout.0, Event::Payout(PayoutEvent::Approved { payout, by })),
    ];
    told.into_iter().chain(events).collect()
}
