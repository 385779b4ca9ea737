-- The append (log protocol, A4 and B8): one call per batch, which commits whole or writes nothing
-- and says everything that stood in its way.

set local role es_owner;

-- Takes the only lock of the log until the transaction ends, for a writer that must decide under
-- it because other writers were faster twice (log protocol, B12).
create function es.lock() returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s' as $$
begin
    perform 1 from es.log for update;
end
$$;

-- Arrays that belong together have one length. A stream is named by its place in `stream_*`, a
-- unit by its place in `metadatas`; both count from 1.
--
-- seen           hash of the log's last block when the caller's last append was written; null if
--                the caller remembers none
-- expected       last sequence the decisions saw; -1 where any will do
-- sure           while `seen` is still the last hash, `expected` needs no look: it was the last
--                sequence then, or it is 0 and the batch adds to the stream, so that the unique
--                index looks; never with -1
-- steps          events of the batch up to and including the command's own: its position after `head`
-- bodies         the answers, kept for a replay; null keeps none, and so does an empty array for all
-- claim_expects  0 nobody holds it, 1 `before` holds it, 2 nobody or `before`
-- after_*        who holds it then; null for nobody
-- vault_bytes    null forgets the record
-- event_steps    place among the batch's events of that stream, from 1
-- leaves         sha256 of each event, in order (eventstore/src/hash.rs)
--
-- `lasts` are the sequences before the batch, `hash` is the last block's after it. `alone` says
-- that `seen` was still the last hash. `conflicts` is null when the batch is written.
create function es.append(
    batch uuid, seen bytea,
    stream_types text[], stream_ids uuid[], expected bigint[], sure boolean[],
    scopes text[], keys text[], request_hashes bytea[], outcomes smallint[], steps int[],
    bodies text[],
    claim_scopes text[], claim_values text[], claim_expects smallint[],
    before_types text[], before_ids uuid[], after_types text[], after_ids uuid[],
    vault_kinds text[], vault_keys text[], vault_bytes bytea[], vault_dues timestamptz[],
    event_streams int[], event_steps int[], event_units int[], event_ids uuid[],
    event_types text[], event_versions int[], payloads json[], metadatas json[], leaves bytea,
    out head bigint, out hash bytea, out alone boolean, out lasts bigint[], out conflicts json
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
-- Statements planned while the tables are empty must not scan them when they are full.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
as $$
declare
    -- Longer tails are cheaper to load beside the writer than to carry here.
    tail_max constant int := 128;
    previous record;
    added constant int := cardinality(event_ids);
    trusting boolean;
    recorded timestamptz;
    stale json;
    taken json;
    known json;
    repeated boolean := false;
begin
    -- Each statement below must see what was committed before the lock was granted; a snapshot
    -- taken before the wait would not.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'es.append runs in read committed only'
            using errcode = 'invalid_transaction_state';
    end if;

    perform 1 from es.log for update;

    select b.first + b.count - 1 as head, b.hash, b.recorded_at into strict previous
    from es.blocks b order by b.first desc limit 1;
    head := previous.head;
    hash := previous.hash;
    recorded := greatest(previous.recorded_at, clock_timestamp());

    -- A hash of the chain names the whole history before it. While the last is the one the caller
    -- left, nothing was written since by anybody, and what was so then is so now.
    alone := coalesce(seen = previous.hash, false);
    trusting := alone;

    loop
        if trusting and not false = any (sure) then
            lasts := expected;
        else
            lasts := array(
                select case when trusting and s.sure then s.expected else coalesce((
                    select e.sequence from es.events e
                    where e.stream_id = s.id and e.stream_type = s.kind
                    order by e.sequence desc limit 1), 0) end
                from unnest(stream_types, stream_ids, expected, sure) with ordinality
                    as s (kind, id, expected, sure, place)
                order by s.place);
        end if;

        if lasts <> expected then
            select json_agg(json_build_object('place', s.place, 'last', s.last, 'tail', (
                select json_agg(json_build_object(
                    'type', e.event_type, 'version', e.event_version, 'payload', e.payload)
                    order by e.sequence)
                from es.events e
                where e.stream_id = s.id and e.stream_type = s.kind and e.sequence > s.expected
                    and s.last - s.expected <= tail_max)))
            into stale
            from unnest(stream_types, stream_ids, expected, lasts) with ordinality
                as s (kind, id, expected, last, place)
            where s.expected >= 0 and s.expected <> s.last;
        end if;

        if cardinality(claim_scopes) > 0 then
            select json_agg(json_build_object(
                'place', w.place, 'holder_type', c.stream_type, 'holder_id', c.stream_id))
            into taken
            from unnest(claim_scopes, claim_values, claim_expects, before_types, before_ids)
                with ordinality as w (scope, value, expects, before_type, before_id, place)
            left join es.claims c on c.scope = w.scope and c.value = w.value
            where not case
                when c.scope is null then w.expects <> 1
                else w.expects <> 0 and c.stream_type = w.before_type and c.stream_id = w.before_id
            end;
        end if;

        exit when stale is not null or taken is not null or repeated;

        -- Trying costs less than looking first: keys are rarely known, and streams that begin are
        -- rarely there. It is undone if one is, and then everything is looked at.
        begin
            insert into es.commands (scope, key, request_hash, outcome, position, batch, place)
            select c.scope, c.key, c.request_hash, c.outcome, head + c.step, batch, c.place
            from unnest(scopes, keys, request_hashes, outcomes, steps) with ordinality
                as c (scope, key, request_hash, outcome, step, place);

            if added > 0 then
                insert into es.events (
                    position, recorded_at, event_id, stream_id, stream_type, sequence,
                    event_type, event_version, payload, metadata)
                select head + e.place, recorded, e.id, stream_ids[e.stream],
                    stream_types[e.stream], lasts[e.stream] + e.step, e.type, e.version,
                    e.payload, metadatas[e.unit]
                from unnest(event_streams, event_steps, event_units, event_ids, event_types,
                    event_versions, payloads) with ordinality
                    as e (stream, step, unit, id, type, version, payload, place);
            end if;
        exception
            when unique_violation then
                repeated := true;
                trusting := false;
        end;
        exit when not repeated;
    end loop;

    if stale is not null or taken is not null or repeated then
        select json_agg(json_build_object(
            'place', k.place, 'request_hash', encode(c.request_hash, 'hex'),
            'outcome', c.outcome, 'position', c.position, 'body', o.bodies[c.place]))
        into known
        from unnest(scopes, keys) with ordinality as k (scope, key, place)
        join es.commands c on c.scope = k.scope and c.key = k.key
        left join es.outcomes o on o.batch = c.batch;
        if stale is null and taken is null and known is null then
            raise unique_violation using message = 'a batch has a key or a sequence twice';
        end if;
        conflicts := json_build_object('stale', stale, 'known', known, 'taken', taken);
        return;
    end if;

    -- The fence against a lost statement that arrives late (log protocol, B15).
    insert into es.batches (id, first, count, void, recorded_at)
    values (batch, case when added > 0 then head + 1 end, added, false, recorded);

    if cardinality(bodies) > 0 then
        insert into es.outcomes (batch, bodies) values (append.batch, append.bodies);
    end if;

    if cardinality(claim_scopes) > 0 then
        -- Two statements: in one the order would decide whether a value can change hands.
        delete from es.claims c
        using unnest(claim_scopes, claim_values, after_types, after_ids)
            as w (scope, value, after_type, after_id)
        where c.scope = w.scope and c.value = w.value
            and (c.stream_type, c.stream_id) is distinct from (w.after_type, w.after_id);

        insert into es.claims (scope, value, stream_type, stream_id)
        select w.scope, w.value, w.after_type, w.after_id
        from unnest(claim_scopes, claim_values, after_types, after_ids)
            as w (scope, value, after_type, after_id)
        where w.after_id is not null and not exists (
            select from es.claims c where c.scope = w.scope and c.value = w.value);
    end if;

    if cardinality(vault_kinds) > 0 then
        delete from vault.records r
        using unnest(vault_kinds, vault_keys, vault_bytes) as v (kind, key, bytes)
        where v.bytes is null and r.kind = v.kind and r.key = v.key;

        insert into vault.records (kind, key, bytes, due)
        select v.kind, v.key, v.bytes, v.due
        from unnest(vault_kinds, vault_keys, vault_bytes, vault_dues) as v (kind, key, bytes, due)
        where v.bytes is not null
        on conflict (kind, key) do update set bytes = excluded.bytes, due = excluded.due;
    end if;

    if added > 0 then
        hash := sha256('\x02'::bytea || hash || int8send(head + 1) || int4send(added)
            || int8send((extract(epoch from recorded) * 1000000)::bigint) || leaves);
        insert into es.blocks (first, count, recorded_at, hash, leaves)
        values (head + 1, added, recorded, append.hash, leaves);
    end if;
end
$$;

-- What became of a batch whose answer was lost (log protocol, B15): the head before it, or null
-- when it is not in the log, and from now on never can be. `scope` and `key` are of any command
-- of the batch: one without events has no block to tell its head.
create function es.resolve(batch uuid, scope text, key text) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
    found_batch record;
begin
    -- Whoever still runs the lost statement holds the lock until it is decided.
    perform 1 from es.log for update;

    select b.first, b.void into found_batch from es.batches b where b.id = resolve.batch;
    if not found then
        insert into es.batches (id, first, count, void, recorded_at)
        values (resolve.batch, null, 0, true, clock_timestamp());
        return null;
    end if;
    if found_batch.void then
        return null;
    end if;
    return coalesce(found_batch.first - 1, (
        select c.position from es.commands c
        where c.scope = resolve.scope and c.key = resolve.key));
end
$$;

set local role migrator;
