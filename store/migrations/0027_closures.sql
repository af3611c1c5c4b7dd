-- What was said of closed roads, and which word stands.

create table closure_said (
    no          bigint generated always as identity primary key,   -- in the order of arrival
    site_no     integer not null references site (no),
    closure     text not null,             -- names one closure through all that is said of it
    at          timestamptz not null,      -- when it was true
    received_at timestamptz not null,      -- when it was said to us
    status      text not null check (status in ('closed', 'restricted', 'open')),
    reason      text not null,
    name_ja     text not null,
    name_en     text not null,
    road        text not null,             -- of the layer of roads; empty: none of them
    lon         double precision check (lon between -180 and 180),
    lat         double precision check (lat between -90 and 90),
    until       timestamptz,               -- when it is expected to end
    note_ja     text not null,
    note_en     text not null,
    said_by     text not null,
    check ((lon is null) = (lat is null))
);

create index on closure_said (site_no, closure, at desc, no desc);

-- What was said stays said.
create trigger closure_said_final before update or delete on closure_said
    for each row execute function refuse_change();

create table closure_latest (
    site_no integer not null references site (no),
    closure text not null,
    at      timestamptz not null,
    said_no bigint not null references closure_said (no),
    primary key (site_no, closure)
);
