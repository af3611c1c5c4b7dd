-- What crews report from their cabs: notes, each with at most one photo.

create table crew_note (
    no          bigint generated always as identity primary key,   -- in the order of arrival
    id          uuid not null unique,      -- made by the phone: sent again, it is the same note
    site_no     integer not null references site (no),
    vehicle_id  integer not null references vehicle (no),
    kind        text not null,
    at          timestamptz not null,      -- when the crew tapped
    received_at timestamptz not null,
    lon         double precision,
    lat         double precision,
    accuracy_m  real,
    body        text not null,
    settled_at  timestamptz,
    settled_by  text not null default '',
    check ((lon is null) = (lat is null)),
    check (settled_at is not null or settled_by = '')
);

create index on crew_note (site_no, at desc, no desc);
create index on crew_note (vehicle_id, at desc, no desc);

-- Beside the note, so that lists do not read pictures.
create table crew_photo (
    note_no bigint primary key references crew_note (no) on delete cascade,
    jpeg    bytea not null
);
