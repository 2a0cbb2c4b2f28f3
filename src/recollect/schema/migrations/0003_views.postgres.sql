-- As in 0003_views.sqlite.sql.

create view recollect_sessions as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    title,
    status,
    external_id,
    metadata,
    to_char(timestamp 'epoch' + last_activity * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_activity
from sessions where deleted_at is null;

create view recollect_conversations as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    title,
    status,
    external_id,
    summary,
    to_char(timestamp 'epoch' + last_activity * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_activity,
    to_char(timestamp 'epoch' + closed_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as closed_at
from conversations where deleted_at is null;

create view recollect_messages as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    cast(cast(encode(conversation, 'hex') as uuid) as text) as conversation,
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
    to_char(timestamp 'epoch' + compressed_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as compressed_at
from messages where deleted_at is null;

create view recollect_facts as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    key,
    value,
    source
from facts where deleted_at is null;

create view recollect_preferences as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    confidence,
    strength,
    seen,
    to_char(timestamp 'epoch' + seen_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as seen_at,
    key,
    value,
    source
from preferences where deleted_at is null;

create view recollect_blocks as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
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
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    cast(cast(encode(block, 'hex') as uuid) as text) as block,
    name,
    content,
    tokens,
    version
from passages where deleted_at is null;

create view recollect_notes as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    text,
    type,
    tags,
    importance,
    pinned,
    to_char(timestamp 'epoch' + expires_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as expires_at,
    source,
    reinforced
from notes where deleted_at is null;

create view recollect_entities as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    key,
    type,
    name,
    aliases,
    attributes,
    source
from entities where deleted_at is null;

create view recollect_links as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    cast(cast(encode(source, 'hex') as uuid) as text) as source,
    cast(cast(encode(target, 'hex') as uuid) as text) as target,
    kind,
    weight,
    to_char(timestamp 'epoch' + valid_from * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as valid_from,
    to_char(timestamp 'epoch' + valid_to * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as valid_to
from links where deleted_at is null;

create view recollect_observations as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    type,
    title,
    what,
    why,
    "where" as location,
    learned
from observations where deleted_at is null;

create view recollect_decisions as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
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
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    domain,
    score,
    lesson,
    source
from outcomes where deleted_at is null;

create view recollect_lessons as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    confidence,
    strength,
    seen,
    to_char(timestamp 'epoch' + seen_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as seen_at,
    domain,
    rule,
    source
from lessons where deleted_at is null;

create view recollect_patterns as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    confidence,
    strength,
    seen,
    to_char(timestamp 'epoch' + seen_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as seen_at,
    type,
    key,
    value
from patterns where deleted_at is null;

create view recollect_limitations as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    title,
    description,
    plan,
    status,
    resolution,
    to_char(timestamp 'epoch' + resolved_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as resolved_at,
    seen,
    to_char(timestamp 'epoch' + seen_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as seen_at
from limitations where deleted_at is null;

create view recollect_tasks as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    status,
    to_char(timestamp 'epoch' + run_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as run_at,
    to_char(timestamp 'epoch' + claimed_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as claimed_at,
    to_char(timestamp 'epoch' + lease_until * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as lease_until,
    description,
    type,
    to_char(timestamp 'epoch' + due_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as due_at,
    repeat,
    timezone,
    to_char(timestamp 'epoch' + starts_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as starts_at,
    missed,
    reply_target,
    attempts,
    last_error,
    to_char(timestamp 'epoch' + finished_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as finished_at
from tasks where deleted_at is null;

create view recollect_task_runs as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    cast(cast(encode(task, 'hex') as uuid) as text) as task,
    status,
    to_char(timestamp 'epoch' + due_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as due_at,
    to_char(timestamp 'epoch' + started_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
    attempt,
    result,
    error,
    tokens
from task_runs where deleted_at is null;

create view recollect_checkpoints as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
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
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    from_agent,
    "to" as to_agent,
    cast(cast(encode(from_session, 'hex') as uuid) as text) as from_session,
    cast(cast(encode(to_session, 'hex') as uuid) as text) as to_session,
    summary,
    reason,
    context,
    status,
    answer,
    to_char(timestamp 'epoch' + decided_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as decided_at
from handoffs where deleted_at is null;

create view recollect_interactions as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    name,
    task,
    status,
    result,
    model,
    input,
    output,
    cost,
    conversation,
    to_char(timestamp 'epoch' + finished_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as finished_at
from interactions where deleted_at is null;

create view recollect_routes as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    intent,
    chosen,
    method,
    complexity,
    confidence,
    reasoning,
    conversation
from routes where deleted_at is null;

create view recollect_usage as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    model,
    input,
    output,
    cache_read,
    cache_creation,
    cost,
    metadata
from usage where deleted_at is null;

create view recollect_metrics as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    name,
    value,
    unit
from metrics where deleted_at is null;

create view recollect_audit as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
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
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    version,
    alias,
    canonical
from aliases where deleted_at is null;

create view recollect_signals as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id,
    tenant,
    "user" as user_id,
    agent,
    project,
    channel,
    session,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + updated_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as updated_at,
    cast(cast(encode(record, 'hex') as uuid) as text) as record,
    kind,
    used,
    days,
    to_char(timestamp 'epoch' + used_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as used_at
from signals where deleted_at is null;

create view recollect_active_sessions as select
    cast(cast(encode(s.id, 'hex') as uuid) as text) as id, s.tenant, s."user" as user_id, s.agent, s.project, s.title,
    to_char(timestamp 'epoch' + s.created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
    to_char(timestamp 'epoch' + s.last_activity * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_activity,
    (select count(*) from messages where tenant = s.tenant and "user" = s."user" and session = cast(cast(encode(s.id, 'hex') as uuid) as text) and deleted_at is null) as messages,
    (select coalesce(cast(sum(tokens) as bigint), 0) from messages where tenant = s.tenant and "user" = s."user" and session = cast(cast(encode(s.id, 'hex') as uuid) as text) and deleted_at is null) as tokens,
    (select coalesce(sum(cost), 0.0) from usage where tenant = s.tenant and "user" = s."user" and session = cast(cast(encode(s.id, 'hex') as uuid) as text) and deleted_at is null) as cost,
    (select count(*) - count(cost) from usage where tenant = s.tenant and "user" = s."user" and session = cast(cast(encode(s.id, 'hex') as uuid) as text) and deleted_at is null) as unpriced
from sessions s where s.status = 'active' and s.deleted_at is null;

create view recollect_recent_activity as select
    cast(cast(encode(id, 'hex') as uuid) as text) as id, tenant, "user" as user_id, agent, project, name, task, status, result, model,
    input + output as tokens, cost, (finished_at - created_at) / 1000000.0 as seconds,
    to_char(timestamp 'epoch' + created_at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at
from interactions where deleted_at is null order by created_at desc, seq desc limit 100;

create view recollect_changes as select
    position, to_char(timestamp 'epoch' + at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, kind, action, cast(cast(encode(record, 'hex') as uuid) as text) as id, tenant, "user" as user_id, agent, project, actor,
    encode(hash, 'hex') as hash
from changes;
