//! How much may be given away in a day, and tips.

use super::*;
use crate::artists::{Artist, ArtistEvent};
use crate::generations::scene::{JOON as ARTIST, MINA as PAYER, SUNSET, Scene};
use crate::given::Given;
use crate::{Decide, Refusal};

const TOKENS: WalletKey = WalletKey::token(MINA);

fn sending(tokens: i64, at: DateTime<Utc>, to: UserId) -> WalletCommand {
    let (wallet, transfer) = (TOKENS, TransferId(id(90)));
    let sending = Sending { wallet, transfer, to, amount: amount(tokens), memo: None, at };
    WalletCommand::SendTransfer(sending, DAILY)
}

fn sent(state: &mut Wallet, tokens: i64, at: DateTime<Utc>) -> Result<(), WalletError> {
    let events = state.decide(sending(tokens, at, JOON))?;
    events.into_iter().for_each(|event| state.evolve(event));
    Ok(())
}

#[test]
fn so_much_can_be_given_away_in_a_day_and_the_day_is_seouls() {
    let mut state = Wallet::default();
    state.evolve(grant(1, 5_000).event());
    // Noon in UTC is 21:00 in Seoul.
    sent(&mut state, 600, noon()).unwrap();
    let refusal = |left| WalletError::DailyLimit { limit: amount(1_000), left };
    assert_eq!(sent(&mut state, 401, noon()), Err(refusal(400)));
    sent(&mut state, 400, noon() + Duration::minutes(179)).unwrap();
    assert_eq!(sent(&mut state, 1, noon() + Duration::minutes(179)), Err(refusal(0)));
    sent(&mut state, 1_000, noon() + Duration::hours(3)).unwrap();
    // A clock that lags cannot open yesterday again.
    assert_eq!(sent(&mut state, 1, noon()), Err(refusal(0)));
    assert_eq!(state.available(), 3_000);
}

fn tip(generation: Option<GenerationId>, tokens: i64) -> TipArtist {
    TipArtist {
        tip: TransferId(id(91)),
        from: PAYER,
        artist: ARTIST,
        amount: amount(tokens),
        generation,
        fee_basis_points: 1_500,
        limit: DAILY,
    }
}

/// A picture by Joon's style is there; Mina has paid tokens.
fn scene() -> Given {
    let registered = ArtistEvent::Registered { artist: ARTIST, artist_name: "Joon".to_owned() };
    let scene = Scene::completed();
    let log: Given = scene.into_log();
    let paid = grant(1, 50).event();
    log.event::<Artist>(ARTIST, registered).event::<Wallet>(WalletKey::token(PAYER), paid)
}

#[test]
fn a_tip_is_earned_less_the_fee_in_one_append() {
    let mut log = scene();
    let before = log.state::<Wallet>(WalletKey::earning(ARTIST)).available();
    for generation in [None, Some(SUNSET)] {
        let given = log.when(&tip(generation, 10)).unwrap();
        assert_eq!(given.types(), ["wallet.tip_sent", "wallet.tip_earned"]);
        assert_eq!(given.reply.earned, amount(9), "the fee is rounded down");
    }
    assert_eq!(log.state::<Wallet>(WalletKey::earning(ARTIST)).available(), before + 18);
}

#[test]
fn presents_cannot_be_tipped_nor_more_than_a_day_allows_nor_to_who_is_no_artist() {
    let mut log = scene();
    let refused = log.when(&tip(None, 51)).unwrap_err();
    assert!(matches!(refused, Refusal::Wallet(WalletError::NotTransferable { .. })), "{refused}");
    let limit = DailyLimit { amount: amount(5), ..DAILY };
    let refused = log.when(&TipArtist { limit, ..tip(None, 6) }).unwrap_err();
    assert_eq!(refused, WalletError::DailyLimit { limit: amount(5), left: 5 }.into());
    let nobody = log.when(&TipArtist { artist: PAYER, ..tip(None, 1) }).unwrap_err();
    assert_eq!(nobody, WalletError::UnknownArtist { artist: PAYER }.into());
}

#[test]
fn a_tip_names_no_picture_of_somebody_elses_style_or_eyes() {
    let mut log = scene();
    let another = tip(Some(GenerationId(id(404))), 1);
    let none = crate::generations::GenerationError::NotFound;
    assert_eq!(log.when(&another).unwrap_err(), none.clone().into());
    let stranger = UserId(id(77));
    let paid = Grant { wallet: WalletKey::token(stranger), ..grant(1, 50) }.event();
    let mut log = log.event::<Wallet>(WalletKey::token(stranger), paid);
    let private = TipArtist { from: stranger, ..tip(Some(SUNSET), 1) };
    assert_eq!(log.when(&private).unwrap_err(), none.into());
}
