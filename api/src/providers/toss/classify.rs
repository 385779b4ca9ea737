//! Error codes that mean we are at fault (d1.7): to the purchase they are doubt, to us an alarm.
//! What the other codes mean for a purchase is the domain's to say.

const OUR_FAULT: [&str; 12] = [
    "FORBIDDEN_REQUEST",
    "INCORRECT_BASIC_AUTH_FORMAT",
    "INVALID_API_KEY",
    "INVALID_AUTHORIZE_AUTH",
    "INVALID_IDEMPOTENCY_KEY",
    "INVALID_REQUEST",
    "INVALID_UNREGISTERED_SUBMALL",
    "NOT_FOUND_TERMINAL_ID",
    "NOT_REGISTERED_BUSINESS",
    "NOT_SUPPORTED_WIDGET_KEY",
    "UNAPPROVED_ORDER_ID",
    "UNAUTHORIZED_KEY",
];

/// Whether a code says that our key or our request is wrong.
#[must_use]
pub fn is_our_fault(code: &str) -> bool {
    OUR_FAULT.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::purchases::PaymentResult;

    #[test]
    fn a_fault_of_ours_never_declines_a_payment() {
        for code in OUR_FAULT {
            assert!(
                matches!(PaymentResult::of_code(code), PaymentResult::Unknown { .. }),
                "{code}"
            );
        }
    }

    #[test]
    fn an_outage_of_theirs_is_no_fault_of_ours() {
        assert!(!is_our_fault("PROVIDER_ERROR") && !is_our_fault("TIMEOUT"));
        assert!(is_our_fault("UNAUTHORIZED_KEY"));
    }
}
