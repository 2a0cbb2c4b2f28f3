CREATE TABLE aliases (
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

CREATE TABLE audit (
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
    input text not null,
    output text,
    status text not null check (status in ('ok', 'error', 'denied')),
    reason text,
    sender text,
    provider text,
    model text,
    milliseconds integer,
    unique (tenant, id)
) strict;

CREATE TABLE blocks (
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
    name text not null,
    content text not null,
    description text,
    max_tokens integer not null,
    tokens integer not null,
    overflow text not null check (overflow in ('refuse', 'archive')),
    read_only integer not null,
    pinned integer not null,
    author text,
    reason text,
    unique (tenant, id),
    unique (tenant, "user", project, agent, name)
) strict;

CREATE TABLE chains (
    tenant text primary key,
    position integer not null,
    hash blob not null,
    anchor_position integer not null,  -- entries up to here were pruned
    anchor_hash blob not null
, anchor_at integer not null default 0) strict;

CREATE TABLE changes (
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

CREATE TABLE checkpoints (
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
    run text not null,
    phase text not null,
    status text not null check (status in ('pending', 'in_progress', 'completed', 'failed')),
    output text,
    error text,
    attempt integer not null,
    unique (tenant, id),
    unique (tenant, "user", project, agent, key)
) strict;

CREATE TABLE conversations (
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

CREATE TABLE decisions (
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
    tool text not null,
    input text,
    choice text not null check (choice in ('allow', 'deny', 'observe')),
    message text,
    rationale text,
    goal text,
    turn integer,
    recommended integer not null,
    unique (tenant, id)
) strict;

CREATE TABLE documents (
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
    timed integer not null
) strict;

CREATE TABLE entities (
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
    type text not null,
    name text not null,
    aliases text not null,
    attributes text not null,
    source text,
    unique (tenant, id),
    unique (tenant, "user", project, agent, key)
) strict;

CREATE TABLE facts (
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

CREATE TABLE handoffs (
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
    from_agent text not null,
    "to" text not null,
    from_session blob,
    to_session blob,
    summary text not null,
    reason text,
    context text not null,
    status text not null check (status in ('offered', 'accepted', 'declined')),
    answer text,
    decided_at integer,
    unique (tenant, id)
) strict;

CREATE TABLE interactions (
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
    name text not null,
    task text,
    status text not null check (status in ('running', 'completed', 'failed', 'cancelled')),
    result text,
    model text,
    input integer not null,
    output integer not null,
    cost real,
    conversation text,
    finished_at integer,
    unique (tenant, id)
) strict;

CREATE TABLE leases (  -- work that one process does at a time
    tenant text not null,
    "user" text not null,
    name text not null,
    holder blob,
    until integer not null,
    ended_at integer,
    primary key (tenant, "user", name)
) strict;

CREATE TABLE lessons (
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
    confidence real not null,
    strength real not null,
    seen integer not null,
    seen_at integer not null,
    domain text not null,
    rule text not null,
    source text,
    digest blob not null,
    unique (tenant, id)
) strict;

CREATE TABLE limitations (
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
    title text not null,
    description text not null,
    plan text,
    status text not null check (status in ('open', 'resolved')),
    resolution text,
    resolved_at integer,
    seen integer not null,
    seen_at integer not null,
    digest blob not null,
    unique (tenant, id)
) strict;

CREATE TABLE links (
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
    source blob not null,
    target blob not null,
    kind text not null,
    weight real not null,
    valid_from integer,
    valid_to integer,
    digest blob not null,
    unique (tenant, id)
) strict;

CREATE TABLE messages (
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

CREATE TABLE metrics (
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
    name text not null,
    value real not null,
    unit text,
    unique (tenant, id)
) strict;

CREATE TABLE migrations (name text primary key, checksum text not null, applied_at integer not null) strict;

CREATE TABLE notes (
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

CREATE TABLE observations (
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
    type text not null check (type in ('architecture', 'bugfix', 'config', 'decision', 'discovery', 'learning', 'pattern')),
    title text not null,
    what text,
    why text,
    "where" text,
    learned text,
    unique (tenant, id)
) strict;

CREATE TABLE outcomes (
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
    domain text not null,
    score integer not null check (score in (-1, 0, 1)),
    lesson text,
    source text,
    unique (tenant, id)
) strict;

CREATE TABLE owners (
    number integer primary key,  -- the prefix of its words in the text index
    tenant text not null,
    "user" text not null,
    language text not null,
    documents integer not null,
    words integer not null,  -- sum of the documents' lengths
    near integer not null,  -- sum of min(length, 20): what neighbours can lend each other
    unique (tenant, "user")
) strict;

CREATE TABLE passages (
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
    block blob not null,
    name text not null,
    content text not null,
    tokens integer not null,
    version integer not null,
    unique (tenant, id)
) strict;

CREATE TABLE patterns (
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
    confidence real not null,
    strength real not null,
    seen integer not null,
    seen_at integer not null,
    type text not null,
    key text not null,
    value text,
    digest blob not null,
    unique (tenant, id)
) strict;

CREATE VIRTUAL TABLE postings using fts5vocab (words, instance);

CREATE TABLE preferences (
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
    confidence real not null,
    strength real not null,
    seen integer not null,
    seen_at integer not null,
    key text not null,
    value text not null,
    source text,
    unique (tenant, id),
    unique (tenant, "user", project, agent, key)
) strict;

CREATE TABLE routes (
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
    intent text not null,
    chosen text not null,
    method text,
    complexity text,
    confidence real,
    reasoning text,
    conversation text,
    unique (tenant, id)
) strict;

CREATE TABLE sessions (
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

CREATE TABLE settings (
    name text primary key,
    value text not null
) strict;

CREATE TABLE signals (
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
    record blob not null,
    kind text not null,
    used integer not null,
    days integer not null,
    used_at integer not null,
    unique (tenant, id)
) strict;

CREATE TABLE task_runs (
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
    task blob not null,
    status text not null check (status in ('completed', 'failed', 'lost')),
    due_at integer not null,
    started_at integer not null,
    attempt integer not null,
    result text,
    error text,
    tokens integer,
    unique (tenant, id)
) strict;

CREATE TABLE tasks (
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
    status text not null check (status in ('pending', 'claimed', 'done', 'failed', 'cancelled')),
    run_at integer not null,
    token blob,
    claimed_at integer,
    lease_until integer,
    description text not null,
    type text not null,
    due_at integer not null,
    repeat text,
    timezone text not null,
    starts_at integer not null,
    missed text not null check (missed in ('once', 'skip', 'all')),
    reply_target text,
    attempts integer not null,
    last_error text,
    finished_at integer,
    unique (tenant, id)
) strict;

CREATE TABLE usage (
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
    model text not null,
    input integer not null,
    output integer not null,
    cache_read integer not null,
    cache_creation integer not null,
    cost real,
    metadata text not null,
    unique (tenant, id)
) strict;

CREATE TABLE versions (
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

CREATE VIRTUAL TABLE words using fts5 (tokens, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'");

CREATE INDEX audit_time on audit (tenant, "user", created_at);

CREATE INDEX checkpoints_run on checkpoints (tenant, run);

CREATE INDEX conversations_activity on conversations (tenant, "user", status, last_activity);

CREATE UNIQUE INDEX conversations_external on conversations (tenant, "user", external_id) where external_id is not null;

CREATE INDEX decisions_time on decisions (tenant, "user", created_at);

CREATE INDEX documents_record on documents (record);

CREATE INDEX documents_speaker on documents (owner, speaker) where speaker <> '';

CREATE INDEX documents_thread on documents (owner, thread, place);

CREATE INDEX handoffs_from on handoffs (tenant, from_session);

CREATE INDEX handoffs_time on handoffs (tenant, "user", created_at);

CREATE INDEX handoffs_to on handoffs (tenant, to_session);

CREATE INDEX interactions_time on interactions (tenant, "user", created_at);

CREATE UNIQUE INDEX lessons_digest on lessons (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX lessons_time on lessons (tenant, "user", created_at);

CREATE UNIQUE INDEX limitations_digest on limitations (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX limitations_time on limitations (tenant, "user", created_at);

CREATE UNIQUE INDEX links_digest on links (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX links_source on links (tenant, source);

CREATE INDEX links_target on links (tenant, target);

CREATE INDEX messages_conversation on messages (tenant, conversation, created_at);

CREATE UNIQUE INDEX messages_external on messages (tenant, "user", external_id) where external_id is not null;

CREATE INDEX messages_time on messages (tenant, "user", created_at);

CREATE INDEX metrics_time on metrics (tenant, "user", created_at);

CREATE UNIQUE INDEX notes_text on notes (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX notes_time on notes (tenant, "user", created_at);

CREATE INDEX observations_time on observations (tenant, "user", created_at);

CREATE INDEX outcomes_time on outcomes (tenant, "user", created_at);

CREATE INDEX passages_block on passages (tenant, block);

CREATE UNIQUE INDEX patterns_digest on patterns (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX patterns_time on patterns (tenant, "user", created_at);

CREATE INDEX routes_time on routes (tenant, "user", created_at);

CREATE INDEX sessions_activity on sessions (tenant, "user", status, last_activity);

CREATE UNIQUE INDEX sessions_external on sessions (tenant, "user", external_id) where external_id is not null;

CREATE UNIQUE INDEX signals_record on signals (tenant, record);

CREATE INDEX task_runs_task on task_runs (tenant, task);

CREATE INDEX task_runs_time on task_runs (tenant, "user", created_at);

CREATE INDEX tasks_run on tasks (tenant, "user", status, run_at);

CREATE INDEX tasks_time on tasks (tenant, "user", created_at);

CREATE INDEX tasks_token on tasks (tenant, token) where token is not null;

CREATE INDEX usage_time on usage (tenant, "user", created_at);

CREATE INDEX versions_owner on versions (tenant, "user", kind, ended_at);
