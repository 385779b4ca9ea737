//! Double entry: each money event as postings that sum to zero per asset (D11).
