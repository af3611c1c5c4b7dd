-- How long the rows of a site stay, what has left for the archive, and the summaries of what has left.

-- As the site folder said when the site was last registered.
create table retention (
    site_no       integer primary key references site (no),
    observations  interval not null,
    positions     interval not null,
    quarantine    interval not null,
    archive_after interval               -- null: nothing goes to the archive by itself
);
insert into retention (site_no, observations, positions, quarantine)
select no, interval '3653 days', interval '400 days', interval '400 days' from site;

-- When rows past their keeping were last looked for.
create table retention_run (
    only_row boolean primary key default true check (only_row),
    at       timestamptz not null
);

-- The summaries are reckoned from the rows that are here. What the rows that have left added to them is kept here, in
-- the same buckets: what is read is both together, so neither a refresh nor a late row can erase or double anything.
-- ``archived`` tells what is in the files of the archive, and can come back, from what was dropped.
create table summary_kept (
    datastream_id integer not null,
    step          interval not null,
    bucket        timestamptz not null,
    archived      boolean not null,
    low           double precision,
    high          double precision,
    total         double precision,
    last_value    double precision,
    last_at       timestamptz,
    good          bigint not null,
    unevaluated   bigint not null,
    suspect       bigint not null,
    failed        bigint not null,
    missing       bigint not null,
    primary key (datastream_id, step, bucket, archived)
);

-- The files of the archive: one per site, kind and month of Japan.
create table archive_month (
    site_no         integer not null references site (no),
    kind            text not null check (kind in ('observations', 'positions')),
    month           date not null check (extract(day from month) = 1),
    file            text not null,          -- below the folder of the archive
    schema_version  integer not null,
    row_count       bigint not null,
    byte_count      bigint not null,
    sha256          text not null,          -- of the file
    archived_at     timestamptz not null,
    brought_back_at timestamptz,            -- its rows are in the database again …
    keep_until      timestamptz,            -- … and stay there until then
    primary key (site_no, kind, month)
);

-- An hour whose rows left or came back is to be reckoned anew, but nothing has arrived: it has no earliest time.
alter table observation_touched alter column earliest drop not null;

-- Spans all of whose hours are still to be listed as touched, as after a restore.
create table summary_rebuild (
    since timestamptz primary key,
    until timestamptz not null
);

-- Drops the partition of plain PostgreSQL that begins at the instant.
create function drop_partition(parent text, lower timestamptz) returns void
    language plpgsql as
$$
begin
    execute format('drop table %I', parent || '_' || to_char(lower at time zone 'UTC', 'YYYYMMDD'));
end
$$;

-- Each site has a keeping of its own, so no policy of TimescaleDB may drop whole chunks by itself.
do
$$
begin
    if to_regproc('partition_step') is null then   -- only plain PostgreSQL has partitions of our own
        perform remove_retention_policy('observation'), remove_retention_policy('vehicle_position');
    end if;
end
$$;
