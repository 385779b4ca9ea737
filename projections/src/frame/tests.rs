//! How a batch folds, without a database: a store that began empty and let nothing go is one.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use chrono::{DateTime, Utc};

use super::macros::{append_table, set_table, table};
use super::{Batch, Poison, PoisonAt, Readers, Store};

table! {
    /// A jar of sweets.
    pub struct Jar: "jars" key (name: String) {
        /// Which.
        pub name: String,
        /// How many.
        pub sweets: i64,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {}
}

set_table! {
    /// A lid that is off.
    pub struct Lid: "lids" key (jar: String, colour: String) {
        /// Whose.
        pub jar: String,
        /// Which.
        pub colour: String,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {}
}

append_table! {
    /// A sweet that was taken.
    pub struct Taken: "taken" key (ordinal: i64) {
        /// Which.
        pub ordinal: i64,
        /// How many were left.
        pub left: i64,
    }
    readers { Readers::EVERYBODY }
    checks {}
    indexes {}
}

fn at(position: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(position, 0).unwrap()
}

fn jar(name: &str, sweets: i64) -> Jar {
    Jar { name: name.to_owned(), sweets, updated_at: at(0) }
}

type Step = fn(&mut Batch);

/// Records one event's operations after another's, from position 1.
fn batch(events: &[Step]) -> Batch {
    let mut batch = Batch::default();
    for (position, event) in (1..).zip(events) {
        batch.start(position, at(position));
        event(&mut batch);
    }
    batch
}

fn sweets(store: &mut Store, name: &str) -> Option<i64> {
    store.rows::<Jar>().change(&name.to_owned()).map(|jar| jar.sweets)
}

#[test]
fn operations_take_effect_in_the_order_of_their_events() {
    let mut store = Store::building(10);
    let mut batch = batch(&[
        |b| b.insert(jar("a", 5)),
        |b| b.update::<Jar>("a".to_owned(), |jar| jar.sweets *= 10),
        |b| b.upsert(jar("a", 0), |jar: &mut Jar| jar.sweets += 1),
        |b| b.upsert(jar("b", 7), |jar: &mut Jar| jar.sweets += 1),
    ]);
    assert_eq!(store.fold(&mut batch), Ok(true));
    assert_eq!(sweets(&mut store, "a"), Some(51));
    assert_eq!(sweets(&mut store, "b"), Some(8));
}

#[test]
fn a_row_says_when_the_event_that_changed_it_was_recorded() {
    let mut store = Store::building(10);
    let mut batch = batch(&[
        |b| b.insert(jar("a", 5)),
        |b| b.update::<Jar>("a".to_owned(), |jar| jar.sweets = 6),
    ]);
    store.fold(&mut batch).unwrap();
    assert_eq!(store.rows::<Jar>().change(&"a".to_owned()).unwrap().updated_at, at(2));
}

#[test]
fn what_follows_from_a_row_happens_before_the_next_event() {
    let take: Step = |b| {
        b.upsert_then(jar("a", 3), |jar: &mut Jar, then| {
            jar.sweets -= 1;
            then.append(Taken { ordinal: then.position(), left: jar.sweets });
        });
    };
    let mut store = Store::building(10);
    store.fold(&mut batch(&[take, take])).unwrap();
    let expected = [Taken { ordinal: 1, left: 2 }, Taken { ordinal: 2, left: 1 }];
    assert_eq!(store.rows::<Taken>().grown(), expected);
}

#[test]
fn a_change_of_a_row_that_is_not_there_is_poison_at_its_position() {
    let mut batch = batch(&[
        |b| b.insert(jar("a", 5)),
        |b| b.update::<Jar>("b".to_owned(), |jar| jar.sweets = 0),
    ]);
    let poison = Poison::Missing { table: "jars", key: "\"b\"".to_owned() };
    assert_eq!(Store::building(10).fold(&mut batch), Err(PoisonAt { position: 2, poison }));
}

#[test]
fn a_row_made_twice_is_poison() {
    let make: Step = |b| b.insert(jar("a", 5));
    let poison = Poison::Duplicate { table: "jars", key: "\"a\"".to_owned() };
    assert_eq!(
        Store::building(10).fold(&mut batch(&[make, make])),
        Err(PoisonAt { position: 2, poison })
    );
}

#[test]
fn a_row_can_come_and_go_and_come_again() {
    let put: Step = |b| b.insert(Lid { jar: "a".to_owned(), colour: "red".to_owned() });
    let key = || ("a".to_owned(), "red".to_owned());
    let mut store = Store::building(10);
    let delete: Step = |b| b.delete::<Lid>(("a".to_owned(), "red".to_owned()));
    store.fold(&mut batch(&[put, delete, put])).unwrap();
    assert!(store.rows::<Lid>().change(&key()).is_some());
    let remove: Step = |b| b.remove::<Lid>(("a".to_owned(), "red".to_owned()));
    store.fold(&mut batch(&[remove, remove])).unwrap();
    assert!(store.rows::<Lid>().change(&key()).is_none());
    assert!(store.fold(&mut batch(&[delete])).is_err());
}

#[test]
fn a_fold_waits_for_rows_it_must_read_and_asks_for_all_of_them_at_once() {
    let mut store = Store::live();
    let mut batch = batch(&[
        |b| b.insert(jar("new", 1)),
        |b| b.update::<Jar>("new".to_owned(), |jar| jar.sweets = 2),
        |b| b.update::<Jar>("old".to_owned(), |jar| jar.sweets = 2),
        |b| b.upsert(jar("older", 0), |jar: &mut Jar| jar.sweets = 2),
    ]);
    assert_eq!(store.fold(&mut batch), Ok(false));
    assert_eq!(store.rows::<Jar>().asked_for(), ["old", "older"]);
    assert_eq!(sweets(&mut store, "new"), Some(2), "what needs nothing read is done");
}

#[test]
fn statements_name_every_column_and_come_in_the_keys_order() {
    use super::Table;
    let statements = Lid::statements();
    assert_eq!(
        statements.load,
        "select found.* from unnest($1::text[], $2::text[]) as wanted (jar, colour) \
        cross join lateral (select jar, colour from lids \
        where lids.jar = wanted.jar and lids.colour = wanted.colour offset 0) as found"
    );
    assert_eq!(
        Jar::statements().upsert,
        "insert into jars (name, sweets, updated_at) select name, sweets, updated_at from \
        unnest($1::text[], $2::bigint[], $3::timestamptz[]) as row (name, sweets, updated_at) \
        on conflict (name) do update set sweets = excluded.sweets, updated_at = excluded.updated_at"
    );
    assert_eq!(
        Jar::DEFINITION.create(),
        "create table jars (name text not null, sweets bigint not null, \
        updated_at timestamptz not null)"
    );
}
