//! `styles`: what artists sell, how often it was used, what it earned.

mod style;
mod style_use;

pub use style::*;
pub use style_use::*;

use domain::GenerationId;
use domain::generations::GenerationEvent;
use domain::styles::StyleEvent;
use domain::wallets::WalletEvent;
use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] = &[style::STATEMENTS];

/// What a style of a deleted artist is called (P7).
const RETIRED: &str = "deleted style";

/// Fills `styles`, and counts by `style_uses`.
pub struct Styles;

impl Projector for Styles {
    fn name(&self) -> &'static str {
        "styles"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["style", "generation", "wallet"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[Style::DEFINITION, StyleUse::DEFINITION]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            style(event, batch);
        }
        if let Some(event) = entry.event.of() {
            generation(event, batch);
        }
        if let Some(event) = entry.event.of() {
            wallet(event, batch);
        }
        Ok(())
    }
}

fn style(event: &StyleEvent, batch: &mut Batch) {
    let at = batch.at();
    match event {
        StyleEvent::Created { style, artist, name, description } => batch.insert(Style {
            id: style.0,
            artist_id: artist.0,
            name: name.clone(),
            description: description.clone(),
            model_id: None,
            training_status: "pending".to_owned(),
            generation_cost_tokens: 0,
            is_active: false,
            usage_count: 0,
            earned_tokens: 0,
            published_at: None,
            created_at: at,
            updated_at: at,
        }),
        StyleEvent::Priced { style, tokens } => {
            let tokens = tokens.get();
            batch.update::<Style>(style.0, move |row| row.generation_cost_tokens = tokens);
        }
        StyleEvent::ModelReady { style, model } => {
            let model = model.0;
            batch.update::<Style>(style.0, move |row| {
                row.model_id = Some(model);
                row.training_status = "completed".to_owned();
            });
        }
        StyleEvent::Published { style } => batch.update::<Style>(style.0, move |row| {
            row.is_active = true;
            row.published_at = Some(at);
        }),
        StyleEvent::Unpublished { style } => {
            batch.update::<Style>(style.0, |row| row.is_active = false);
        }
        StyleEvent::Retired { style } => batch.update::<Style>(style.0, |row| {
            (row.name, row.description) = (RETIRED.to_owned(), String::new());
            row.is_active = false;
        }),
        StyleEvent::Deleted { style } => batch.delete::<Style>(style.0),
        StyleEvent::Described { style, description } => {
            let description = description.clone();
            batch.update::<Style>(style.0, |row| row.description = description);
        }
    }
}

/// A completion does not name its style, so the request is remembered until its end (STY-08).
fn generation(event: &GenerationEvent, batch: &mut Batch) {
    match event {
        GenerationEvent::Requested { generation, style, .. } => batch
            .insert(StyleUse { generation_id: generation.0, style_id: style.map(|style| style.0) }),
        GenerationEvent::Completed { generation, .. } => used(*generation, batch),
        GenerationEvent::Failed { generation, .. } | GenerationEvent::Canceled { generation } => {
            batch.delete::<StyleUse>(generation.0);
        }
        GenerationEvent::Queued { .. }
        | GenerationEvent::Described { .. }
        | GenerationEvent::Started { .. }
        | GenerationEvent::AttemptFailed { .. }
        | GenerationEvent::RetryScheduled { .. }
        | GenerationEvent::Settled { .. }
        | GenerationEvent::Published { .. }
        | GenerationEvent::Unpublished { .. } => {}
    }
}

fn used(generation: GenerationId, batch: &mut Batch) {
    batch.take::<StyleUse>(generation.0, |was, batch| {
        if let Some(style) = was.style_id {
            batch.update::<Style>(style, |row| row.usage_count += 1);
        }
    });
}

fn wallet(event: &WalletEvent, batch: &mut Batch) {
    match event {
        WalletEvent::Earned { style, amount, .. } => {
            let amount = amount.get();
            batch.update::<Style>(style.0, move |row| row.earned_tokens += amount);
        }
        WalletEvent::Granted { .. }
        | WalletEvent::Held { .. }
        | WalletEvent::Captured { .. }
        | WalletEvent::Released { .. }
        | WalletEvent::HoldExpired { .. }
        | WalletEvent::LotExpired { .. }
        | WalletEvent::TransferSent { .. }
        | WalletEvent::TransferReceived { .. }
        | WalletEvent::Revoked { .. }
        | WalletEvent::DebtRecorded { .. }
        | WalletEvent::DebtSettled { .. }
        | WalletEvent::Adjusted { .. }
        | WalletEvent::OverrunAbsorbed { .. }
        | WalletEvent::TipSent { .. }
        | WalletEvent::TipEarned { .. }
        | WalletEvent::AlertsSet { .. }
        | WalletEvent::RanLow { .. }
        | WalletEvent::EndsSoon { .. } => {}
    }
}
