-- The least that a program needs: rows, but no tables; and a second lock behind the scopes, which are the first.
-- Run it once as the owner of the tables, after the first opening:   recollect admin roles | psql "postgresql://owner@host/db"
-- Then give each login role of a program the group:                   grant recollect_app to my_service;
-- The owner itself opens the memory after an upgrade, since only it may change tables.

do $$ begin
    if not exists (select from pg_roles where rolname = 'recollect_app') then create role recollect_app nologin; end if;
end $$;

grant usage on schema public to recollect_app;
grant select, insert, update, delete on owners, documents, versions, changes, chains, settings to recollect_app;
grant select, insert, update, delete on sessions, conversations, messages, facts, aliases, notes to recollect_app;
grant select on migrations to recollect_app;
grant usage on all sequences in schema public to recollect_app;

-- Each transaction says whose it is by set_config('recollect.tenant', …, true). chr(31), which no scope can hold, is the administrator
-- of everything; without any of it there is nothing to see.

alter table owners enable row level security;
alter table documents enable row level security;
alter table versions enable row level security;
alter table changes enable row level security;
alter table chains enable row level security;
alter table sessions enable row level security;
alter table conversations enable row level security;
alter table messages enable row level security;
alter table facts enable row level security;
alter table aliases enable row level security;
alter table notes enable row level security;

drop policy if exists walls on owners;
create policy walls on owners to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
    or current_setting('recollect.tenant', true) = tenant and "user" = ''
);
drop policy if exists walls on documents;
create policy walls on documents to recollect_app using (current_setting('recollect.tenant', true) in (tenant, chr(31)));
drop policy if exists walls on versions;
create policy walls on versions to recollect_app using (current_setting('recollect.tenant', true) in (tenant, chr(31)));
drop policy if exists walls on changes;
create policy walls on changes to recollect_app using (current_setting('recollect.tenant', true) in (tenant, chr(31)));
drop policy if exists walls on chains;
create policy walls on chains to recollect_app using (current_setting('recollect.tenant', true) in (tenant, chr(31)));
drop policy if exists walls on aliases;
create policy walls on aliases to recollect_app using (current_setting('recollect.tenant', true) in (tenant, chr(31)));

-- What is a user's own is kept from the tenant's other users as well.
drop policy if exists walls on sessions;
create policy walls on sessions to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
);
drop policy if exists walls on conversations;
create policy walls on conversations to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
);
drop policy if exists walls on messages;
create policy walls on messages to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
);
drop policy if exists walls on facts;
create policy walls on facts to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
);
drop policy if exists walls on notes;
create policy walls on notes to recollect_app using (
    current_setting('recollect.tenant', true) in (tenant, chr(31)) and current_setting('recollect.user', true) in ("user", '')
);
