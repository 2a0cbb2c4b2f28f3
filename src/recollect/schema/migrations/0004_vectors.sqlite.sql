-- Vectors, each in the space of the model that made it. What has none yet waits in `pending`.

create table spaces (
    number integer primary key,
    name text not null unique,  -- of the model, with all that decides what its vectors mean
    spec text,  -- how to name the model to have it again, if it has such a name
    dimension integer not null,
    ready integer not null,  -- whether every document has had its turn
    made_at integer not null,
    used_at integer not null  -- when an opening asked for it, to a day
) strict;

create table vectors (
    key integer primary key,  -- document * 1024 + space: one look-up finds a vector
    document integer not null generated always as (key >> 10) virtual,
    space integer not null generated always as (key & 1023) virtual,
    owner integer not null,
    tenant text not null,
    stamp integer not null,  -- the owner's when it was written
    vector blob not null  -- 16-bit floats, of length 1
) strict;
create index vectors_owner on vectors (owner, space, stamp, document, tenant);  -- an owner's are counted without reading one

create table pending (
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
create index pending_document on pending (document);
create index pending_turn on pending (space, attempts, retry_at, document);

-- In how many documents a word stands, counted without visiting them one by one.
create virtual table frequencies using fts5vocab (words, row);
