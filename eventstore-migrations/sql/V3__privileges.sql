-- Who may do what (D5, SEC-03). Nobody but es_owner's own functions writes the log.

-- The log's own things, present and future.
set local role es_owner;

grant usage on schema es to es_writer, projector, api, auditor, janitor;
grant usage on schema es_compat to es_writer, auditor;
grant usage on schema vault to es_writer, projector, api, auditor;

revoke execute on all functions in schema es from public;
grant execute on all functions in schema es to es_writer;
grant select on all tables in schema es to es_writer, auditor;
grant select on all tables in schema es_compat to es_writer, auditor;
alter default privileges in schema es grant execute on functions to es_writer;
alter default privileges in schema es grant select on tables to es_writer, auditor;

-- Not even the owner's own functions may change history; `log` is locked for update, so it keeps
-- the privilege and relies on its trigger.
revoke update, delete, truncate on es.events, es.blocks, es.batches, es.commands from es_owner;

-- Snapshots are a cache the writer keeps beside the log; answers' bodies may be dropped in time.
grant insert, update, delete on es.snapshots to es_writer;
grant select, delete on es.outcomes to janitor;

grant select on es.log, es.blocks, es.events to projector;
-- Enough to tell whose position tokens are and how far the log is; no event, no command.
grant select on es.log, es.blocks to api;

-- The vault: the writer's side serves it; others open sealed fields and see nothing else of it.
grant select, insert, update, delete on vault.records to es_writer;
grant select on vault.records to projector, api;
-- An auditor must see that every promise has its timer, not what is kept.
grant select (kind, key, due) on vault.records to auditor;
alter table vault.records enable row level security;
create policy writer_serves_all on vault.records to es_writer using (true) with check (true);
create policy auditor_counts on vault.records for select to auditor using (true);
create policy keys_open_fields on vault.records for select to projector, api
    using (kind = 'person-key');

-- The read side: built in schemas of the projector's own, moved into `read` when ready, so that
-- the privileges go with the projector's tables wherever they are made.
set local role projector;

grant usage on schema read to api, auditor, readonly_user;
grant usage on schema control to api, auditor, es_writer;
grant select on all tables in schema control to api, auditor, es_writer;
alter default privileges grant select on tables to api, auditor;
-- What readonly_user may read is said column by column where a read table is made: none that holds
-- personal text (projections/src/frame/readers.rs).

set local role migrator;
