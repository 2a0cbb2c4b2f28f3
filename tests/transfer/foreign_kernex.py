"""Files as kernex-memory and omega-memory leave them: after any of their migrations, with rows in every table there is by then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

NOW = "datetime('now')"

MIGRATIONS: tuple[tuple[str, str], ...] = (
    ("001_init", f"""
        create table conversations (id text primary key, channel text not null, sender_id text not null, started_at text not null default ({NOW}),
            updated_at text not null default ({NOW}));
        create table messages (id text primary key, conversation_id text not null references conversations (id),
            role text not null check (role in ('user', 'assistant')), content text not null, timestamp text not null default ({NOW}),
            metadata_json text);
        create table facts (id text primary key, key text not null unique, value text not null, source_message_id text references messages (id),
            created_at text not null default ({NOW}), updated_at text not null default ({NOW}));
        """),
    ("002_audit_log", f"""
        create table audit_log (id text primary key, timestamp text not null default ({NOW}), channel text not null, sender_id text not null,
            sender_name text, input_text text not null, output_text text, provider_used text, model text, processing_ms integer,
            status text not null default 'ok' check (status in ('ok', 'error', 'denied')), denial_reason text);
        """),
    ("003_memory_enhancement", f"""
        alter table conversations add column summary text;
        alter table conversations add column last_activity text not null default '';
        alter table conversations add column status text not null default 'active';
        update conversations set last_activity = updated_at;
        drop table facts;
        create table facts (id text primary key, sender_id text not null, key text not null, value text not null,
            source_message_id text references messages (id), created_at text not null default ({NOW}), updated_at text not null default ({NOW}),
            unique (sender_id, key));
        """),
    ("004_fts5_recall", """
        create virtual table messages_fts using fts5 (content, content = 'messages', content_rowid = 'rowid');
        create trigger messages_ai after insert on messages when new.role = 'user' begin
            insert into messages_fts (rowid, content) values (new.rowid, new.content); end;
        """),
    ("005_scheduled_tasks", f"""
        create table scheduled_tasks (id text primary key, channel text not null, sender_id text not null, reply_target text not null,
            description text not null, due_at text not null, repeat text, status text not null default 'pending',
            created_at text not null default ({NOW}), delivered_at text);
        """),
    ("006_limitations", f"""
        create table limitations (id text primary key, title text not null, description text not null, proposed_plan text not null default '',
            status text not null default 'open', created_at text not null default ({NOW}), resolved_at text);
        create unique index limitations_title on limitations (title collate nocase);
        """),
    ("007_task_type", "alter table scheduled_tasks add column task_type text not null default 'reminder';"),
    ("008_user_aliases", "create table user_aliases (alias_sender_id text primary key, canonical_sender_id text not null);"),
    ("009_task_retry", """
        alter table scheduled_tasks add column retry_count integer not null default 0;
        alter table scheduled_tasks add column last_error text;
        """),
    ("010_outcomes", f"""
        create table outcomes (id text primary key, timestamp text not null default ({NOW}), sender_id text not null, domain text not null,
            score integer not null check (score in (-1, 0, 1)), lesson text not null, source text not null default 'conversation');
        create table lessons (id text primary key, sender_id text not null, domain text not null, rule text not null,
            occurrences integer not null default 1, created_at text not null default ({NOW}), updated_at text not null default ({NOW}),
            unique (sender_id, domain));
        """),
    ("011_project_learning", f"""
        alter table outcomes add column project text not null default '';
        alter table scheduled_tasks add column project text not null default '';
        drop table lessons;
        create table lessons (id text primary key, sender_id text not null, domain text not null, rule text not null,
            project text not null default '', occurrences integer not null default 1, created_at text not null default ({NOW}),
            updated_at text not null default ({NOW}), unique (sender_id, domain, project));
        """),
    ("012_project_sessions", f"""
        create table project_sessions (id text primary key, channel text not null, sender_id text not null, project text not null default '',
            session_id text not null, parent_project text, created_at text not null default ({NOW}), updated_at text not null default ({NOW}),
            unique (channel, sender_id, project));
        alter table conversations add column project text not null default '';
        """),
    ("013_multi_lessons", f"""
        drop table lessons;
        create table lessons (id text primary key, sender_id text not null, domain text not null, rule text not null,
            project text not null default '', occurrences integer not null default 1, created_at text not null default ({NOW}),
            updated_at text not null default ({NOW}));
        """),
    ("014_token_usage", """
        create table token_usage (id integer primary key autoincrement, sender_id text not null, session_id text not null, model text not null,
            tokens integer not null default 0, cost_usd real not null default 0.0, timestamp integer not null default (unixepoch()));
        """),
    ("015_phase_checkpoints", f"""
        create table phase_checkpoints (id text primary key, run_id text not null, topology_name text not null, phase_name text not null,
            sender_id text not null, project text not null default '',
            status text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'failed')), output text,
            error_message text, attempt integer not null default 0, created_at text not null default ({NOW}),
            updated_at text not null default ({NOW}), unique (run_id, phase_name));
        """),
    ("016_cache_token_breakdown", """
        alter table token_usage add column input_tokens integer;
        alter table token_usage add column output_tokens integer;
        alter table token_usage add column cache_read_tokens integer;
        alter table token_usage add column cache_creation_tokens integer;
        """),
    ("017_soft_delete", """
        alter table facts add column deleted_at text;
        create index facts_active on facts (sender_id, key) where deleted_at is null;
        """),
    ("018_observations", f"""
        create table observations (id text primary key, sender_id text not null,
            type text not null check (type in ('bugfix', 'decision', 'pattern', 'config', 'discovery', 'learning', 'architecture')),
            title text not null check (length(title) > 0), what text, why text, where_field text, learned text,
            created_at text not null default ({NOW}), updated_at text not null default ({NOW}), deleted_at text);
        create virtual table observations_fts using fts5 (title, what, why, where_field, learned, content = 'observations',
            content_rowid = 'rowid');
        """),
    ("019_task_runs", f"""
        alter table scheduled_tasks add column claimed_at text;
        create table task_runs (id text primary key, task_id text not null, started_at text not null, finished_at text not null default ({NOW}),
            status text not null check (status in ('completed', 'failed')), result text, error text, tokens_used integer);
        """),
)  # fmt: skip
ALL = len(MIGRATIONS)

ROWS: tuple[tuple[int, int, str], ...] = (  # from which migration on they can be written, before which one they go again (0: none), the rows
    (1, 0, """
        insert into conversations (id, channel, sender_id, started_at, updated_at) values
            ('talk-1', 'telegram', 'alice', '2024-06-01 10:00:00', '2024-06-01 10:05:00'),
            ('talk-2', 'telegram', 'bob', '2024-06-02 09:00:00', '2024-06-02 09:00:00');
        insert into messages (id, conversation_id, role, content, timestamp, metadata_json) values
            ('m-9', 'talk-1', 'user', 'Where is the old harbour?', '2024-06-01 10:00:00', null),
            ('m-1', 'talk-1', 'assistant', 'Behind the church of Santa Clara.', '2024-06-01 10:00:00', '{"model": "opus"}'),
            ('m-2', 'talk-2', 'user', 'Book the ferry to Bergen.', '2024-06-02 09:00:00', 'not json');
        """),
    (1, 3, """
        insert into facts (id, key, value, created_at, updated_at) values
            ('f-1', 'home_city', 'Lisbon', '2024-06-01 10:00:00', '2024-06-03 10:00:00');
        """),
    (2, 0, """
        insert into audit_log (id, timestamp, channel, sender_id, sender_name, input_text, output_text, provider_used, model, processing_ms, status,
            denial_reason) values
            ('a-1', '2024-06-01 10:00:01', 'telegram', 'alice', 'Alice', 'Where?', 'There.', 'anthropic', 'opus', 1200, 'ok', null),
            ('a-2', '2024-06-01 10:00:02', 'telegram', 'mallory', null, 'Let me in', null, null, null, null, 'denied', 'not on the list');
        """),
    (3, 0, """
        update conversations set summary = 'About the harbour.', status = 'closed' where id = 'talk-1';
        insert into facts (id, sender_id, key, value, source_message_id, created_at, updated_at) values
            ('f-1', 'alice', 'home_city', 'Lisbon', 'm-9', '2024-06-01 10:00:00', '2024-06-03 10:00:00'),
            ('f-2', 'alice', 'welcomed', 'true', null, '2024-06-01 10:00:00', '2024-06-01 10:00:00'),
            ('f-3', 'bob', 'home_city', 'Bergen', null, '2024-06-01 10:00:00', '2024-06-01 10:00:00');
        """),
    (5, 0, """
        insert into scheduled_tasks (id, channel, sender_id, reply_target, description, due_at, repeat, status, created_at, delivered_at) values
            ('t-1', 'telegram', 'alice', 'chat-7', 'Call the plumber', '2030-01-31 09:00:00', 'monthly', 'pending', '2024-06-01 10:00:00', null),
            ('t-2', 'telegram', 'alice', 'chat-7', 'Water the plants', '2024-06-02 09:00:00', null, 'delivered', '2024-06-01 10:00:00',
                '2024-06-02 09:00:30'),
            ('t-3', 'telegram', 'bob', 'chat-8', 'Pay the rent', '2024-06-03 09:00:00', 'once', 'cancelled', '2024-06-01 10:00:00', null),
            ('t-4', 'telegram', 'bob', 'chat-8', 'Feed the cat', '2024-06-03 09:00:00', 'once', 'failed', '2024-06-01 10:00:00', null);
        """),
    (6, 0, """
        insert into limitations (id, title, description, proposed_plan, status, created_at, resolved_at) values
            ('l-1', 'Cannot read PDFs', 'No parser', 'Add one', 'open', '2024-06-01 10:00:00', null),
            ('l-2', 'Cannot send mail', 'No account', '', 'resolved', '2024-06-01 10:00:00', '2024-06-05 10:00:00');
        """),
    (8, 0, "insert into user_aliases values ('alice@example.org', 'alice');"),
    (9, 0, "update scheduled_tasks set retry_count = 3, last_error = 'no answer' where id = 't-4';"),
    (10, 0, """
        insert into outcomes (id, timestamp, sender_id, domain, score, lesson, source) values
            ('o-1', '2024-06-01 10:00:00', 'alice', 'travel', 1, 'Ask for the date first', 'conversation'),
            ('o-2', '2024-06-01 11:00:00', 'alice', 'travel', -1, '', 'conversation');
        """),
    (10, 11, """
        insert into lessons (id, sender_id, domain, rule, occurrences, created_at, updated_at) values
            ('r-1', 'alice', 'travel', 'Ask for the date first', 4, '2024-06-01 10:00:00', '2024-06-04 10:00:00');
        """),
    (11, 0, """
        update outcomes set project = 'atlas' where id = 'o-2';
        update scheduled_tasks set project = 'atlas' where id = 't-1';
        """),
    (11, 13, """
        insert into lessons (id, sender_id, domain, rule, occurrences, created_at, updated_at) values
            ('r-1', 'alice', 'travel', 'Ask for the date first', 4, '2024-06-01 10:00:00', '2024-06-04 10:00:00');
        """),
    (12, 0, """
        insert into project_sessions values
            ('s-1', 'telegram', 'alice', 'atlas', 'cli-77', 'globe', '2024-06-01 10:00:00', '2024-06-02 10:00:00');
        update conversations set project = 'atlas' where id = 'talk-1';
        """),
    (13, 0, """
        insert into lessons (id, sender_id, domain, rule, project, occurrences, created_at, updated_at) values
            ('r-1', 'alice', 'travel', 'Ask for the date first', '', 4, '2024-06-01 10:00:00', '2024-06-04 10:00:00'),
            ('r-2', 'alice', 'travel', 'ask for the date first.', '', 2, '2024-06-02 10:00:00', '2024-06-06 10:00:00'),
            ('r-3', 'alice', 'travel', 'Book early', 'atlas', 1, '2024-06-02 10:00:00', '2024-06-02 10:00:00');
        """),
    (14, 0, """
        insert into token_usage (sender_id, session_id, model, tokens, cost_usd, timestamp) values
            ('alice', 'cli-77', 'opus', 1000, 0.25, 1717236000), ('alice', 'other', 'homemade', 500, 0.0, 1717236060);
        """),
    (15, 0, """
        insert into phase_checkpoints values
            ('c-1', 'run-1', 'pipeline', 'plan', 'alice', 'atlas', 'completed', 'a plan', null, 1, '2024-06-01 10:00:00', '2024-06-01 10:10:00'),
            ('c-2', 'run-1', 'pipeline', 'build', 'alice', 'atlas', 'failed', null, 'no compiler', 2, '2024-06-01 10:10:00', '2024-06-01 10:20:00');
        """),
    (16, 0, """
        insert into token_usage (sender_id, session_id, model, tokens, cost_usd, timestamp, input_tokens, output_tokens, cache_read_tokens,
            cache_creation_tokens) values ('alice', 'cli-77', 'opus', 100, 0.5, 1717236120, 10, 20, 30, 40);
        """),
    (17, 0, """
        insert into facts (id, sender_id, key, value, created_at, updated_at, deleted_at) values
            ('f-4', 'alice', 'shoe_size', '41', '2024-06-01 10:00:00', '2024-06-01 10:00:00', '2024-06-07 10:00:00'),
            ('f-5', '__system__', 'last_consolidation', '1717236000', '2024-06-01 10:00:00', '2024-06-01 10:00:00', null);
        """),
    (18, 0, """
        insert into observations values
            ('b-1', 'alice', 'bugfix', 'Ferry times were wrong', 'Time zones', 'DST', 'ferry.py', 'Use UTC', '2024-06-01 10:00:00',
                '2024-06-02 10:00:00', null),
            ('b-2', 'alice', 'decision', 'We keep SQLite', null, null, null, null, '2024-06-01 10:00:00', '2024-06-01 10:00:00',
                '2024-06-08 10:00:00');
        """),
    (19, 0, """
        update scheduled_tasks set status = 'claimed', claimed_at = '2024-06-09 10:00:00' where id = 't-1';
        insert into task_runs values
            ('u-1', 't-2', '2024-06-02 09:00:10', '2024-06-02 09:00:30', 'completed', 'watered', null, 12),
            ('u-2', 't-4', '2024-06-03 09:00:10', '2024-06-03 09:00:30', 'failed', null, 'no answer', null);
        """),
)  # fmt: skip


def built(path: Path, migrations: int = ALL, *more: str) -> Path:
    """A file after so many migrations, with rows in every table of that stage; `more` is SQL that comes last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"create table _migrations (name text primary key, applied_at text not null default ({NOW}))")
        for name, sql in MIGRATIONS[:migrations]:
            db.executescript(sql)
            db.execute("insert into _migrations (name) values (?)", (name,))
        for first, end, sql in ROWS:
            if first <= migrations and not 0 < end <= migrations:
                db.executescript(sql)
        for sql in more:
            db.executescript(sql)
        db.commit()
        db.execute("pragma journal_mode = wal")  # as they open it; the last to close it takes the -wal away
    return path
