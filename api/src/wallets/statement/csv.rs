//! A statement as CSV (RFC 4180): an opening row, the movements, totals by kind, a closing row. Each
//! row says whose it is and of what, for only what is written here is signed.

use chrono::{DateTime, Utc};
use projections::wallets::Transaction;

use super::account::{Account, Total};
use crate::wallets::words::reference;

/// The columns.
const HEADER: &str =
    "user_id,asset,row,time,kind,count,amount,balance,id,reference_type,reference_id,memo";
/// Ends a row, on every system.
const END: &str = "\r\n";

/// Writes it; times are in the span's zone.
pub(super) fn write(account: &Account, totals: &[Total]) -> String {
    let Account { user, asset, span, opening, lines } = account;
    let time = |at: DateTime<Utc>| span.zone.local(at).to_rfc3339();
    let begin = format!("{user},{asset}");
    let movement = |line: &Transaction| {
        let about = reference(line).map(|(word, id)| format!("{word},{id}"));
        let Transaction { kind, amount, balance_after, id, .. } = line;
        format!(
            "{begin},movement,{},{kind},1,{amount},{balance_after},{id},{},{}",
            time(line.created_at),
            about.as_deref().unwrap_or(","),
            cell(line.memo.as_deref().unwrap_or_default()),
        )
    };
    let total = |Total { kind, count, amount }: &Total| {
        format!("{begin},total,,{kind},{count},{amount},,,,,")
    };
    let mut rows = vec![HEADER.to_owned()];
    rows.push(format!("{begin},opening,{},,,,{opening},,,,", time(span.from)));
    rows.extend(lines.iter().map(movement));
    rows.extend(totals.iter().map(total));
    rows.push(format!("{begin},closing,{},,,,{},,,,", time(span.to), account.closing()));
    rows.push(String::new()); // The last row ends like every other.
    rows.join(END)
}

/// A stranger's text as one cell. A spreadsheet runs what begins like a formula, so such text gets an
/// apostrophe in front, which spreadsheets do not show.
fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let text = if runs { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::account::tests::{account, line};
    use super::*;

    #[test]
    fn text_of_others_is_one_cell_and_no_formula() {
        for (text, written) in [
            ("thanks", "thanks"),
            ("", ""),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }

    #[test]
    fn every_row_has_every_column_and_stands_for_itself() {
        let mut tip = line("transfer", -20, 80);
        tip.memo = Some("=1+1".to_owned());
        let account = account(vec![tip]);
        let totals = account.totals().unwrap_or_else(|error| panic!("{error}"));
        let text = write(&account, &totals);
        let rows: Vec<Vec<&str>> =
            text.split_terminator("\r\n").map(|row| row.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
        let user = "00000000-0000-0000-0000-000000000001";
        assert!(rows[1..].iter().all(|row| row[..2] == [user, "token"]), "{text}");
        let kinds: Vec<_> = rows.iter().map(|row| row[2]).collect();
        assert_eq!(kinds, ["row", "opening", "movement", "total", "closing"]);
        assert_eq!(rows[2][3..8], ["1970-01-01T09:00:00+09:00", "transfer", "1", "-20", "80"]);
        assert_eq!((rows[2][11], rows[1][7], rows[4][7]), ("'=1+1", "100", "80"));
    }
}
