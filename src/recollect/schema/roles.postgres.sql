-- The least that a program needs: rows, but no tables; and a second lock behind the scopes, which are the first.
-- Run it as the owner of the tables after the first opening, and again after an upgrade that brings tables:
--     recollect admin roles | psql "postgresql://owner@host/db"
-- Then give each login role of a program the group:                   grant recollect_app to my_service;
-- The owner itself opens the memory after an upgrade, since only it may change tables.

do $$ begin
    if not exists (select from pg_roles where rolname = 'recollect_app') then create role recollect_app nologin; end if;
    if not exists (select from pg_roles where rolname = 'recollect_reader') then create role recollect_reader nologin; end if;
end $$;

grant usage on schema public to recollect_app;
grant usage on all sequences in schema public to recollect_app;
grant select on migrations to recollect_app;
grant select, insert, update, delete on settings, spaces to recollect_app;

-- Raw queries (`memory.sql`) run as a role that may read the documented views, and no table.

grant recollect_reader to recollect_app;
grant usage on schema public to recollect_reader;
do $$ declare name text; begin
    for name in select table_name from information_schema.views where table_schema = current_schema() and starts_with(table_name, 'recollect_') loop
        execute 'grant select on ' || quote_ident(name) || ' to recollect_reader';
    end loop;
end $$;

-- Each transaction says whose it is by set_config('recollect.tenant', …, true). chr(31), which no scope can hold, is the administrator
-- of everything; without any of it there is nothing to see. What is a user's own is kept from the tenant's other users as well.

do $$ declare
    name text;
    of_tenant text := $q$current_setting('recollect.tenant', true) in (tenant, chr(31))$q$;
    of_user text := $q$current_setting('recollect.user', true) in ("user", '')$q$;
    the_tenants_own text := $q$ or current_setting('recollect.tenant', true) = tenant and "user" = ''$q$;
begin
    for name in
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant'
        where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
    loop
        execute 'grant select, insert, update, delete on ' || quote_ident(name) || ' to recollect_app';
        execute 'alter table ' || quote_ident(name) || ' enable row level security';
        if exists (select from pg_policies where schemaname = current_schema() and tablename = name and policyname = 'walls') then
            execute 'drop policy walls on ' || quote_ident(name);
        end if;
        execute 'create policy walls on ' || quote_ident(name) || ' to recollect_app using (' || case
            when name in ('documents', 'versions', 'changes', 'chains', 'aliases', 'vectors', 'pending') then of_tenant
            when name = 'owners' then of_tenant || ' and ' || of_user || the_tenants_own
            else of_tenant || ' and ' || of_user
        end || ')';
    end loop;
end $$;
