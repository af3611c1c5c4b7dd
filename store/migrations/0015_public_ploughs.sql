-- What the public may know of ploughs and roads, and what keeps it from knowing more.

-- The public side: the only tables of ploughs that pages and interfaces for everyone read. Nothing in them counts, orders or names
-- vehicles; there is no time of arrival and no version.

create table public_plough_fix (
    site_no     integer not null references site (no),
    day         date not null,              -- the day of work the pseudonym holds for
    name        text not null,
    at          timestamptz not null,       -- a whole tick, never the tracker's own second
    lon         double precision not null,
    lat         double precision not null,
    heading_deg smallint not null check (heading_deg between 0 and 359),
    task_group  text not null check (task_group in ('plough', 'haul', 'deice', 'sidewalk', 'work')),
    primary key (site_no, day, name, at)
);
create index on public_plough_fix (site_no, at);

create table public_road_round (
    site_no   integer primary key references site (no),
    as_of     timestamptz not null,
    ordered_at timestamptz,
    deadlines jsonb not null default '{}'
);

create table public_road (
    site_no     integer not null references public_road_round (site_no) on delete cascade,
    road        text not null,
    withheld    boolean not null,
    share       real not null check (share between 0 and 1),
    clear_since timestamptz,
    cleared_at  timestamptz,
    evidence    text check (evidence in ('signal', 'inferred')),
    deadline    timestamptz,
    late        boolean not null,
    snow_cm     real,
    second_pass boolean,
    primary key (site_no, road),
    check (not withheld or (share = 0 and clear_since is null and cleared_at is null and evidence is null
                            and deadline is null and not late and snow_cm is null and second_pass is null))
);

-- The secret side: read by the round that publishes, by nobody else.

-- Under which name a vehicle goes during a day of work. Rows of days that are over are deleted, so that whoever gets hold of
-- this database cannot tell who an older name was.
create table plough_pseudonym (
    site_no    integer not null references site (no),
    vehicle_id integer not null references vehicle (no),
    day        date not null,
    name       text not null,
    salt       bytea not null,
    primary key (vehicle_id, day),
    unique (site_no, day, name)
);

-- By how much the zone around a place that must not be found is displaced from it; drawn once, for good: zones that moved
-- would meet in the place.
create table plough_zone (
    site_no integer not null references site (no),
    place   text not null,
    east_m  double precision not null,
    north_m double precision not null,
    primary key (site_no, place)
);
