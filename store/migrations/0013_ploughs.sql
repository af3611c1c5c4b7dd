-- What the fixes of ploughs amount to: tracks on the roads, how clear each road is, and what changed in hindsight.

-- Which hours of which vehicle a transaction added usable fixes to, from when to when, and how many.
-- Whoever matches a site takes its rows away when it has seen them.
create table position_touched (
    vehicle_id integer not null,
    hour       timestamptz not null,
    earliest   timestamptz not null,
    latest     timestamptz not null,
    fixes      integer not null,
    changed_by xid8 not null default pg_current_xact_id(),
    touched_at timestamptz not null default now()
);
create index on position_touched (changed_by);

-- Where the matching of a site stands: every transaction below ``matched_below`` has been seen, and roads and rules
-- were those of ``network_version``.
create table match_state (
    site_no         integer primary key references site (no),
    matched_below   xid8 not null,
    pruned_below    xid8 not null default '0',   -- touched fixes of transactions below this one may be forgotten
    network_version text not null
);

-- How far the newest drive of a vehicle has been matched; it begins at ``since``, its newest
-- fix is at ``through``; ``ended``: so long ago that nothing of it is open.
create table plough_matched (
    vehicle_id integer primary key references vehicle (no),
    since      timestamptz not null,
    through    timestamptz not null,
    ended      boolean not null,
    check (since <= through)
) with (fillfactor = 50);

-- Days of work of a vehicle (from ``day_at`` on) to be matched again, with what of it was touched: [since, until].
-- ``earliest`` is the oldest late fix. ``no`` grows when something is added, so that nothing added meanwhile is lost.
create table plough_rematch (
    vehicle_id integer not null references vehicle (no),
    day_at     timestamptz not null,
    since      timestamptz not null,
    until      timestamptz not null,
    earliest   timestamptz not null,
    cause      text not null check (cause in ('late', 'rematch', 'network', 'first')),
    first_at   timestamptz not null,   -- when it was first asked for, and when last
    last_at    timestamptz not null,
    no         bigint generated always as identity,
    primary key (vehicle_id, day_at)
);

create table plough_passage (
    vehicle_id integer not null references vehicle (no),
    began_at   timestamptz not null,
    ended_at   timestamptz not null,
    road       text not null,
    direction  text not null check (direction in ('forward', 'backward')),
    from_m     double precision not null check (from_m >= 0),
    to_m       double precision not null,
    task       text,
    evidence   text check (evidence in ('signal', 'inferred')),
    fixes      integer not null check (fixes >= 0),
    derived    boolean not null,   -- driven on another road whose line lies on this one
    check (to_m >= from_m),
    check (ended_at >= began_at),
    primary key (vehicle_id, began_at, road, direction, from_m)
);
create index on plough_passage (vehicle_id, ended_at);

create table plough_stop (
    vehicle_id integer not null references vehicle (no),
    began_at   timestamptz not null,
    ended_at   timestamptz not null,
    lon        double precision not null,
    lat        double precision not null,
    road       text not null,
    depot      text not null,
    check (ended_at >= began_at),
    primary key (vehicle_id, began_at)
);
create index on plough_stop (vehicle_id, ended_at);

create table plough_gap (
    vehicle_id integer not null references vehicle (no),
    began_at   timestamptz not null,
    ended_at   timestamptz not null,
    from_lon   double precision not null,
    from_lat   double precision not null,
    to_lon     double precision not null,
    to_lat     double precision not null,
    reason     text not null check (reason in ('silence', 'speed', 'task')),
    check (ended_at >= began_at),
    primary key (vehicle_id, began_at, ended_at)
);
create index on plough_gap (vehicle_id, ended_at);

create table plough_run (
    vehicle_id integer not null references vehicle (no),
    began_at   timestamptz not null,
    ended_at   timestamptz not null,
    task       text,
    evidence   text check (evidence in ('signal', 'inferred')),
    fixes      integer not null,
    driven_m   double precision not null,
    matched_m  double precision not null,
    flags      jsonb not null,
    check (ended_at >= began_at),
    primary key (vehicle_id, began_at)
);
create index on plough_run (vehicle_id, ended_at);

-- How clear each road is by what is known; ``changed_by`` and ``version`` as in ``vehicle_latest``.
create table road_state (
    site_no        integer not null references site (no),
    road           text not null,
    share          double precision not null check (share between 0 and 1),
    clear_since    timestamptz,
    cleared_at     timestamptz,
    last_worked_at timestamptz,
    forward        timestamptz,
    backward       timestamptz,
    evidence       text check (evidence in ('signal', 'inferred')),
    changed_by     xid8 not null default pg_current_xact_id(),
    version        bigint not null default nextval('change_version'),
    primary key (site_no, road)
) with (fillfactor = 50);

-- What was said of a road before, and what since: a line for each state that fixes which came late, matching again or
-- another network changed. It stays for good, so that whoever saw the older figure can be told.
create table road_state_change (
    id                 bigint generated always as identity primary key,
    site_no            integer not null references site (no),
    road               text not null,
    changed_at         timestamptz not null,
    cause              text not null check (cause in ('live', 'late', 'rematch', 'network')),
    earliest           timestamptz,          -- the oldest fix that made the difference
    was_share          double precision,     -- null: nothing was known of it
    was_clear_since    timestamptz,
    was_cleared_at     timestamptz,
    was_last_worked_at timestamptz,
    was_forward        timestamptz,
    was_backward       timestamptz,
    was_evidence       text,
    share              double precision,     -- null: no longer a road
    clear_since        timestamptz,
    cleared_at         timestamptz,
    last_worked_at     timestamptz,
    forward            timestamptz,
    backward           timestamptz,
    evidence           text
);
create index on road_state_change (site_no, changed_at, id);
create index on road_state_change (site_no, road, id);
create trigger append_only before update or delete on road_state_change
    for each row execute function refuse_change();
