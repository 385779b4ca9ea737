-- The roles (SEC-03), shared by every database of the cluster, so they are not a migration: this
-- script runs before each, changes only what is missing, and is repeated when another database
-- of the cluster does the same at this moment. No role gets a password here.

do $$
declare
    role_name text;
    -- Since version 16 who makes a role is its member, but may not become it until told so.
    may_become constant text :=
        case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
begin
    -- The owner of the log cannot log in: whoever works with the log cannot change it (D5).
    foreach role_name in array array['es_owner', 'janitor'] loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I nologin', role_name);
        end if;
    end loop;

    foreach role_name in array
        array['es_writer', 'projector', 'api', 'auditor', 'readonly_user', 'migrator']
    loop
        if not exists (select from pg_roles where rolname = role_name) then
            execute format('create role %I login', role_name);
        end if;
    end loop;

    -- What the migrator makes belongs to those who own it afterwards, so it must be able to be them.
    foreach role_name in array array['es_owner', 'projector'] loop
        if not pg_has_role('migrator', role_name, may_become) then
            execute format('grant %I to migrator', role_name);
        end if;
    end loop;

    -- Whoever connects, migrations run as the migrator, so ownership never depends on the caller.
    if not pg_has_role(current_user, 'migrator', may_become) then
        execute format('grant migrator to %I', current_user);
    end if;

    -- An answer means the commit is on disk; the writer also checks this when it connects.
    if not exists (
        select
        from pg_db_role_setting
        where setrole = 'es_writer'::regrole
          and setdatabase = 0
          and 'synchronous_commit=on' = any (setconfig)
    ) then
        alter role es_writer set synchronous_commit = on;
    end if;

    -- The auditor sees past row-level security; only a superuser may say so before version 16.
    if not (select rolbypassrls from pg_roles where rolname = 'auditor') then
        begin
            alter role auditor bypassrls;
        exception
            when insufficient_privilege then
                raise warning 'role auditor has no bypassrls: grant it as a superuser';
        end;
    end if;

    -- The migrator makes the schemas, the projector those it rebuilds read tables in.
    foreach role_name in array array['migrator', 'projector'] loop
        if not has_database_privilege(role_name, current_database(), 'create') then
            execute format('grant create on database %I to %I', current_database(), role_name);
        end if;
    end loop;

    if not exists (select from pg_namespace where nspname = 'migrations') then
        create schema migrations authorization migrator;
    end if;
end
$$;
