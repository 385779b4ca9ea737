//! The hash chain of the log: leaves of events, blocks over leaves (D5; log protocol, C).
//!
//! All integers are big-endian and of fixed width; `len4` is a length as 4 bytes, unsigned. Tag
//! 0x01 is reserved for inner nodes of Merkle proofs over the same leaves.
//!
//! ```text
//! leaf    = sha256( 0x00
//!                   len4 stream_type   stream_id (16)
//!                   len4 event_type    event_version (4)   event_id (16)
//!                   len4 payload       len4 metadata )      texts: the stored bytes, UTF-8
//! block 0 = sha256( 0x02   store_id (16) )
//! block   = sha256( 0x02   previous block's hash (32)
//!                   first position (8)   count (4)
//!                   recorded_at (8: microseconds since 1970-01-01 UTC)
//!                   the leaves in order of position (32 each) )
//! ```
//!
//! The append computes the block's hash under the lock, in SQL:
//! `sha256('\x02'::bytea || previous || int8send(first) || int4send(count) ||
//! int8send((extract(epoch from recorded_at) * 1000000)::bigint) || leaves)`.
//! Sequences and positions are not in a leaf: they are checked by counting.

use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Recorded, RecordedRef};

/// Length of a hash, in bytes.
pub const HASH_BYTES: usize = 32;

/// A SHA-256.
pub type Hash = [u8; HASH_BYTES];

const LEAF_TAG: u8 = 0x00;
const BLOCK_TAG: u8 = 0x02;

/// The part of an event that its leaf covers.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// The aggregate's type.
    pub stream_type: &'a str,
    /// The aggregate's id.
    pub stream_id: Uuid,
    /// For example `wallet.held`.
    pub event_type: &'a str,
    /// Version of the payload's shape.
    pub event_version: i32,
    /// The event's own id.
    pub event_id: Uuid,
    /// The bytes that are stored.
    pub payload: &'a str,
    /// The bytes that are stored.
    pub metadata: &'a str,
}

impl<'a> From<&'a Recorded> for Leaf<'a> {
    fn from(event: &'a Recorded) -> Self {
        Self {
            stream_type: &event.stream_type,
            stream_id: event.stream_id,
            event_type: &event.event_type,
            event_version: event.event_version,
            event_id: event.event_id,
            payload: &event.payload,
            metadata: &event.metadata,
        }
    }
}

impl<'a> From<RecordedRef<'a>> for Leaf<'a> {
    fn from(event: RecordedRef<'a>) -> Self {
        Self {
            stream_type: event.stream_type,
            stream_id: event.stream_id,
            event_type: event.event_type,
            event_version: event.event_version,
            event_id: event.event_id,
            payload: event.payload,
            metadata: event.metadata,
        }
    }
}

impl Leaf<'_> {
    /// The leaf's hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(&[LEAF_TAG]);
        update_prefixed(&mut context, self.stream_type);
        context.update(self.stream_id.as_bytes());
        update_prefixed(&mut context, self.event_type);
        context.update(&self.event_version.to_be_bytes());
        context.update(self.event_id.as_bytes());
        update_prefixed(&mut context, self.payload);
        update_prefixed(&mut context, self.metadata);
        finish(context)
    }
}

/// What a block says of itself besides its leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// Position of its first event; 0 for the store's own block.
    pub first: i64,
    /// How many positions it takes.
    pub count: i32,
    /// Shared by its events; the database keeps microseconds.
    pub recorded_at: DateTime<Utc>,
}

/// The hash of block 0, which binds the chain to its store.
#[must_use]
pub fn block_zero(store_id: Uuid) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[BLOCK_TAG]);
    context.update(store_id.as_bytes());
    finish(context)
}

/// The hash of a later block over the one before it; `leaves` are its leaves' hashes in a row.
#[must_use]
pub fn block(previous: &Hash, header: &BlockHeader, leaves: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[BLOCK_TAG]);
    context.update(previous);
    context.update(&header.first.to_be_bytes());
    context.update(&header.count.to_be_bytes());
    context.update(&header.recorded_at.timestamp_micros().to_be_bytes());
    context.update(leaves);
    finish(context)
}

/// SHA-256 of plain bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    to_hash(digest(&SHA256, bytes).as_ref())
}

#[expect(clippy::cast_possible_truncation, reason = "a unit of work is bounded far below 4 GiB")]
fn update_prefixed(context: &mut Context, text: &str) {
    context.update(&(text.len() as u32).to_be_bytes());
    context.update(text.as_bytes());
}

fn finish(context: Context) -> Hash {
    to_hash(context.finish().as_ref())
}

#[expect(clippy::expect_used, reason = "SHA-256 has 32 bytes by definition")]
fn to_hash(digest: &[u8]) -> Hash {
    digest.try_into().expect("32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAF: Leaf<'_> = Leaf {
        stream_type: "wallet",
        stream_id: Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001),
        event_type: "wallet.held",
        event_version: 1,
        event_id: Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0002),
        payload: r#"{"hold":"h","amount":5,"note":"ü"}"#,
        metadata: r#"{"actor":{"kind":"operator"}}"#,
    };

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The vectors were computed apart, by Python's hashlib and struct, from the layout above.
    #[test]
    fn a_leaf_is_the_same_bytes_for_ever() {
        assert_eq!(
            hex(&LEAF.hash()),
            "6c6e724b82c80bb11a68e18436925c073bd1008658646bf01516be4ee6f45d4e"
        );
    }

    #[test]
    fn block_zero_is_the_store_alone() {
        let zero = block_zero(LEAF.stream_id);
        assert_eq!(hex(&zero), "ceb9e42eda1af74704d3bd85d3269d406c1ff1c47bab758e5500ef1bf3136436");
    }

    #[test]
    fn a_block_covers_previous_extent_time_and_leaves() {
        let zero = block_zero(LEAF.stream_id);
        let at = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap_or_default();
        let header = BlockHeader { first: 1, count: 2, recorded_at: at };
        let leaves = [LEAF.hash(), LEAF.hash()].concat();
        let hash = block(&zero, &header, &leaves);
        assert_eq!(hex(&hash), "08f8c1bb4c7c78b76a3f21fc2bf724d1c032f64e582491638f59a9e7aed72713");
        for other in [
            block(&sha256(b"other"), &header, &leaves),
            block(&zero, &BlockHeader { first: 2, ..header }, &leaves),
            block(&zero, &BlockHeader { count: 1, ..header }, &leaves),
            block(&zero, &header, &leaves[HASH_BYTES..]),
        ] {
            assert_ne!(hash, other);
        }
    }

    #[test]
    fn bytes_cannot_move_from_one_field_to_the_next() {
        let moved = Leaf { stream_type: "walletw", event_type: "allet.held", ..LEAF };
        assert_ne!(LEAF.hash(), moved.hash());
        let later = Leaf { payload: "", metadata: "{}", ..LEAF };
        assert_ne!(later.hash(), Leaf { payload: "{}", metadata: "", ..LEAF }.hash());
    }
}
