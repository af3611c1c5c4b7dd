-- Readings on TimescaleDB: hypertables, columnstore, continuous aggregates, retention.
-- The same names and columns as on plain PostgreSQL, so that every query reads both.

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
);

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
);

select create_hypertable('observation', by_range('at', interval '7 days'), create_default_indexes => false);
select create_hypertable('vehicle_position', by_range('at', interval '1 day'), create_default_indexes => false);

-- Compressed once no late row is expected any more: the late window of sensors is 30 days, of vehicles 7.
alter table observation set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'datastream_id',
    timescaledb.orderby = 'at desc'
);
alter table vehicle_position set (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'vehicle_id',
    timescaledb.orderby = 'at desc'
);
call add_columnstore_policy('observation', after => interval '35 days', schedule_interval => interval '12 hours');
call add_columnstore_policy('vehicle_position', after => interval '8 days', schedule_interval => interval '12 hours');
select add_retention_policy('observation', drop_after => interval '10 years');
select add_retention_policy('vehicle_position', drop_after => interval '400 days');

-- One row per datastream and bucket. Usable samples are good, not evaluated or suspect (1, 2, 3);
-- low, high, total and last are over them alone, the five counts over all.
-- There is no refresh policy: maintenance refreshes exactly what was touched, and readers take the rest raw.
create materialized view summary_10m
    with (timescaledb.continuous, timescaledb.materialized_only = true) as
select datastream_id,
       time_bucket(interval '10 minutes', at, origin => timestamptz '2000-01-01 00:00+09') as bucket,
       min(value) filter (where quality in (1, 2, 3))        as low,
       max(value) filter (where quality in (1, 2, 3))        as high,
       sum(value) filter (where quality in (1, 2, 3))        as total,
       last(value, at) filter (where quality in (1, 2, 3))   as last_value,
       max(at) filter (where quality in (1, 2, 3))           as last_at,
       count(*) filter (where quality = 1)                   as good,
       count(*) filter (where quality = 2)                   as unevaluated,
       count(*) filter (where quality = 3)                   as suspect,
       count(*) filter (where quality = 4)                   as failed,
       count(*) filter (where quality = 9)                   as missing
from observation
group by datastream_id, time_bucket(interval '10 minutes', at, origin => timestamptz '2000-01-01 00:00+09')
with no data;

create materialized view summary_1h
    with (timescaledb.continuous, timescaledb.materialized_only = true) as
select datastream_id,
       time_bucket(interval '1 hour', bucket, origin => timestamptz '2000-01-01 00:00+09') as bucket,
       min(low)                                as low,
       max(high)                               as high,
       sum(total)                              as total,
       last(last_value, last_at)               as last_value,
       max(last_at)                            as last_at,
       sum(good)::bigint                       as good,
       sum(unevaluated)::bigint                as unevaluated,
       sum(suspect)::bigint                    as suspect,
       sum(failed)::bigint                     as failed,
       sum(missing)::bigint                    as missing
from summary_10m
group by datastream_id, time_bucket(interval '1 hour', summary_10m.bucket, origin => timestamptz '2000-01-01 00:00+09')
with no data;

-- Days of Japan, 00:00+09 to 24:00+09; one origin for all, because aggregates on aggregates must share it.
create materialized view summary_1d
    with (timescaledb.continuous, timescaledb.materialized_only = true) as
select datastream_id,
       time_bucket(interval '1 day', bucket, origin => timestamptz '2000-01-01 00:00+09') as bucket,
       min(low)                                as low,
       max(high)                               as high,
       sum(total)                              as total,
       last(last_value, last_at)               as last_value,
       max(last_at)                            as last_at,
       sum(good)::bigint                       as good,
       sum(unevaluated)::bigint                as unevaluated,
       sum(suspect)::bigint                    as suspect,
       sum(failed)::bigint                     as failed,
       sum(missing)::bigint                    as missing
from summary_1h
group by datastream_id,
         time_bucket(interval '1 day', summary_1h.bucket, origin => timestamptz '2000-01-01 00:00+09')
with no data;
