-- What was said of evacuation sites and shelters, and which word stands.

create table shelter_said (
    no          bigint generated always as identity primary key,   -- in the order of arrival
    site_no     integer not null references site (no),
    shelter     text not null,             -- 共通ID
    at          timestamptz not null,      -- when it was true
    received_at timestamptz not null,      -- when it was said to us
    status      text not null check (status in ('open', 'full', 'closed')),
    people      integer check (people >= 0),
    capacity    integer check (capacity >= 0),
    note_ja     text not null,
    note_en     text not null,
    said_by     text not null
);

create index on shelter_said (site_no, shelter, at desc, no desc);

-- Said twice, it is the same.
create unique index shelter_said_once on shelter_said (
    site_no, shelter, at, status, coalesce(people, -1), coalesce(capacity, -1), said_by, md5(note_ja), md5(note_en)
);

-- What was said stays said.
create trigger shelter_said_final before update or delete on shelter_said
    for each row execute function refuse_change();

create table shelter_latest (
    site_no integer not null references site (no),
    shelter text not null,
    at      timestamptz not null,
    said_no bigint not null references shelter_said (no),
    primary key (site_no, shelter)
);
