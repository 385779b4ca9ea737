-- The log: events in dense positions, their hash chain, what commands came to, and the vault.
-- Everything in `es` belongs to es_owner, which cannot log in; appends go through functions.

create schema es authorization es_owner;
create schema vault authorization es_owner;
create schema es_compat authorization es_owner;
create schema read authorization projector;
create schema control authorization projector;

set local role es_owner;

-- Functions are nobody's until they are granted.
alter default privileges for role es_owner revoke execute on functions from public;

-- One row, locked by every append and never changed: an updated head row bloats under any long
-- snapshot, a locked one does not (log protocol, A6). The head is the last row of `blocks`.
create table es.log (
    store_id uuid not null primary key,
    created_at timestamptz not null
);
create unique index log_is_one_row on es.log ((true));

-- The four tables of every append have no check constraints: Postgres reads each anew for every
-- statement, a tenth of the append, and only `es.append` and `es.resolve` write here, what they have
-- computed themselves. `replay-tool verify` checks all of it, and more.

-- One row per append that wrote events. Block 0 stands at position 0 for the store itself, so that
-- `first + count` of the last row is always the next position.
create table es.blocks (
    first bigint not null primary key,
    count int not null,
    recorded_at timestamptz not null,
    hash bytea not null,
    leaves bytea not null
) with (toast_tuple_target = 8160);
-- Hashes do not compress, and most blocks fit into a page: do not try, do not move them out.
alter table es.blocks alter column leaves set storage external;

-- One row per append, made before its outcome can be unknown: present means committed, absent is
-- made present as void, and then the lost statement can never commit (log protocol, B15).
create table es.batches (
    id uuid not null primary key,
    first bigint,
    count int not null,
    void boolean not null,
    recorded_at timestamptz not null
);

-- `json`, not `jsonb`: the stored bytes are the hashed bytes.
create table es.events (
    position bigint not null primary key,
    recorded_at timestamptz not null,
    event_id uuid not null, -- Random enough to be unique; one index less for every event.
    stream_id uuid not null,
    stream_type text collate "C" not null,
    sequence bigint not null,
    event_type text collate "C" not null,
    event_version int not null,
    payload json not null,
    metadata json not null,
    unique (stream_id, stream_type, sequence)
);

-- What a key was used for and what came of it: 0 accepted, 1 refused (D4).
create table es.commands (
    scope text collate "C" not null,
    key text collate "C" not null,
    request_hash bytea not null,
    outcome smallint not null,
    position bigint not null,
    batch uuid not null,
    place int not null,
    primary key (scope, key)
);

-- The answers' bodies, by batch and place in it: one row to write for all commands of a batch.
-- Apart from `commands`, because the janitor may drop them after a while.
create table es.outcomes (
    batch uuid not null primary key,
    bodies text[] not null
);
alter table es.outcomes alter column bodies set storage external; -- Compressing costs the append.

-- Uniqueness across streams: taken and released in the append of the events that justify it.
create table es.claims (
    scope text collate "C" not null,
    value text collate "C" not null check (octet_length(value) <= 512),
    stream_type text collate "C" not null,
    stream_id uuid not null,
    primary key (scope, value)
);

-- States of long streams, so that loading is short. Derived: ignored unless the event id fits.
create table es.snapshots (
    stream_type text collate "C" not null,
    stream_id uuid not null,
    fingerprint text collate "C" not null,
    sequence bigint not null check (sequence > 0),
    event_id uuid not null,
    state text not null,
    primary key (stream_type, stream_id, fingerprint)
);

-- What may be forgotten or has no history (D15). A record with a due time is a timer.
create table vault.records (
    kind text collate "C" not null,
    key text collate "C" not null,
    bytes bytea not null,
    due timestamptz,
    primary key (kind, key)
);
create index records_due on vault.records (due) where due is not null;

-- History is refused a change even from those whose privileges would allow it, the owner and
-- superusers included, and in sessions that have triggers turned off (`enable always`).
create function es.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation';
end
$$;

do $$
declare
    table_name text;
begin
    foreach table_name in array array['log', 'blocks', 'batches', 'events', 'commands'] loop
        execute format(
            'create trigger append_only before update or delete or truncate on es.%I '
            'for each statement execute function es.refuse_change()', table_name);
        execute format('alter table es.%I enable always trigger append_only', table_name);
    end loop;
end
$$;

-- The store is born: its id is drawn once, and block 0 binds the chain to it. 0x02 is the tag of
-- a block (eventstore/src/hash.rs has the layout).
with born as (
    insert into es.log (store_id, created_at)
    values (gen_random_uuid(), clock_timestamp())
    returning store_id, created_at
)
insert into es.blocks (first, count, recorded_at, hash, leaves)
select 0, 1, created_at, sha256('\x02'::bytea || uuid_send(store_id)), ''::bytea
from born;

-- postgres-es reads the log through this view: with `search_path = es_compat` its unqualified
-- `events` is found here. cqrs-es expects tagged enums and a map of strings.
-- A filter by aggregate_id is not indexed: this is for auditing, not for serving.
create view es_compat.events with (security_invoker) as
select stream_type as aggregate_type,
       stream_id::text as aggregate_id,
       sequence,
       event_type,
       event_version::text as event_version,
       json_build_object(substr(event_type, strpos(event_type, '.') + 1), payload) as payload,
       (select coalesce(json_object_agg(key, coalesce(value, '')), '{}'::json)
        from json_each_text(metadata)) as metadata
from es.events;

set local role projector;

-- How far each projection is, in the transaction that writes its tables. The event id at that
-- position tells a history that was forked by a restore (log protocol, A10).
create table control.checkpoints (
    projection text collate "C" not null,
    generation int not null,
    schema text not null,
    position bigint not null check (position >= 0),
    event_id uuid,
    updated_at timestamptz not null,
    primary key (projection, generation)
);

set local role migrator;
