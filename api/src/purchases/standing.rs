//! Where a purchase stands, from its own history: no read table has to be waited for.

use cqrs_es::Aggregate as _;
use domain::purchases::{Purchase, PurchaseEvent, PurchaseStatus};
use uuid::Uuid;

use crate::app::App;
use crate::problem::{OrFault as _, Problem};

/// Events of one purchase that are read at once: nearly all have fewer.
const PAGE_EVENTS_MAX: i64 = 500;

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
    let (mut purchase, mut last, mut position, mut after) = (Purchase::default(), None, 0, 0);
    loop {
        let page = app.log.stream(Purchase::TYPE, id, after, PAGE_EVENTS_MAX).await;
        let page = page.or_fault("read a purchase's history")?;
        let Some(end) = page.last() else { break };
        (after, position) = (end.sequence, end.position);
        for event in &page {
            let decoded = domain::aggregate::decode(&event.event_type, &event.payload);
            let decoded: PurchaseEvent = decoded.or_fault("read a purchase's history")?;
            purchase.apply(decoded.clone());
            last = Some(decoded);
        }
    }
    let status = purchase.status().ok_or_else(|| Problem::not_found("purchase"))?;
    Ok(Standing { purchase, status, last, position })
}
