-- The registry: what the site folders say, with the numbers everything else refers to.
-- Rows are never deleted; what a folder no longer names is disabled, so its history keeps a name.

create table site (
    no            integer generated always as identity primary key,
    id            text not null unique,
    code          text not null,
    name_ja       text not null,
    name_en       text not null,
    registered_at timestamptz not null default now()
);

create table station (
    site_no integer not null references site (no),
    id      text not null,
    kind    text not null,
    name_ja text not null,
    name_en text not null,
    lon     double precision not null,
    lat     double precision not null,
    enabled boolean not null default true,
    primary key (site_no, id)
);

create table datastream (
    no              integer generated always as identity primary key,
    site_no         integer not null references site (no),
    station_id      text not null,
    quantity        text not null,
    device          text not null,
    datum           text not null,
    mount_height_cm double precision,
    calibration     double precision not null,   -- added to the value, in the unit of the quantity
    enabled         boolean not null default true,
    unique (site_no, station_id, quantity),
    foreign key (site_no, station_id) references station (site_no, id)
);

create table vehicle (
    no      integer generated always as identity primary key,
    site_no integer not null references site (no),
    id      text not null,
    device  text not null,
    kind    text not null,
    name_ja text not null,
    name_en text not null,
    enabled boolean not null default true,
    unique (site_no, id)
);
