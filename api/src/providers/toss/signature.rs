//! Signed deliveries (d1.5): only payouts and sellers are. Toss does not say whether the security key
//! is the text or the bytes it spells, and sends two signatures while keys change.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Signatures in one header; two while keys change.
const SIGNATURES_MAX: usize = 4;

/// The shop's security key, read in both ways.
#[derive(Clone)]
pub struct SecurityKeys(Vec<hmac::Key>);

impl SecurityKeys {
    /// From the text in Toss's developer centre.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        Self(std::iter::once(key(text.as_bytes())).chain(decoded(text).map(|b| key(&b))).collect())
    }

    /// Whether one of the header's signatures is of this body, sent at this time.
    #[must_use]
    pub fn fit(&self, header: &str, transmission_time: &str, body: &[u8]) -> bool {
        let signed = [body, b":", transmission_time.as_bytes()].concat();
        let values = header.split(',').take(SIGNATURES_MAX).map(str::trim);
        let values = values.map(|value| value.strip_prefix("v1:").unwrap_or(value));
        let mut signatures = values.filter_map(|value| STANDARD.decode(value).ok());
        // The comparison of aws-lc takes the same time wherever it fails.
        signatures.any(|tag| self.0.iter().any(|key| hmac::verify(key, &signed, &tag).is_ok()))
    }
}

/// The bytes that an even number of hex digits spells.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty())?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const TIME: &str = "2026-11-20T12:00:05+09:00";
    const TEXT: &str = "RV4N/eAxd9jlVnyAuBkWxQkuejZt7/QVIRROflBWF4g=";
    const BYTES: &str = "Un5VDn/GEhd34sCLxAM6oKrnvJTMxmPoZFxDHw/wOsM=";
    const W7: &[u8] = br#"{"eventType":"payout.changed","createdAt":"2026-11-20T12:00:00+09:00","version":"2022-11-16","eventId":"evt_0001","entityType":"payout","entityBody":{"id":"FPA_12345","refPayoutId":"payout-0001","destination":"seller-1","scheduleType":"SCHEDULED","payoutDate":"2026-11-20","amount":{"currency":"KRW","value":5000},"transactionDescription":"settlement","requestedAt":"2026-11-19T22:00:00+09:00","status":"COMPLETED","error":null,"metadata":null}}"#;

    #[test]
    fn both_readings_of_the_key_and_both_forms_of_the_header_are_taken() {
        assert_eq!(W7.len(), 445, "the vector's body");
        let keys = SecurityKeys::new(KEY);
        for header in [
            format!("v1:{TEXT}"),
            format!("v1:{BYTES}"),
            format!("v1:AAAA,{TEXT}"),
            format!("v1:AAAA,v1:{BYTES}"),
        ] {
            assert!(keys.fit(&header, TIME, W7), "{header}");
        }
    }

    #[test]
    fn another_body_time_or_key_does_not_fit() {
        let (keys, header) = (SecurityKeys::new(KEY), format!("v1:{TEXT}"));
        let mut other = W7.to_vec();
        other.push(b' ');
        assert!(!keys.fit(&header, TIME, &other));
        assert!(!keys.fit(&header, "2026-11-20T12:00:06+09:00", W7));
        assert!(!SecurityKeys::new("another").fit(&header, TIME, W7));
        for header in ["", "v1:", "v1:not base64", "v1:AAAA"] {
            assert!(!keys.fit(header, TIME, W7), "{header}");
        }
    }
}
