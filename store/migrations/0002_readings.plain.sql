-- Readings on plain PostgreSQL: range partitions by event time, summaries as tables.

create table observation (
    datastream_id integer not null,
    at            timestamptz not null,
    value         double precision check (value not in ('NaN', 'Infinity', '-Infinity')),
    raw_value     double precision,
    quality       smallint not null check (quality in (1, 2, 3, 4, 9)),
    reasons       integer not null,
    received_at   timestamptz not null,
    check (value is not null or quality in (4, 9)),   -- no value only where it failed or is missing
    primary key (datastream_id, at)
) partition by range (at);

create table vehicle_position (
    vehicle_id  integer not null,
    at          timestamptz not null,
    lon         double precision not null check (lon between -180 and 180),
    lat         double precision not null check (lat between -90 and 90),
    speed_kmh   real,
    heading_deg real,
    accuracy_m  real,
    task        text,
    quality     smallint not null check (quality in (1, 2, 3, 4, 9)),
    reasons     integer not null,
    received_at timestamptz not null,
    primary key (vehicle_id, at)
) partition by range (at);

-- The length of the partitions of a table, here in one place.
create function partition_step(parent text) returns text
    immutable language sql
    return case parent when 'observation' then 'month' when 'vehicle_position' then 'week' end;

-- Creates the partitions the given instants fall into and returns how many were missing.
-- Instants before 1990 or more than 62 days ahead get none: rows of such times are refused one by one.
-- A partition is made aside and attached, because "create … partition of" would lock out all readers.
create function create_partitions(parent text, instants timestamptz[]) returns integer
    language plpgsql as
$$
declare
    step  text := partition_step(parent);
    lower timestamptz;
    name  text;
    made  integer := 0;
begin
    for lower in
        select distinct date_trunc(step, instant, 'UTC')
        from unnest(instants) as instant
        where instant >= '1990-01-01T00:00Z' and instant < now() + interval '62 days'
        order by 1
    loop
        name := parent || '_' || to_char(lower at time zone 'UTC', 'YYYYMMDD');
        if to_regclass(name) is not null then
            continue;
        end if;
        -- Looked up in the table itself: to_regclass answers from a cache that may not have heard of
        -- a partition another process made while we waited for the lock.
        perform pg_advisory_xact_lock(hashtext('yukimori partitions'));
        if exists (select from pg_class where relname = name and relnamespace = current_schema()::regnamespace) then
            continue;
        end if;
        execute format('create table %I (like %I including all)', name, parent);
        execute format(
            'alter table %I attach partition %I for values from (%L) to (%L)',
            parent, name, lower, (lower at time zone 'UTC' + ('1 ' || step)::interval) at time zone 'UTC'
        );
        made := made + 1;
    end loop;
    return made;
end
$$;

-- Drops the partitions that hold nothing at or after the instant, and returns how many.
create function drop_partitions(parent text, before timestamptz) returns integer
    language plpgsql as
$$
declare
    step    text := partition_step(parent);
    name    text;
    dropped integer := 0;
begin
    for name in
        select child.relname
        from pg_inherits
        join pg_class child on child.oid = inhrelid
        where inhparent = parent::regclass
          and (to_date(right(child.relname, 8), 'YYYYMMDD') + ('1 ' || step)::interval) at time zone 'UTC' <= before
    loop
        execute format('drop table %I', name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

-- One row per datastream and bucket. Usable samples are good, not evaluated or suspect (1, 2, 3);
-- low, high, total and last are over them alone, the five counts over all.
create table summary_10m (
    datastream_id integer not null,
    bucket        timestamptz not null,
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
    primary key (datastream_id, bucket)
);

create table summary_1h (like summary_10m including all);

create table summary_1d (like summary_10m including all);   -- days of Japan, 00:00+09 to 24:00+09
