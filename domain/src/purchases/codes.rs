//! What an error code of Toss means. By code, never by HTTP status (d1.7).

use super::PaymentResult;

/// Codes of a confirm after which nothing was charged and nothing will be (d1.7). What is not here is in doubt,
/// `PROVIDER_ERROR` with its misleading 400 and every code invented tomorrow included.
const REFUSALS: [&str; 29] = [
    "BELOW_MINIMUM_AMOUNT",
    "EXCEED_MAX_AMOUNT",
    "EXCEED_MAX_AUTH_COUNT",
    "EXCEED_MAX_CARD_INSTALLMENT_PLAN",
    "EXCEED_MAX_DAILY_PAYMENT_COUNT",
    "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT",
    "EXCEED_MAX_ONE_DAY_AMOUNT",
    "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT",
    "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT",
    "EXCEED_MAX_PAYMENT_AMOUNT",
    "FDS_ERROR",
    "INVALID_ACCOUNT_INFO_RE_REGISTER",
    "INVALID_CARD_EXPIRATION",
    "INVALID_CARD_INSTALLMENT_PLAN",
    "INVALID_CARD_LOST_OR_STOLEN",
    "INVALID_CARD_NUMBER",
    "INVALID_PASSWORD",
    "INVALID_REJECT_CARD",
    "INVALID_STOPPED_CARD",
    "NOT_ALLOWED_POINT_USE",
    "NOT_AVAILABLE_BANK",
    "NOT_AVAILABLE_PAYMENT",
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT",
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN",
    "REJECT_ACCOUNT_PAYMENT",
    "REJECT_CARD_COMPANY",
    "REJECT_CARD_PAYMENT",
    "REJECT_TOSSPAY_INVALID_ACCOUNT",
    "RESTRICTED_TRANSFER_ACCOUNT",
];

/// Codes of a cancel after which nothing was given back and nothing will be (d1.7). What is not here
/// is looked at: somebody may have canceled before us, at the same time, or Toss may have stumbled.
const CANCEL_REFUSALS: [&str; 13] = [
    "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
    "EXCEED_CANCEL_LIMIT",
    "EXCEED_MAX_REFUND_DUE",
    "FORBIDDEN_BANK_REFUND_REQUEST",
    "INVALID_BANK",
    "INVALID_REFUND_ACCOUNT_INFO",
    "INVALID_REFUND_ACCOUNT_NUMBER",
    "NOT_ALLOWED_PARTIAL_REFUND",
    "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
    "NOT_CANCELABLE_PAYMENT",
    "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
    "NO_REFUND_ACCOUNT",
    "REFUND_REJECTED",
];

impl PaymentResult {
    /// What an error code means that answers a confirm or a query.
    #[must_use]
    pub fn of_code(code: impl Into<String>) -> Self {
        let code = code.into();
        match code.as_str() {
            "NOT_FOUND_PAYMENT_SESSION" => Self::Gone { code },
            "NOT_FOUND_PAYMENT" | "NOT_FOUND" => Self::NotFound { code },
            known if REFUSALS.contains(&known) => Self::Refused { code },
            _ => Self::Unknown { code },
        }
    }

    /// What an error code means that answers a cancel: the same words can mean other things there.
    #[must_use]
    pub fn of_cancel_code(code: impl Into<String>) -> Self {
        let code = code.into();
        if CANCEL_REFUSALS.contains(&code.as_str()) {
            Self::Refused { code }
        } else {
            Self::Unknown { code }
        }
    }
}
