//! What comes into a wallet, leaves it, and ends in it.

use super::*;

#[test]
fn a_grant_adds_a_lot_and_the_same_again_adds_nothing() {
    let events = granted(vec![grant(1, 50)]);
    let command = || WalletCommand::Grant(grant(1, 50));
    wallet().given_no_previous_events().when(command()).then_expect_events(events.clone());
    wallet().given(events).when(command()).then_expect_events(vec![]);
}

#[test]
fn a_lot_with_another_content_is_refused() {
    let other = WalletCommand::Grant(grant(1, 51));
    let conflict = WalletError::LotConflict { lot: lot(1) };
    wallet().given(granted(vec![grant(1, 50)])).when(other).then_expect_error(conflict);
}

#[test]
fn a_grant_of_nothing_or_with_an_end_before_its_beginning_is_refused() {
    let empty = || wallet().given_no_previous_events();
    empty().when(WalletCommand::Grant(grant(1, 0))).then_expect_error(WalletError::NothingToMove);
    let ended = WalletCommand::Grant(until(noon(), grant(1, 5)));
    empty().when(ended).then_expect_error(WalletError::AlreadyEnded);
}

#[test]
fn earnings_are_not_granted() {
    let grant = Grant { wallet: WalletKey::earning(MINA), ..grant(1, 5) };
    let refusal = WalletError::WrongAsset { asset: Asset::Earning };
    let wallet = wallet().given_no_previous_events();
    wallet.when(WalletCommand::Grant(grant)).then_expect_error(refusal);
}

#[test]
fn a_wallet_never_holds_more_than_its_ceiling() {
    let whole = usize::try_from(Amount::WALLET_MAX / Amount::MAX.get()).unwrap();
    let lots = (1..=whole).map(|n| grant(n as u128, Amount::MAX.get())).collect();
    let full = WalletError::WalletFull { asset: Asset::Token };
    let one_more = WalletCommand::Grant(grant(0, 1));
    wallet().given(granted(lots)).when(one_more).then_expect_error(full);
}

#[test]
fn a_lot_ends_with_what_is_not_held_and_is_gone() {
    let lots = granted(vec![until(minutes(5), grant(1, 50)), grant(2, 1)]);
    let events = [lots, vec![held(&[(1, 20)])]].concat();
    let expire = |n| WalletCommand::ExpireLot { lot: lot(n), due: minutes(5) };
    let ended = lot_expired(1, 30);
    wallet().given(events.clone()).when(expire(1)).then_expect_events(vec![ended.clone()]);
    wallet().given(events.clone()).when(expire(2)).then_expect_events(vec![]);
    wallet().given([events, vec![ended]].concat()).when(expire(1)).then_expect_events(vec![]);
}

#[test]
fn presents_cannot_be_sent_on() {
    let lots = granted(vec![promo(1, 100), grant(2, 30)]);
    let sent = WalletEvent::TransferSent {
        owner: MINA,
        asset: Asset::Token,
        transfer: TransferId(id(90)),
        to: JOON,
        draws: draws(&[(2, 30)]),
        memo: None,
        day: Some(DAILY.day(noon())),
    };
    let framework = || wallet().given(lots.clone());
    framework().when(send(30)).then_expect_events(vec![sent]);
    let (asset, needed) = (Asset::Token, amount(31));
    let refusal = WalletError::NotTransferable { asset, needed, transferable: 30 };
    framework().when(send(31)).then_expect_error(refusal);
    let needed = amount(131);
    let refusal = WalletError::InsufficientFunds { asset, needed, available: 130 };
    framework().when(send(131)).then_expect_error(refusal);
    framework().when(send(0)).then_expect_error(WalletError::NothingToMove);
}

#[test]
fn an_artist_earns_what_the_fee_leaves_rounded_in_his_favour() {
    let earn = |gross, fee_basis_points| Earn {
        artist: MINA,
        generation: JOB,
        style: StyleId(id(3)),
        payer: JOON,
        gross: amount(gross),
        fee_basis_points,
    };
    let share = |gross, fee| (earn(gross, fee).fee().get(), earn(gross, fee).net().get());
    assert_eq!(share(10, 1_000), (1, 9));
    assert_eq!(share(9, 1_000), (0, 9));
    assert_eq!(share(Amount::MAX.get(), 10_000), (Amount::MAX.get(), 0));
    assert_eq!(share(5, u32::MAX), (5, 0));
    assert_eq!(earn(5, 10_000).event(), None);

    let mut state = Wallet::default();
    (0..3).for_each(|_| state.evolve(earn(10, 1_000).event().unwrap()));
    assert_eq!((state.key(), state.available()), (WalletKey::earning(MINA), 27));
    assert_eq!(state.lots().len(), 1, "what is earned is a sum, not a lot per earning");
}
