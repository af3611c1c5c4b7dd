-- Telegrams of the Meteorological Agency: each kept once, what they say for the town's areas, and what follows from them.
create table jma_telegram (
    no          bigint generated always as identity primary key,   -- in the order of arrival
    site_no     integer not null references site (no),
    digest      bytea not null check (length(digest) = 32),        -- SHA-256 of the bytes as they came
    name        text not null,                                     -- the file, or the address
    received_at timestamptz not null,
    verdict     text not null check (verdict in ('live', 'drill', 'elsewhere', 'unknown')),
    type        text not null,
    office      text not null,
    title       text not null,
    info_type   text not null,
    report_at   timestamptz,
    content     jsonb not null,
    unique (site_no, digest)
);
create index on jma_telegram (site_no, report_at) where verdict = 'live';

create trigger jma_telegram_final before update on jma_telegram
    for each row execute function refuse_change();

-- What could not be read, with the reason; large ones without their end.
create table jma_refused (
    no          bigint generated always as identity primary key,
    site_no     integer not null references site (no),
    digest      bytea not null check (length(digest) = 32),
    name        text not null,
    received_at timestamptz not null,
    reason      text not null,
    detail      text not null,
    raw         bytea not null,
    unique (site_no, digest)
);

-- The warnings in force, as the telegrams add up.
create table jma_warning (
    site_no integer not null references site (no),
    type    text not null,
    area    text not null,
    kind    text not null,
    subject text not null,
    content jsonb not null,
    primary key (site_no, type, area, kind, subject)
);

-- What began, changed and ended, and when we knew it.
create table jma_change (
    no       bigint generated always as identity primary key,
    site_no  integer not null references site (no),
    known_at timestamptz not null,
    change   text not null check (change in ('begun', 'changed', 'ended')),
    content  jsonb not null
);
create index on jma_change (site_no, known_at);

create trigger jma_change_final before update or delete on jma_change
    for each row execute function refuse_change();

-- When it was looked last, with success or without.
create table jma_look (
    site_no   integer primary key references site (no),
    looked_at timestamptz not null,
    read_at   timestamptz,
    error     text not null default ''
);
