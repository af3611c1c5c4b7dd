-- What is wrong with the system itself, since when, and who is at work.

create table incident (
    no        bigint generated always as identity primary key,
    site_no   integer not null references site (no),
    kind      text not null,
    subject   text not null,           -- what it is about: a process, a gateway, a carrier; '' for the site as a whole
    opened_at timestamptz not null,
    closed_at timestamptz,
    detail    jsonb not null,
    unique (site_no, kind, subject, opened_at)   -- told twice, it is the same
);

create unique index incident_open on incident (site_no, kind, subject) where closed_at is null;
create index incident_closed on incident (site_no, closed_at);

create table process_state (
    site_no integer not null references site (no),
    process text not null,             -- collect, evaluate, …
    member  text not null,             -- which of several that share the work
    beat_at timestamptz not null,
    state   jsonb not null,
    primary key (site_no, process, member)
);
