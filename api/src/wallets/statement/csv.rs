//! A statement as a table for a spreadsheet (RFC 4180).

use chrono::{DateTime, SecondsFormat, Utc};
use projections::wallets::Transaction;
use uuid::Uuid;

const HEAD: &str = "created_at,kind,amount,balance_after,id,sender_id,receiver_id,related_style_id,\
related_generation_id,related_purchase_id,related_transfer_id,related_payout_id,related_refund_id,\
related_subscription_id,related_adjustment_id,memo\r\n";
/// Ends a line, on every system.
const END: &str = "\r\n";
/// Cells after `balance_after` that opening and closing balance leave empty.
const EMPTY: &str = ",,,,,,,,,,,,";
/// A spreadsheet takes what begins like this for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The head, the opening balance, every movement and the closing balance, one a line.
pub fn table(
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    opening: i64,
    lines: &[Transaction],
) -> String {
    let closing = lines.last().map_or(opening, |line| line.balance_after);
    let mut table = HEAD.to_owned();
    let mut write = |line: String| {
        table.push_str(&line);
        table.push_str(END);
    };
    write(format!("{},opening_balance,,{opening}{EMPTY}", time(from)));
    for line in lines {
        let ids = [
            Some(line.id),
            line.sender_id,
            line.receiver_id,
            line.related_style_id,
            line.related_generation_id,
            line.related_purchase_id,
            line.related_transfer_id,
            line.related_payout_id,
            line.related_refund_id,
            line.related_subscription_id,
            line.related_adjustment_id,
        ];
        let ids = ids.map(|id| id.as_ref().map_or_else(String::new, Uuid::to_string)).join(",");
        let memo = text(line.memo.as_deref().unwrap_or_default());
        let Transaction { created_at, kind, amount, balance_after, .. } = line;
        write(format!("{},{kind},{amount},{balance_after},{ids},{memo}", time(*created_at)));
    }
    write(format!("{},closing_balance,,{closing}{EMPTY}", time(to)));
    table
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A cell somebody else wrote: never a formula, never the end of its cell.
fn text(text: &str) -> String {
    let tamed = if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() };
    if tamed.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", tamed.replace('"', "\"\""))
    } else {
        tamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_never_a_formula_nor_leaves_its_cell() {
        for (wrote, cell) in [
            ("thanks", "thanks"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("@me", "'@me"),
            ("-5", "'-5"),
            ("+5", "'+5"),
            ("\tx", "'\tx"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
        ] {
            assert_eq!(text(wrote), cell, "{wrote:?}");
        }
    }

    #[test]
    fn a_statement_without_movements_closes_as_it_opened() {
        let (from, to) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let table = table((from, to), 7, &[]);
        let cells: Vec<usize> = table.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(cells, [16, 16, 16]);
        assert!(table.contains("opening_balance,,7") && table.contains("closing_balance,,7"));
    }
}
