CREATE VIEW recollect_active_sessions as select
    substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) as id, s.tenant, s."user" as user_id, s.agent, s.project, s.title,
    strftime('%Y-%m-%dT%H:%M:%S', (s.created_at - (s.created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.created_at % 1000000 + 1000000) % 1000000) as created_at,
    strftime('%Y-%m-%dT%H:%M:%S', (s.last_activity - (s.last_activity % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.last_activity % 1000000 + 1000000) % 1000000) as last_activity,
    (select count(*) from messages where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as messages,
    (select coalesce(cast(sum(tokens) as bigint), 0) from messages where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as tokens,
    (select coalesce(sum(cost), 0.0) from usage where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as cost,
    (select count(*) - count(cost) from usage where tenant = s.tenant and "user" = s."user" and session = substr(lower(hex(s.id)), 1, 8) || '-' || substr(lower(hex(s.id)), 9, 4) || '-' || substr(lower(hex(s.id)), 13, 4) || '-' || substr(lower(hex(s.id)), 17, 4) || '-' || substr(lower(hex(s.id)), 21) and deleted_at is null) as unpriced
from sessions s where s.status = 'active' and s.deleted_at is null;

CREATE VIEW recollect_aliases as select
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

CREATE VIEW recollect_audit as select
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

CREATE VIEW recollect_blocks as select
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

CREATE VIEW recollect_changes as select
    position, strftime('%Y-%m-%dT%H:%M:%S', (at - (at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (at % 1000000 + 1000000) % 1000000) as at, kind, action, case when record is not null then substr(lower(hex(record)), 1, 8) || '-' || substr(lower(hex(record)), 9, 4) || '-' || substr(lower(hex(record)), 13, 4) || '-' || substr(lower(hex(record)), 17, 4) || '-' || substr(lower(hex(record)), 21) end as id, tenant, "user" as user_id, agent, project, actor,
    lower(hex(hash)) as hash
from changes;

CREATE VIEW recollect_checkpoints as select
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

CREATE VIEW recollect_conversations as select
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

CREATE VIEW recollect_decisions as select
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

CREATE VIEW recollect_entities as select
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

CREATE VIEW recollect_facts as select
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

CREATE VIEW recollect_handoffs as select
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

CREATE VIEW recollect_interactions as select
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

CREATE VIEW recollect_lessons as select
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

CREATE VIEW recollect_limitations as select
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

CREATE VIEW recollect_links as select
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

CREATE VIEW recollect_messages as select
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

CREATE VIEW recollect_metrics as select
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

CREATE VIEW recollect_notes as select
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

CREATE VIEW recollect_observations as select
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

CREATE VIEW recollect_outcomes as select
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

CREATE VIEW recollect_passages as select
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

CREATE VIEW recollect_patterns as select
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

CREATE VIEW recollect_preferences as select
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

CREATE VIEW recollect_recent_activity as select
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21) as id, tenant, "user" as user_id, agent, project, name, task, status, result, model,
    input + output as tokens, cost, (finished_at - created_at) / 1000000.0 as seconds,
    strftime('%Y-%m-%dT%H:%M:%S', (created_at - (created_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (created_at % 1000000 + 1000000) % 1000000) as started_at
from interactions where deleted_at is null order by created_at desc, seq desc limit 100;

CREATE VIEW recollect_routes as select
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

CREATE VIEW recollect_sessions as select
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

CREATE VIEW recollect_signals as select
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

CREATE VIEW recollect_task_runs as select
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

CREATE VIEW recollect_tasks as select
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

CREATE VIEW recollect_usage as select
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
    timed integer not null,
    importance real not null
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

CREATE VIRTUAL TABLE frequencies using fts5vocab (words, row);

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
    stamp integer not null,  -- moves whenever its documents do
    shrank integer not null,  -- its stamp when documents were last taken out
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

CREATE TABLE pending (
    document integer not null,
    space integer not null,
    owner integer not null,
    tenant text not null,
    ticket integer not null,  -- a document's number may be given again, its ticket not
    attempts integer not null,
    retry_at integer not null,
    error text,
    primary key (space, document)
) strict, without rowid;

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

CREATE TABLE spaces (
    number integer primary key,
    name text not null unique,  -- of the model, with all that decides what its vectors mean
    spec text,  -- how to name the model to have it again, if it has such a name
    dimension integer not null,
    ready integer not null,  -- whether every document has had its turn
    made_at integer not null,
    used_at integer not null  -- when an opening asked for it, to a day
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

CREATE TABLE vectors (
    key integer primary key,  -- document * 1024 + space: one look-up finds a vector
    document integer not null generated always as (key >> 10) virtual,
    space integer not null generated always as (key & 1023) virtual,
    owner integer not null,
    tenant text not null,
    stamp integer not null,  -- the owner's when it was written
    vector blob not null  -- 16-bit floats, of length 1
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

CREATE INDEX changes_record on changes (tenant, record) where record is not null;

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

CREATE INDEX links_time on links (tenant, "user", created_at);

CREATE INDEX messages_conversation on messages (tenant, conversation, created_at);

CREATE UNIQUE INDEX messages_external on messages (tenant, "user", external_id) where external_id is not null;

CREATE INDEX messages_time on messages (tenant, "user", created_at);

CREATE INDEX metrics_time on metrics (tenant, "user", created_at);

CREATE UNIQUE INDEX notes_text on notes (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX notes_time on notes (tenant, "user", created_at);

CREATE INDEX observations_time on observations (tenant, "user", created_at);

CREATE INDEX outcomes_time on outcomes (tenant, "user", created_at);

CREATE INDEX passages_block on passages (tenant, block);

CREATE INDEX passages_time on passages (tenant, "user", created_at);

CREATE UNIQUE INDEX patterns_digest on patterns (tenant, "user", project, agent, digest) where deleted_at is null;

CREATE INDEX patterns_time on patterns (tenant, "user", created_at);

CREATE INDEX pending_document on pending (document);

CREATE INDEX pending_turn on pending (space, attempts, retry_at, document);

CREATE INDEX routes_time on routes (tenant, "user", created_at);

CREATE INDEX sessions_activity on sessions (tenant, "user", status, last_activity);

CREATE UNIQUE INDEX sessions_external on sessions (tenant, "user", external_id) where external_id is not null;

CREATE UNIQUE INDEX signals_record on signals (tenant, record);

CREATE INDEX signals_time on signals (tenant, "user", created_at);

CREATE INDEX task_runs_task on task_runs (tenant, task);

CREATE INDEX task_runs_time on task_runs (tenant, "user", created_at);

CREATE INDEX tasks_run on tasks (tenant, "user", status, run_at);

CREATE INDEX tasks_starts on tasks (tenant, "user", starts_at);

CREATE INDEX tasks_time on tasks (tenant, "user", created_at);

CREATE INDEX tasks_token on tasks (tenant, token) where token is not null;

CREATE INDEX tasks_waiting on tasks (tenant, run_at) where status in ('pending', 'claimed');

CREATE INDEX usage_time on usage (tenant, "user", created_at);

CREATE INDEX vectors_owner on vectors (owner, space, stamp, document, tenant);

CREATE INDEX versions_owner on versions (tenant, "user", kind, ended_at);
