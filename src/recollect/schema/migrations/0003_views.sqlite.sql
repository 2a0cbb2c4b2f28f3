-- What raw queries read: live records with readable ids and times. Their names and columns are documented and stay.

create view recollect_sessions as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    title,
    status,
    external_id,
    metadata,
    strftime('%Y-%m-%dT%H:%M:%S', (last_activity - (last_activity % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (last_activity % 1000000 + 1000000) % 1000000) as last_activity
from sessions where deleted_at is null;

create view recollect_conversations as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    title,
    status,
    external_id,
    summary,
    strftime('%Y-%m-%dT%H:%M:%S', (last_activity - (last_activity % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (last_activity % 1000000 + 1000000) % 1000000) as last_activity,
    strftime('%Y-%m-%dT%H:%M:%S', (closed_at - (closed_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (closed_at % 1000000 + 1000000) % 1000000) as closed_at
from conversations where deleted_at is null;

create view recollect_messages as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    substr(lower(hex(conversation)), 1, 8) || '-' || substr(lower(hex(conversation)), 9, 4) || '-' || substr(lower(hex(conversation)), 13, 4) || '-' || substr(lower(hex(conversation)), 17, 4) || '-' || substr(lower(hex(conversation)), 21) as conversation,
    role,
    content,
    parts,
    name,
    tool_calls,
    tool_call_id,
    tokens,
    importance,
    metadata,
    external_id,
    strftime('%Y-%m-%dT%H:%M:%S', (compressed_at - (compressed_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (compressed_at % 1000000 + 1000000) % 1000000) as compressed_at
from messages where deleted_at is null;

create view recollect_facts as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    key,
    value,
    source
from facts where deleted_at is null;

create view recollect_preferences as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    confidence,
    strength,
    seen,
    strftime('%Y-%m-%dT%H:%M:%S', (seen_at - (seen_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (seen_at % 1000000 + 1000000) % 1000000) as seen_at,
    key,
    value,
    source
from preferences where deleted_at is null;

create view recollect_blocks as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    name,
    content,
    description,
    max_tokens,
    tokens,
    overflow,
    read_only,
    pinned,
    author,
    reason
from blocks where deleted_at is null;

create view recollect_passages as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    substr(lower(hex(block)), 1, 8) || '-' || substr(lower(hex(block)), 9, 4) || '-' || substr(lower(hex(block)), 13, 4) || '-' || substr(lower(hex(block)), 17, 4) || '-' || substr(lower(hex(block)), 21) as block,
    name,
    content,
    tokens,
    version
from passages where deleted_at is null;

create view recollect_notes as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    text,
    type,
    tags,
    importance,
    pinned,
    strftime('%Y-%m-%dT%H:%M:%S', (expires_at - (expires_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (expires_at % 1000000 + 1000000) % 1000000) as expires_at,
    source,
    reinforced
from notes where deleted_at is null;

create view recollect_entities as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    key,
    type,
    name,
    aliases,
    attributes,
    source
from entities where deleted_at is null;

create view recollect_links as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    substr(lower(hex(source)), 1, 8) || '-' || substr(lower(hex(source)), 9, 4) || '-' || substr(lower(hex(source)), 13, 4) || '-' || substr(lower(hex(source)), 17, 4) || '-' || substr(lower(hex(source)), 21) as source,
    substr(lower(hex(target)), 1, 8) || '-' || substr(lower(hex(target)), 9, 4) || '-' || substr(lower(hex(target)), 13, 4) || '-' || substr(lower(hex(target)), 17, 4) || '-' || substr(lower(hex(target)), 21) as target,
    kind,
    weight,
    strftime('%Y-%m-%dT%H:%M:%S', (valid_from - (valid_from % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (valid_from % 1000000 + 1000000) % 1000000) as valid_from,
    strftime('%Y-%m-%dT%H:%M:%S', (valid_to - (valid_to % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (valid_to % 1000000 + 1000000) % 1000000) as valid_to
from links where deleted_at is null;

create view recollect_observations as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    type,
    title,
    what,
    why,
    "where" as location,
    learned
from observations where deleted_at is null;

create view recollect_decisions as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    tool,
    input,
    choice,
    message,
    rationale,
    goal,
    turn,
    recommended
from decisions where deleted_at is null;

create view recollect_outcomes as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    domain,
    score,
    lesson,
    source
from outcomes where deleted_at is null;

create view recollect_lessons as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    confidence,
    strength,
    seen,
    strftime('%Y-%m-%dT%H:%M:%S', (seen_at - (seen_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (seen_at % 1000000 + 1000000) % 1000000) as seen_at,
    domain,
    rule,
    source
from lessons where deleted_at is null;

create view recollect_patterns as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    confidence,
    strength,
    seen,
    strftime('%Y-%m-%dT%H:%M:%S', (seen_at - (seen_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (seen_at % 1000000 + 1000000) % 1000000) as seen_at,
    type,
    key,
    value
from patterns where deleted_at is null;

create view recollect_limitations as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    title,
    description,
    plan,
    status,
    resolution,
    strftime('%Y-%m-%dT%H:%M:%S', (resolved_at - (resolved_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (resolved_at % 1000000 + 1000000) % 1000000) as resolved_at,
    seen,
    strftime('%Y-%m-%dT%H:%M:%S', (seen_at - (seen_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (seen_at % 1000000 + 1000000) % 1000000) as seen_at
from limitations where deleted_at is null;

create view recollect_tasks as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    status,
    strftime('%Y-%m-%dT%H:%M:%S', (run_at - (run_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (run_at % 1000000 + 1000000) % 1000000) as run_at,
    strftime('%Y-%m-%dT%H:%M:%S', (claimed_at - (claimed_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (claimed_at % 1000000 + 1000000) % 1000000) as claimed_at,
    strftime('%Y-%m-%dT%H:%M:%S', (lease_until - (lease_until % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (lease_until % 1000000 + 1000000) % 1000000) as lease_until,
    description,
    type,
    strftime('%Y-%m-%dT%H:%M:%S', (due_at - (due_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (due_at % 1000000 + 1000000) % 1000000) as due_at,
    repeat,
    timezone,
    strftime('%Y-%m-%dT%H:%M:%S', (starts_at - (starts_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (starts_at % 1000000 + 1000000) % 1000000) as starts_at,
    missed,
    reply_target,
    attempts,
    last_error,
    strftime('%Y-%m-%dT%H:%M:%S', (finished_at - (finished_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (finished_at % 1000000 + 1000000) % 1000000) as finished_at
from tasks where deleted_at is null;

create view recollect_task_runs as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    substr(lower(hex(task)), 1, 8) || '-' || substr(lower(hex(task)), 9, 4) || '-' || substr(lower(hex(task)), 13, 4) || '-' || substr(lower(hex(task)), 17, 4) || '-' || substr(lower(hex(task)), 21) as task,
    status,
    strftime('%Y-%m-%dT%H:%M:%S', (due_at - (due_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (due_at % 1000000 + 1000000) % 1000000) as due_at,
    strftime('%Y-%m-%dT%H:%M:%S', (started_at - (started_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (started_at % 1000000 + 1000000) % 1000000) as started_at,
    attempt,
    result,
    error,
    tokens
from task_runs where deleted_at is null;

create view recollect_checkpoints as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    key,
    run,
    phase,
    status,
    output,
    error,
    attempt
from checkpoints where deleted_at is null;

create view recollect_handoffs as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    from_agent,
    "to" as to_agent,
    case when from_session is not null then substr(lower(hex(from_session)), 1, 8) || '-' || substr(lower(hex(from_session)), 9, 4) || '-' || substr(lower(hex(from_session)), 13, 4) || '-' || substr(lower(hex(from_session)), 17, 4) || '-' || substr(lower(hex(from_session)), 21) end as from_session,
    case when to_session is not null then substr(lower(hex(to_session)), 1, 8) || '-' || substr(lower(hex(to_session)), 9, 4) || '-' || substr(lower(hex(to_session)), 13, 4) || '-' || substr(lower(hex(to_session)), 17, 4) || '-' || substr(lower(hex(to_session)), 21) end as to_session,
    summary,
    reason,
    context,
    status,
    answer,
    strftime('%Y-%m-%dT%H:%M:%S', (decided_at - (decided_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (decided_at % 1000000 + 1000000) % 1000000) as decided_at
from handoffs where deleted_at is null;

create view recollect_interactions as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    name,
    task,
    status,
    result,
    model,
    input,
    output,
    cost,
    conversation,
    strftime('%Y-%m-%dT%H:%M:%S', (finished_at - (finished_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (finished_at % 1000000 + 1000000) % 1000000) as finished_at
from interactions where deleted_at is null;

create view recollect_routes as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    intent,
    chosen,
    method,
    complexity,
    confidence,
    reasoning,
    conversation
from routes where deleted_at is null;

create view recollect_usage as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    model,
    input,
    output,
    cache_read,
    cache_creation,
    cost,
    metadata
from usage where deleted_at is null;

create view recollect_metrics as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    name,
    value,
    unit
from metrics where deleted_at is null;

create view recollect_audit as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    input,
    output,
    status,
    reason,
    sender,
    provider,
    model,
    milliseconds
from audit where deleted_at is null;

create view recollect_aliases as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    version,
    alias,
    canonical
from aliases where deleted_at is null;

create view recollect_signals as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (updated_at - (updated_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (updated_at % 1000000 + 1000000) % 1000000) as updated_at,
    substr(lower(hex(record)), 1, 8) || '-' || substr(lower(hex(record)), 9, 4) || '-' || substr(lower(hex(record)), 13, 4) || '-' || substr(lower(hex(record)), 17, 4) || '-' || substr(lower(hex(record)), 21) as record,
    kind,
    used,
    days,
    strftime('%Y-%m-%dT%H:%M:%S', (used_at - (used_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (used_at % 1000000 + 1000000) % 1000000) as used_at
from signals where deleted_at is null;

create view recollect_active_sessions as select
    substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) as id, s.tenant, s."user" as user_id, s.agent, s.project, s.title,
    strftime('%Y-%m-%dT%H:%M:%S', (s.created_at - (s.created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (s.last_activity - (s.last_activity % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.last_activity % 1000000 + 1000000) % 1000000) as last_activity,
    (select count(*) from messages where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as messages,
    (select coalesce(cast(sum(tokens) as bigint), 0) from messages where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as tokens,
    (select coalesce(sum(cost), 0.0) from usage where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as cost,
    (select count(*) - count(cost) from usage where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as unpriced
from sessions s where s.status = 'active' and s.deleted_at is null;

create view recollect_recent_activity as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id, tenant, "user" as user_id, agent, project, name, task, status, result, model,
    input + output as tokens, cost, (finished_at - created_at) / 1000000.0 as seconds,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as started_at
from interactions where deleted_at is null order by created_at desc, seq desc limit 100;

create view recollect_changes as select
    position, strftime('%Y-%m-%dT%H:%M:%S', (at - (at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (at % 1000000 + 1000000) % 1000000) as at, kind, action, case when record is not null then substr(lower(hex(record)), 1, 8) || '-' || substr(lower(hex(record)), 9, 4) || '-' || substr(lower(hex(record)), 13, 4) || '-' || substr(lower(hex(record)), 17, 4) || '-' || substr(lower(hex(record)), 21) end as id, tenant, "user" as user_id, agent, project, actor,
    lower(hex(hash)) as hash
from changes;
