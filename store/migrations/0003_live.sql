-- What is true now, what was set aside, and the counts that must balance.

-- Grows with each change of a row a screen may show; tells new from known.
create sequence change_version;

-- The newest usable value per datastream; never set back by late data. ``changed_by`` is the
-- transaction that wrote the row: readers ask for what changed since a snapshot, and no row is
-- missed however late its transaction commits.
create table observation_latest (
    datastream_id integer primary key references datastream (no),
    at            timestamptz not null,
    value         double precision,
    quality       smallint not null,
    reasons       integer not null,
    received_at   timestamptz not null,
    changed_by    xid8 not null default pg_current_xact_id(),
    version       bigint not null default nextval('change_version')
) with (fillfactor = 50);

create table vehicle_latest (
    vehicle_id  integer primary key references vehicle (no),
    at          timestamptz not null,
    lon         double precision not null,
    lat         double precision not null,
    speed_kmh   real,
    heading_deg real,
    task        text,
    quality     smallint not null,
    received_at timestamptz not null,
    changed_by  xid8 not null default pg_current_xact_id(),
    version     bigint not null default nextval('change_version')
) with (fillfactor = 50);

-- Which hours of which datastream a transaction added rows to, and from when on.
-- The evaluator reads its arrivals here, the summaries what to refresh.
create table observation_touched (
    datastream_id integer not null,
    hour          timestamptz not null,
    earliest      timestamptz not null,
    changed_by    xid8 not null default pg_current_xact_id(),
    touched_at    timestamptz not null default now()
);
create index on observation_touched (changed_by);

-- Transactions below ``refreshed_below`` are in the summaries; those below ``pruned_below`` are no
-- longer listed in observation_touched.
create table summary_state (
    only_row        boolean primary key default true check (only_row),
    refreshed_below xid8 not null default '0',
    pruned_below    xid8 not null default '0'
);
insert into summary_state default values;

-- Same key, other value: the first stays in its table, the second is kept here.
create table observation_conflict (
    id            bigint generated always as identity primary key,
    datastream_id integer not null,
    at            timestamptz not null,
    value         double precision,
    raw_value     double precision,
    quality       smallint not null,
    reasons       integer not null,
    received_at   timestamptz not null,
    unique nulls not distinct (datastream_id, at, value)
);

create table vehicle_conflict (
    id          bigint generated always as identity primary key,
    vehicle_id  integer not null,
    at          timestamptz not null,
    lon         double precision not null,
    lat         double precision not null,
    quality     smallint not null,
    reasons     integer not null,
    received_at timestamptz not null,
    unique (vehicle_id, at, lon, lat)
);

create table quarantine (
    id          bigint generated always as identity primary key,
    site_no     integer not null references site (no),
    received_at timestamptz not null,
    topic       bytea not null,
    payload     bytea not null,
    qos         smallint not null,
    retain      boolean not null,
    codec       text not null,
    device      text not null,
    reason      text not null,
    detail      text not null
);
create index on quarantine (site_no, reason, id);

create table ingest_counter (
    site_no integer not null references site (no),
    minute  timestamptz not null,
    name    text not null,
    count   bigint not null,
    primary key (site_no, minute, name)
);

create table device_seen (
    site_no integer not null references site (no),
    device  text not null,
    at      timestamptz not null,
    online  boolean,
    primary key (site_no, device)
);
