//! The rules of the price list, as sentences.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;
use crate::given::{Accepted, Given, id};
use crate::purchases::{InitiatePurchase, Purchase, PurchaseError};
use crate::{One, PackageId, PurchaseId, Refusal, UserId};

const MINA: UserId = UserId(id(1));
const NAME: &str = "tokens-150";

fn name(text: &str) -> PackageName {
    PackageName::parse(text).unwrap()
}

fn seeded() -> Given {
    let mut log = Given::nothing();
    log.when(&SeedPackages).unwrap();
    log
}

fn ask(log: &mut Given, command: PackageCommand) -> Result<Accepted<()>, Refusal> {
    let package = match &command {
        PackageCommand::Publish(package) => package.name.clone(),
        PackageCommand::Reprice { package, .. } | PackageCommand::Retire { package } => {
            package.clone().into()
        }
    };
    log.when(&One::<TokenPackage>::of(PackageId::of(&package), command))
}

fn publish(tokens: i64, unit_price: &str) -> PackageCommand {
    let (tokens, unit_price) = (Amount::new(tokens).unwrap(), unit_price.parse().unwrap());
    PackageCommand::Publish(Package { name: NAME.to_owned(), tokens, unit_price })
}

fn reprice(unit_price: &str) -> PackageCommand {
    PackageCommand::Reprice { package: name(NAME), unit_price: unit_price.parse().unwrap() }
}

fn retire() -> PackageCommand {
    PackageCommand::Retire { package: name(NAME) }
}

/// What Mina would have to pay, if she begins to buy.
fn begin(log: &mut Given, purchase: u128, package: &str) -> Result<i64, Refusal> {
    let purchase = PurchaseId(id(purchase));
    let begin = InitiatePurchase { purchase, buyer: MINA, package: name(package) };
    log.when(&begin).map(|accepted| accepted.reply.amount)
}

#[test]
fn a_new_log_sells_the_packages_of_the_seeds() {
    let mut log = seeded();
    for (n, package, won) in
        [(1, "tokens-50", 5_000), (2, "tokens-150", 15_000), (3, "tokens-500", 50_000)]
    {
        assert_eq!(begin(&mut log, n, package), Ok(won));
    }
}

#[test]
fn seeding_the_price_list_again_undoes_no_admin() {
    let mut log = seeded();
    ask(&mut log, reprice("90")).unwrap();
    let retired = PackageCommand::Retire { package: name("tokens-50") };
    ask(&mut log, retired).unwrap();
    assert_eq!(log.when(&SeedPackages).unwrap().types(), [""; 0]);
    assert_eq!(begin(&mut log, 1, NAME), Ok(13_500));
}

#[test]
fn a_price_counts_from_the_next_purchase_on() {
    let mut log = seeded();
    begin(&mut log, 1, NAME).unwrap();
    assert_eq!(ask(&mut log, reprice("120.5")).unwrap().types(), ["package.repriced"]);
    assert_eq!(ask(&mut log, reprice("120.50")).unwrap().types(), [""; 0], "the same again");
    assert_eq!(begin(&mut log, 2, NAME), Ok(18_075));
    assert_eq!(log.state::<Purchase>(PurchaseId(id(1))).amount(), 15_000);
}

#[test]
fn a_retired_package_is_not_sold_until_it_is_published_again() {
    let mut log = seeded();
    assert_eq!(ask(&mut log, retire()).unwrap().types(), ["package.retired"]);
    assert_eq!(ask(&mut log, retire()).unwrap().types(), [""; 0]);
    let package = NAME.to_owned();
    let not_sold = PurchaseError::PackageRetired { package: package.clone() };
    assert_eq!(begin(&mut log, 1, NAME), Err(Refusal::Purchase(not_sold)));
    let no_price = PackageError::Retired { package };
    assert_eq!(ask(&mut log, reprice("90")).unwrap_err(), Refusal::Package(no_price));
    assert_eq!(ask(&mut log, publish(150, "100")).unwrap().types(), ["package.published"]);
    assert_eq!(ask(&mut log, publish(150, "100.0")).unwrap().types(), [""; 0]);
    assert_eq!(begin(&mut log, 1, NAME), Ok(15_000));
}

#[test]
fn what_was_never_published_is_not_sold() {
    let mut log = Given::nothing();
    let unknown = Refusal::Purchase(PurchaseError::UnknownPackage);
    assert_eq!(begin(&mut log, 1, NAME), Err(unknown));
    let unpublished = || Refusal::Package(PackageError::Unpublished { package: NAME.to_owned() });
    assert_eq!(ask(&mut log, retire()).unwrap_err(), unpublished());
    assert_eq!(ask(&mut log, reprice("100")).unwrap_err(), unpublished());
}

#[test]
fn a_package_costs_whole_won_that_toss_would_charge() {
    let mut log = Given::nothing();
    let minimum = PRICE_WON_MIN;
    let maximum = Amount::MAX.get();
    for (tokens, unit_price, refusal) in [
        (0, "100", PackageError::NoTokens),
        (150, "100.001", PackageError::FractionOfWon),
        (1, "99", PackageError::BelowMinimum { minimum }),
        (1, "99.5", PackageError::BelowMinimum { minimum }),
        (1, "-100", PackageError::BelowMinimum { minimum }),
        (2, "500000000001", PackageError::AboveMaximum { maximum }),
    ] {
        let refused = ask(&mut log, publish(tokens, unit_price)).unwrap_err();
        assert_eq!(refused, Refusal::Package(refusal), "{tokens} at {unit_price}");
    }
    let huge = Package { name: NAME.to_owned(), tokens: Amount::MAX, unit_price: Decimal::MAX };
    let refused = ask(&mut log, PackageCommand::Publish(huge)).unwrap_err();
    assert_eq!(refused, Refusal::Package(PackageError::AboveMaximum { maximum }));
    ask(&mut log, publish(1, "100")).unwrap();
    assert_eq!(begin(&mut log, 1, NAME), Ok(100));
    let refused = ask(&mut log, reprice("100.5")).unwrap_err();
    assert_eq!(refused, Refusal::Package(PackageError::FractionOfWon));
}

#[test]
fn a_package_has_a_name_for_machines() {
    assert_eq!(name("tokens-150").as_str(), "tokens-150");
    for wrong in ["", "Tokens", "150-tokens", "a b", "a_b", &"a".repeat(51)] {
        assert!(PackageName::parse(wrong).is_err(), "{wrong}");
    }
}
