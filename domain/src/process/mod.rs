//! Processes: event in, acts out, pure; for what cannot be one append, the outside world and time.
