//! What is on sale: the variants that the plans of a fresh Folio name (SUB-02).

/// One price of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Its number.
    pub id: u64,
    /// The product's.
    pub product: u64,
    /// The product's name.
    pub name: &'static str,
    /// Cents of a period.
    pub cents: i64,
    /// Months of a period.
    pub months: u32,
}

const fn variant(id: u64, product: u64, name: &'static str, cents: i64, months: u32) -> Variant {
    Variant { id, product, name, cents, months }
}

/// All of them.
pub const SHELF: [Variant; 6] = [
    variant(111, 10, "Pingvas Starter", 2_500, 1),
    variant(112, 20, "Pingvas Pro", 7_500, 1),
    variant(113, 30, "Pingvas Studio", 15_000, 1),
    variant(121, 10, "Pingvas Starter", 25_000, 12),
    variant(122, 20, "Pingvas Pro", 75_000, 12),
    variant(123, 30, "Pingvas Studio", 150_000, 12),
];

/// The same, as a Folio is told of it (`FOLIO_LEMONSQUEEZY_VARIANTS`).
pub const SHELF_NAMES: &str = "starter:monthly=111,pro:monthly=112,studio:monthly=113,\
    starter:yearly=121,pro:yearly=122,studio:yearly=123";

impl Variant {
    /// The variant of this number; one that nobody sells costs what the cheapest does.
    #[must_use]
    pub fn of(id: u64) -> Self {
        let known = SHELF.into_iter().find(|variant| variant.id == id);
        known.unwrap_or(Self { id, ..SHELF[0] })
    }
}
