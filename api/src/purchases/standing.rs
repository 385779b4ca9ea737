//! Where a purchase stands, from its own history: no read table has to be waited for.

use cqrs_es::Aggregate as _;
use domain::purchases::{Purchase, PurchaseEvent, PurchaseStatus};
use uuid::Uuid;

use crate::app::App;
use crate::problem::{OrFault as _, Problem};

/// A purchase has far fewer events.
const EVENTS_MAX: i64 = 1_000;

/// Where a purchase stands.
pub(super) struct Standing {
    /// What it has come to.
    pub purchase: Purchase,
    /// In one word.
    pub status: PurchaseStatus,
    /// What happened last.
    pub last: Option<PurchaseEvent>,
    /// Where that stands in the log.
    pub position: i64,
}

/// Folds the purchase's history.
pub(super) async fn standing(app: &App, id: Uuid) -> Result<Standing, Problem> {
    let history = app.log.stream(Purchase::TYPE, id, 0, EVENTS_MAX).await;
    let history = history.or_fault("read a purchase's history")?;
    let (mut purchase, mut last, mut position) = (Purchase::default(), None, 0);
    for event in &history {
        let decoded = domain::aggregate::decode(&event.event_type, &event.payload);
        let decoded: PurchaseEvent = decoded.or_fault("read a purchase's history")?;
        purchase.apply(decoded.clone());
        (last, position) = (Some(decoded), event.position);
    }
    let status = purchase.status().ok_or_else(|| Problem::not_found("purchase"))?;
    Ok(Standing { purchase, status, last, position })
}
