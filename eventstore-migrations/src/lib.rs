//! eventstore-migrations
