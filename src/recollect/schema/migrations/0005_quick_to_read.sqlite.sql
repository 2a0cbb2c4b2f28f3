-- One look-up finds a vector, and an owner's are counted without reading one.

alter table vectors rename to vectors_before;

create table vectors (
    key integer primary key,  -- document * 1024 + space
    document integer not null generated always as (key >> 10) virtual,
    space integer not null generated always as (key & 1023) virtual,
    owner integer not null,
    tenant text not null,
    stamp integer not null,  -- the owner's when it was written
    vector blob not null  -- 16-bit floats, of length 1
) strict;
insert into vectors (key, owner, tenant, stamp, vector)
    select document * 1024 + space, owner, tenant, stamp, vector from vectors_before order by document, space;
drop table vectors_before;
create index vectors_owner on vectors (owner, space, stamp, document, tenant);

-- In how many documents a word stands, counted without visiting them one by one.
create virtual table frequencies using fts5vocab (words, row);
