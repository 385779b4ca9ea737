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
