-- What the quality tests said, how far they have come, and every change of a flag they made.

-- The outcomes of the tests in one number (core.quality); null where no test objected.
alter table observation add column tests integer;

-- Hours touched by the judge itself: news for the summaries and the evaluator, not for the judge.
alter table observation_touched add column by_judge boolean not null default false;

-- Where the judge of a site stands: every transaction below this one has been judged.
create table judge_state (
    site_no      integer primary key references site (no),
    judged_below xid8 not null
);

-- Through which event time a datastream has been judged, and by which limits its history was: newer limits hold
-- for what comes in, for the rest once the history is judged anew.
create table judged (
    datastream_id  integer primary key references datastream (no),
    through        timestamptz not null,
    limits_version text not null,
    judged_at      timestamptz not null default now()
) with (fillfactor = 50);

-- The history of the flags, one row for each change; no other table remembers what a flag was before.
create table observation_verdict (
    id             bigint generated always as identity primary key,
    datastream_id  integer not null,
    at             timestamptz not null,
    judged_at      timestamptz not null default now(),
    limits_version text not null,
    cause          text not null check (cause in ('live', 'late', 'requality')),
    was_value      double precision,
    was_quality    smallint not null,
    was_reasons    integer not null,
    was_tests      integer,
    value          double precision,
    quality        smallint not null,
    reasons        integer not null,
    tests          integer
);
create index on observation_verdict (datastream_id, at, id);
