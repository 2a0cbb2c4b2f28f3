-- Vectors, each in the space of the model that made it. What has none yet waits in `pending`.

create table spaces (
    number bigint primary key,
    name text collate "C" not null unique,  -- of the model, with all that decides what its vectors mean
    spec text,  -- how to name the model to have it again, if it has such a name
    dimension bigint not null,
    ready bigint not null,  -- whether every document has had its turn
    made_at bigint not null,
    used_at bigint not null  -- when an opening asked for it, to a day
);

create table vectors (
    document bigint not null,
    space bigint not null,
    owner bigint not null,
    tenant text collate "C" not null,
    stamp bigint not null,  -- the owner's when it was written
    vector bytea not null,  -- 16-bit floats, of length 1
    primary key (tenant, document, space)
);
create index vectors_owner on vectors (tenant, owner, space, stamp, document);

create table pending (
    document bigint not null,
    space bigint not null,
    owner bigint not null,
    tenant text collate "C" not null,
    ticket bigint not null,  -- a document's number may be given again, its ticket not
    attempts bigint not null,
    retry_at bigint not null,
    error text,
    primary key (tenant, document, space)
);
create index pending_turn on pending (space, attempts, retry_at, document);
