//! Figures of wallets: how much may be given away in a day, how much support may give alone, and what
//! GPU time costs.

use chrono::FixedOffset;
use domain::Amount;
use domain::generations::gpu_credits;
use domain::wallets::DailyLimit;

use super::Source;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct WalletFigures {
    /// `FOLIO_TRANSFER_DAILY_LIMIT` tokens, by the days of `FOLIO_DAY_ZONE` (LED-06).
    pub daily: DailyLimit,
    /// `FOLIO_ADJUSTMENT_ALONE_MAX` for each of support, by the days of `FOLIO_DAY_ZONE`: above it
    /// a second person decides (LED-15).
    pub adjustment_alone: DailyLimit,
    /// What is set aside for the GPU time of a picture, from `FOLIO_GPU_P95_MS`, the milliseconds
    /// that 95 of 100 pictures stay below (LED-12); none, and no credits are asked for.
    pub gpu_credits: Option<Amount>,
}

impl<F: Fn(&str) -> Option<String>> Source<'_, F> {
    pub(super) fn wallets(&mut self) -> WalletFigures {
        let zone: FixedOffset = self.parsed("FOLIO_DAY_ZONE", "+09:00");
        let amount = self.amount("FOLIO_TRANSFER_DAILY_LIMIT", "100000");
        let alone = self.amount("FOLIO_ADJUSTMENT_ALONE_MAX", "10000");
        let gpu_credits = gpu_credits(self.parsed("FOLIO_GPU_P95_MS", "0"));
        WalletFigures {
            daily: DailyLimit { amount, zone },
            adjustment_alone: DailyLimit { amount: alone, zone },
            gpu_credits,
        }
    }

    fn amount(&mut self, name: &str, default: &'static str) -> Amount {
        let number: i64 = self.parsed(name, default);
        Amount::new(number).unwrap_or_else(|e| {
            self.wrong.push(format!("  {name}: {e}"));
            Amount::ZERO
        })
    }
}
