//! P2 meets Toss: what processes and timers of purchases want asked, and what its deliveries say.

use std::sync::Arc;

use domain::payouts::{PayoutChanged, Reason, Reference, Verdict as PayoutVerdict};
use domain::process::{TokenPurchaseAct, query};
use domain::purchases::{
    DEPOSIT_SECRET, PaymentResult, Purchase, PurchaseEvent, REFUND_ACCOUNT, SealedAccount, TossCall,
};
use domain::webhooks::{BODY, SettleWebhook, Verdict};
use domain::{PayoutId, PurchaseId, RefundId, Sealed, UserId, WebhookId};
use eventstore::carry::{ActError, Carrier, Submission};
use eventstore::seal::{Keyring, SealError};
use eventstore::{Log, Vault};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::providers::toss::{self, RefundAccount, Toss};

/// The event and field that an issued account's number is sealed for.
pub const DEPOSIT_ACCOUNT: (&str, &str) = ("purchase.deposit_account_issued", "account_number");
/// What the account of a refund is sealed for.
pub const REFUND_SEALED_FOR: &str = "purchase.refund_requested";
/// Longest reason and reference of a bank's that are kept.
const WORD_CHARS_MAX: usize = 100;

/// Asks Toss, with what only the edge may know.
pub struct Payments {
    toss: Arc<dyn Toss>,
    vault: Vault,
    log: Log,
    keyring: Keyring,
}

impl Payments {
    /// With what the service has.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self {
            toss: Arc::clone(&app.toss),
            vault: app.vault.clone(),
            log: app.log.clone(),
            keyring: app.keyring.clone(),
        }
    }

    /// Asks, and seals what is personal in the answer.
    ///
    /// # Errors
    /// The vault or the log cannot be read; Toss's silence is an answer too.
    pub async fn ask(&self, call: &TossCall) -> Result<Submission, ActError> {
        let account = match call {
            TossCall::Cancel { refund, to_account: true, .. } => {
                let Some(account) = self.refund_account(*refund).await? else {
                    let code = "NO_REFUND_ACCOUNT".to_owned();
                    return Ok(Submission::of(call.answered(PaymentResult::Refused { code })));
                };
                Some(account)
            }
            TossCall::Cancel { .. } | TossCall::Confirm { .. } | TossCall::Query { .. } => None,
        };
        let mut told = toss::ask(&*self.toss, call, account.as_ref()).await;
        if let (PaymentResult::Shown(shown), Some(number)) = (&mut told.result, told.account_number)
        {
            shown.account_number = self.seal(call.purchase(), &number).await?;
        }
        Ok(Submission::of(call.answered(told.result)))
    }

    /// Where the money of a deposit goes back to; none once the buyer's key is destroyed.
    async fn refund_account(&self, refund: RefundId) -> Result<Option<RefundAccount>, ActError> {
        let bytes = self.vault.get(REFUND_ACCOUNT, &refund.to_string()).await;
        let Some(bytes) = bytes.map_err(unavailable)? else { return Ok(None) };
        let account: SealedAccount = serde_json::from_slice(&bytes).map_err(fault)?;
        let SealedAccount { bank, account_number, holder_name } = account;
        let person = account_number.person;
        self.keyring.preload(&[person]).await.map_err(unavailable)?;
        let open = |sealed: &Sealed, field| self.keyring.open(sealed, REFUND_SEALED_FOR, field);
        let account_number = open(&account_number, "account_number").map_err(fault)?;
        let holder_name = open(&holder_name, "holder_name").map_err(fault)?;
        Ok(Some(RefundAccount { bank, account_number, holder_name }))
    }

    async fn seal(&self, purchase: PurchaseId, text: &str) -> Result<Option<Sealed>, ActError> {
        let Some(buyer) = self.buyer(purchase).await? else { return Ok(None) };
        let (event_type, field) = DEPOSIT_ACCOUNT;
        match self.keyring.seal(buyer.0, event_type, field, text).await {
            Ok(sealed) => Ok(Some(sealed)),
            Err(SealError::Erased(_)) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn buyer(&self, purchase: PurchaseId) -> Result<Option<UserId>, ActError> {
        let first = self.log.stream(<Purchase as cqrs_es::Aggregate>::TYPE, purchase.0, 0, 1).await;
        let Some(first) = first.map_err(unavailable)?.pop() else { return Ok(None) };
        let event = domain::aggregate::decode(&first.event_type, &first.payload).map_err(fault)?;
        // A purchase begins with its beginning.
        Ok(if let PurchaseEvent::Initiated { buyer, .. } = event { Some(buyer) } else { None })
    }

    /// A delivery about a deposit that does not know the deposit's secret is nobody's (d1.5). Before
    /// we know it ourselves, Toss is asked as ever.
    async fn check_deposit(
        &self,
        webhook: WebhookId,
        purchase: PurchaseId,
    ) -> Result<Submission, ActError> {
        let known = self.vault.get(DEPOSIT_SECRET, &purchase.to_string()).await;
        if let (Some(known), Some(body)) = (known.map_err(unavailable)?, self.body(webhook).await?)
        {
            let told = toss::secret(&body).unwrap_or_default();
            if !bool::from(known.ct_eq(told.as_bytes())) {
                let why = "it does not know the deposit's secret".to_owned();
                let verdict = Verdict::Rejected { why };
                return Ok(Submission::of(SettleWebhook { webhook, verdict }));
            }
        }
        self.ask(&query(purchase, Some(webhook))).await
    }

    async fn read_payout(&self, webhook: WebhookId) -> Result<Submission, ActError> {
        let body = self.body(webhook).await?.unwrap_or_default();
        let changed = toss::transfer(&body);
        let changed = changed.and_then(|transfer| changed_by(webhook, transfer));
        Ok(changed.map_or_else(
            || {
                let why = "it names no payout of ours that came to its end".to_owned();
                Submission::of(SettleWebhook { webhook, verdict: Verdict::Ignored { why } })
            },
            Submission::of,
        ))
    }

    /// The raw bytes; forgotten by now, if it is replayed late.
    async fn body(&self, webhook: WebhookId) -> Result<Option<Vec<u8>>, ActError> {
        self.vault.get(BODY, &webhook.to_string()).await.map_err(unavailable)
    }
}

fn changed_by(webhook: WebhookId, transfer: toss::Transfer) -> Option<PayoutChanged> {
    let kept = |word: &str| word.chars().take(WORD_CHARS_MAX).collect::<String>();
    let verdict = match &transfer.failure {
        None => {
            PayoutVerdict::Settle { reference: Reference::parse(&kept(&transfer.reference)).ok()? }
        }
        Some(why) => PayoutVerdict::Fail { reason: Reason::parse(&kept(why)).ok()? },
    };
    let payout = PayoutId(Uuid::try_parse(&transfer.payout).ok()?);
    let (amount, currency) = (transfer.amount, transfer.currency);
    Some(PayoutChanged { webhook, payout, amount, currency, verdict })
}

impl Carrier<TokenPurchaseAct> for Payments {
    fn target(&self, act: &TokenPurchaseAct) -> String {
        match act {
            TokenPurchaseAct::Ask(call) => call.purchase().to_string(),
            TokenPurchaseAct::CheckDeposit { purchase, .. } => purchase.to_string(),
            TokenPurchaseAct::ReadPayout { webhook } => webhook.to_string(),
            TokenPurchaseAct::Settle(settle) => settle.webhook.to_string(),
        }
    }

    async fn carry_out(
        &self,
        act: &TokenPurchaseAct,
        _: Uuid,
    ) -> Result<Option<Submission>, ActError> {
        Ok(Some(match act {
            TokenPurchaseAct::Ask(call) => self.ask(call).await?,
            TokenPurchaseAct::CheckDeposit { webhook, purchase } => {
                self.check_deposit(*webhook, *purchase).await?
            }
            TokenPurchaseAct::ReadPayout { webhook } => self.read_payout(*webhook).await?,
            TokenPurchaseAct::Settle(settle) => Submission::of(settle.clone()),
        }))
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Unavailable(Box::new(error))
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> ActError {
    ActError::Fault(Box::new(error))
}
