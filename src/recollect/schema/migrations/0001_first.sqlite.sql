-- Times are microseconds since 1970 UTC, ids 16 bytes, absent scope parts ''. `seq` is the order of writing and breaks every tie.

create table owners (
    number integer primary key,  -- the prefix of its words in the text index
    tenant text not null,
    "user" text not null,
    language text not null,
    documents integer not null,
    words integer not null,  -- sum of the documents' lengths
    near integer not null,  -- sum of min(length, 20): what neighbours can lend each other
    stamp integer not null,  -- moves whenever its documents do
    shrank integer not null,  -- its stamp when documents were last taken out
    unique (tenant, "user")
) strict;

create table documents (
    number integer primary key,  -- keys the text index
    owner integer not null,
    tenant text not null,
    kind text not null,
    record blob not null,
    part integer not null,
    agent text not null,
    project text not null,
    thread blob,
    place integer,
    role text not null,
    speaker text not null,
    at integer not null,
    length integer not null,
    questions real not null,
    timed integer not null,
    importance real not null
) strict;
create index documents_record on documents (record);
create index documents_thread on documents (owner, thread, place);
create index documents_speaker on documents (owner, speaker) where speaker <> '';

-- Contentless, with the exact words given back on deletion: with `contentless_delete` they would stay in the file.
create virtual table words using fts5 (tokens, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'");
insert into words (words, rank) values ('secure-delete', 1);
create virtual table postings using fts5vocab (words, instance);

create table versions (
    seq integer primary key,
    tenant text not null,
    "user" text not null,
    kind text not null,
    record blob not null,
    version integer not null,
    began_at integer not null,
    ended_at integer not null,
    body text not null,  -- the whole record as it was
    unique (tenant, record, version)
) strict;
create index versions_owner on versions (tenant, "user", kind, ended_at);

create table changes (
    seq integer primary key,
    tenant text not null,
    position integer not null,
    operation blob not null,
    at integer not null,
    kind text not null,
    action text not null,
    "user" text,  -- from here to `salt` personal: cleared by erase, vouched for by `digest`
    agent text,
    project text,
    channel text,
    session text,
    record blob,
    actor text,
    content blob,
    salt blob,
    digest blob not null,
    hash blob not null,
    unique (tenant, position)
) strict;

create table chains (
    tenant text primary key,
    position integer not null,
    hash blob not null,
    anchor_position integer not null,  -- entries up to here were pruned
    anchor_hash blob not null
) strict;

create table settings (
    name text primary key,
    value text not null
) strict;

create table sessions (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    title text,
    status text not null check (status in ('active', 'paused', 'completed', 'archived')),
    external_id text,
    metadata text not null,
    last_activity integer not null,
    unique (tenant, id)
) strict;
create unique index sessions_external on sessions (tenant, "user", external_id) where external_id is not null;
create index sessions_activity on sessions (tenant, "user", status, last_activity);

create table conversations (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    title text,
    status text not null check (status in ('active', 'closed')),
    external_id text,
    summary text,
    last_activity integer not null,
    closed_at integer,
    unique (tenant, id)
) strict;
create unique index conversations_external on conversations (tenant, "user", external_id) where external_id is not null;
create index conversations_activity on conversations (tenant, "user", status, last_activity);

create table messages (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    conversation blob not null,
    role text not null check (role in ('user', 'assistant', 'system', 'tool')),
    content text not null,
    parts text,
    name text,
    tool_calls text,
    tool_call_id text,
    tokens integer not null,
    importance real not null,
    metadata text not null,
    external_id text,
    compressed_at integer,
    unique (tenant, id),
    foreign key (tenant, conversation) references conversations (tenant, id)
) strict;
create unique index messages_external on messages (tenant, "user", external_id) where external_id is not null;
create index messages_conversation on messages (tenant, conversation, created_at);
create index messages_time on messages (tenant, "user", created_at);

create table facts (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    version integer not null,
    key text not null,
    value text not null,
    source text,
    unique (tenant, id),
    unique (tenant, "user", project, agent, key)
) strict;

create table aliases (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    version integer not null,
    alias text not null,
    canonical text not null,
    unique (tenant, id),
    unique (tenant, alias)
) strict;

create table notes (
    seq integer primary key,
    id blob not null,
    tenant text not null,
    "user" text not null,
    agent text not null,
    project text not null,
    channel text not null,
    session text not null,
    created_at integer not null,
    updated_at integer not null,
    deleted_at integer,
    version integer not null,
    text text not null,
    type text not null,
    tags text not null,
    importance real not null,
    pinned integer not null,
    expires_at integer,
    source text,
    reinforced integer not null,
    digest blob not null,
    unique (tenant, id)
) strict;
create unique index notes_text on notes (tenant, "user", project, agent, digest) where deleted_at is null;
create index notes_time on notes (tenant, "user", created_at);
