-- The kinds of memory that came after the first, one table each; and what upkeep needs.

alter table chains add column anchor_at integer not null default 0;  -- when the last of the pruned entries was written

create index changes_record on changes (tenant, record) where record is not null;

create table leases (  -- work that one process does at a time
    tenant text not null,
    "user" text not null,
    name text not null,
    holder blob,
    until integer not null,
    ended_at integer,
    primary key (tenant, "user", name)
) strict;

create table preferences (
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

create table blocks (
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

create table passages (
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
create index passages_block on passages (tenant, block);
create index passages_time on passages (tenant, "user", created_at);

create table entities (
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

create table links (
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
create unique index links_digest on links (tenant, "user", project, agent, digest) where deleted_at is null;
create index links_source on links (tenant, source);
create index links_target on links (tenant, target);
create index links_time on links (tenant, "user", created_at);

create table observations (
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
create index observations_time on observations (tenant, "user", created_at);

create table decisions (
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
create index decisions_time on decisions (tenant, "user", created_at);

create table outcomes (
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
create index outcomes_time on outcomes (tenant, "user", created_at);

create table lessons (
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
create unique index lessons_digest on lessons (tenant, "user", project, agent, digest) where deleted_at is null;
create index lessons_time on lessons (tenant, "user", created_at);

create table patterns (
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
create unique index patterns_digest on patterns (tenant, "user", project, agent, digest) where deleted_at is null;
create index patterns_time on patterns (tenant, "user", created_at);

create table limitations (
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
create unique index limitations_digest on limitations (tenant, "user", project, agent, digest) where deleted_at is null;
create index limitations_time on limitations (tenant, "user", created_at);

create table tasks (
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
create index tasks_run on tasks (tenant, "user", status, run_at);
create index tasks_waiting on tasks (tenant, run_at) where status in ('pending', 'claimed');
create index tasks_starts on tasks (tenant, "user", starts_at);
create index tasks_token on tasks (tenant, token) where token is not null;
create index tasks_time on tasks (tenant, "user", created_at);

create table task_runs (
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
create index task_runs_task on task_runs (tenant, task);
create index task_runs_time on task_runs (tenant, "user", created_at);

create table checkpoints (
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
create index checkpoints_run on checkpoints (tenant, run);

create table handoffs (
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
create index handoffs_from on handoffs (tenant, from_session);
create index handoffs_to on handoffs (tenant, to_session);
create index handoffs_time on handoffs (tenant, "user", created_at);

create table interactions (
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
create index interactions_time on interactions (tenant, "user", created_at);

create table routes (
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
create index routes_time on routes (tenant, "user", created_at);

create table usage (
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
create index usage_time on usage (tenant, "user", created_at);

create table metrics (
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
create index metrics_time on metrics (tenant, "user", created_at);

create table audit (
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
create index audit_time on audit (tenant, "user", created_at);

create table signals (
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
create unique index signals_record on signals (tenant, record);
create index signals_time on signals (tenant, "user", created_at);
