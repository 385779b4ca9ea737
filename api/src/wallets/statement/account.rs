//! A statement's figures. What does not add up is never signed.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use domain::{Asset, UserId};
use projections::wallets::Transaction;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::span::Span;
use crate::wallets::transactions::TransactionBody;

/// A statement. `closing_balance` is `opening_balance` plus the totals, which are the movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    /// Always `statement`.
    #[schema(value_type = String, example = "statement")]
    object: &'static str,
    /// Who says so: this service's public address.
    issuer: String,
    /// When it was made.
    issued_at: DateTime<Utc>,
    /// Everything up to this position was looked at.
    position: String,
    /// Whose wallet.
    user_id: Uuid,
    /// Of what, in its smallest unit.
    asset: &'static str,
    /// From this instant on, in the zone.
    from: DateTime<FixedOffset>,
    /// Until before this instant, in the zone.
    to: DateTime<FixedOffset>,
    /// In which zone `from` and `to` are written.
    #[schema(value_type = String, example = "Asia/Seoul")]
    zone: &'static str,
    /// Owned just before `from`.
    opening_balance: i64,
    /// Owned just before `to`.
    closing_balance: i64,
    /// What the movements of each kind come to.
    totals: Vec<Total>,
    /// The movements, in the order they happened.
    data: Vec<TransactionBody>,
}

/// What the movements of one kind come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Total {
    /// Which kind.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Their sum; below zero if more left than came.
    pub amount: i64,
}

/// A movement does not lead from the balance before it to the balance after it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the balance at position {position} should be {expected} and is {found}")]
pub(super) struct DoesNotAddUp {
    position: i64,
    expected: i64,
    found: i64,
}

/// What a statement is made of.
#[derive(Debug)]
pub(super) struct Account {
    pub user: UserId,
    pub asset: Asset,
    pub span: Span,
    pub opening: i64,
    pub lines: Vec<Transaction>,
}

impl Account {
    /// What was owned just before the end.
    pub(super) fn closing(&self) -> i64 {
        self.lines.last().map_or(self.opening, |line| line.balance_after)
    }

    /// The totals by kind, in the order of their words.
    ///
    /// # Errors
    /// A balance is not the one before it plus what moved: the read table is wrong.
    pub(super) fn totals(&self) -> Result<Vec<Total>, DoesNotAddUp> {
        let (mut balance, mut totals) = (self.opening, BTreeMap::<&str, (i64, i64)>::new());
        for line in &self.lines {
            balance += line.amount;
            if balance != line.balance_after {
                let (position, found) = (line.position, line.balance_after);
                return Err(DoesNotAddUp { position, expected: balance, found });
            }
            let (count, amount) = totals.entry(&line.kind).or_default();
            *count += 1;
            *amount += line.amount;
        }
        let total =
            |(kind, (count, amount)): (&str, _)| Total { kind: kind.to_owned(), count, amount };
        Ok(totals.into_iter().map(total).collect())
    }

    /// The whole statement, of everything up to a position.
    ///
    /// # Errors
    /// It does not add up.
    pub(super) fn statement(self, app: &App, position: i64) -> Result<Statement, DoesNotAddUp> {
        let (totals, closing_balance) = (self.totals()?, self.closing());
        let Span { from, to, zone } = self.span;
        Ok(Statement {
            object: "statement",
            issuer: app.config.public_url.to_string(),
            issued_at: app.clock.now(),
            position: app.position_token(position),
            user_id: self.user.0,
            asset: self.asset.code(),
            from: zone.local(from),
            to: zone.local(to),
            zone: zone.name(),
            opening_balance: self.opening,
            closing_balance,
            totals,
            data: self.lines.into_iter().map(|line| TransactionBody::of(app, line)).collect(),
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use domain::subscriptions::Zone;

    /// A movement that leads to a balance.
    pub fn line(kind: &str, amount: i64, balance_after: i64) -> Transaction {
        Transaction {
            id: Uuid::from_u128(7),
            user_id: Uuid::from_u128(1),
            asset: "token".to_owned(),
            kind: kind.to_owned(),
            amount,
            balance_after,
            sender_id: None,
            receiver_id: None,
            related_style_id: None,
            related_generation_id: None,
            related_purchase_id: None,
            related_transfer_id: None,
            related_payout_id: None,
            related_refund_id: None,
            related_subscription_id: None,
            related_adjustment_id: None,
            memo: None,
            position: 42,
            correlation_id: Uuid::from_u128(8),
            causation_id: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    pub fn account(lines: Vec<Transaction>) -> Account {
        let (from, to) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1));
        let span = Span { from, to, zone: Zone::Seoul };
        Account { user: UserId(Uuid::from_u128(1)), asset: Asset::Token, span, opening: 100, lines }
    }

    #[test]
    fn the_totals_lead_from_the_opening_to_the_closing_balance() {
        let account = account(vec![
            line("purchase", 50, 150),
            line("transfer", -20, 130),
            line("transfer", 5, 135),
        ]);
        let totals = account.totals().unwrap_or_else(|error| panic!("{error}"));
        let total = |kind: &str, count, amount| Total { kind: kind.to_owned(), count, amount };
        assert_eq!(totals, [total("purchase", 1, 50), total("transfer", 2, -15)]);
        let sum: i64 = totals.iter().map(|total| total.amount).sum();
        assert_eq!(account.closing(), account.opening + sum);
    }

    #[test]
    fn a_statement_that_does_not_add_up_is_none() {
        let wrong = account(vec![line("purchase", 50, 150), line("transfer", -20, 131)]);
        let error = DoesNotAddUp { position: 42, expected: 130, found: 131 };
        assert_eq!(wrong.totals(), Err(error));
    }

    #[test]
    fn nothing_moved_leaves_what_was_there() {
        assert_eq!((account(vec![]).totals(), account(vec![]).closing()), (Ok(vec![]), 100));
    }
}
