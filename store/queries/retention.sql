-- take_hour: whether nobody has looked for rows past their keeping in the last hour; from now on somebody has
insert into retention_run as last (at)
values (%(now)s)
on conflict (only_row) do update set at = excluded.at
where last.at <= excluded.at - interval '1 hour' or last.at > excluded.at
returning at;

-- keepings: how long the rows of each site stay
select site_no, observations, positions, archive_after from retention order by site_no;

-- partitions_plain: the partitions of a table that end at or before an instant, oldest first
select lower, upper
from pg_inherits
join pg_class as child on child.oid = inhrelid
cross join lateral (select to_date(right(child.relname, 8), 'YYYYMMDD')::timestamp as day) as named
cross join lateral (
    select day at time zone 'UTC' as lower,
           (day + ('1 ' || partition_step(%(table)s))::interval) at time zone 'UTC' as upper
) as bounds
where inhparent = %(table)s::regclass and upper <= %(before)s
order by lower;

-- partitions_timescale: the chunks of a table that end at or before an instant, oldest first
select range_start, range_end
from timescaledb_information.chunks
where hypertable_name = %(table)s and hypertable_schema = current_schema() and range_end <= %(before)s
order by range_start;

-- brought_back: the sites that have asked for rows of [since, until) to come back from the archive
select site_no
from archive_month
cross join lateral (select month::timestamp at time zone interval '09:00' as since) as begins
where kind = %(kind)s and brought_back_at is not null
  and since < %(until)s and (month + interval '1 month') at time zone interval '09:00' > %(since)s;

-- sites_observation: which of these sites have observations in [since, until)
select site.no
from site
where site.no = any (%(sites)s::integer[])
  and exists (
      select
      from datastream
      cross join lateral (
          select from observation where datastream_id = datastream.no and at >= %(since)s and at < %(until)s limit 1
      ) as first
      where datastream.site_no = site.no
  );

-- sites_vehicle_position: which of these sites have positions in [since, until)
select site.no
from site
where site.no = any (%(sites)s::integer[])
  and exists (
      select
      from vehicle
      cross join lateral (
          select from vehicle_position where vehicle_id = vehicle.no and at >= %(since)s and at < %(until)s limit 1
      ) as first
      where vehicle.site_no = site.no
  );

-- numbers_observation: the datastreams of these sites
select array_agg(no) from datastream where site_no = any (%(sites)s::integer[]);

-- numbers_vehicle_position: the vehicles of these sites
select array_agg(no) from vehicle where site_no = any (%(sites)s::integer[]);

-- rows_observation: how many observations lie in [since, until)
select count(*) from observation where at >= %(since)s and at < %(until)s;

-- rows_vehicle_position: whether any position lies in [since, until)
select count(*) from (select from vehicle_position where at >= %(since)s and at < %(until)s limit 1) as first;

-- keep_summaries: add the rows of datastreams (null: of all) in [since, until) to the summaries of what has left
insert into summary_kept as known (
    datastream_id, step, bucket, archived, low, high, total, last_value, last_at, good, unevaluated, suspect, failed,
    missing
)
select datastream_id,
       step,
       date_bin(step, at, timestamptz '2000-01-01 00:00+09'),
       false,
       min(value) filter (where quality in (1, 2, 3)),
       max(value) filter (where quality in (1, 2, 3)),
       sum(value) filter (where quality in (1, 2, 3)),
       (array_agg(value order by at desc) filter (where quality in (1, 2, 3)))[1],
       max(at) filter (where quality in (1, 2, 3)),
       count(*) filter (where quality = 1),
       count(*) filter (where quality = 2),
       count(*) filter (where quality = 3),
       count(*) filter (where quality = 4),
       count(*) filter (where quality = 9)
from observation
cross join unnest(array['10 minutes', '1 hour', '1 day']::interval[]) as step
where at >= %(since)s and at < %(until)s
  and (%(numbers)s::integer[] is null or datastream_id = any (%(numbers)s::integer[]))
group by 1, 2, 3
on conflict (datastream_id, step, bucket, archived) do update
set low = least(known.low, excluded.low),
    high = greatest(known.high, excluded.high),
    total = coalesce(known.total + excluded.total, known.total, excluded.total),
    last_value = case when known.last_at > excluded.last_at or excluded.last_at is null
                      then known.last_value else excluded.last_value end,
    last_at = greatest(known.last_at, excluded.last_at),
    good = known.good + excluded.good,
    unevaluated = known.unevaluated + excluded.unevaluated,
    suspect = known.suspect + excluded.suspect,
    failed = known.failed + excluded.failed,
    missing = known.missing + excluded.missing;

-- touch_hours: list the hours of datastreams (null: of all) in [since, until) as touched, without anything having arrived
insert into observation_touched (datastream_id, hour, by_judge)
select distinct datastream_id, date_trunc('hour', at, 'UTC'), true
from observation
where at >= %(since)s and at < %(until)s
  and (%(numbers)s::integer[] is null or datastream_id = any (%(numbers)s::integer[]));

-- lift_decompression_limit: in this transaction compressed data may be opened, however much of it
select set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);

-- lock_patience: in this transaction wait for a lock at most so long: who reads and writes goes first
select set_config('lock_timeout', '5s', true);

-- delete_observation: delete the observations of these datastreams in [since, until)
delete from observation
where datastream_id = any (%(numbers)s::integer[]) and at >= %(since)s and at < %(until)s;

-- delete_vehicle_position: delete the positions of these vehicles in [since, until)
delete from vehicle_position
where vehicle_id = any (%(numbers)s::integer[]) and at >= %(since)s and at < %(until)s;

-- lock_observation: keep everybody out of the observations
lock table only observation in access exclusive mode;

-- lock_vehicle_position: keep everybody out of the positions
lock table only vehicle_position in access exclusive mode;

-- drop_plain: drop the partition that begins at an instant
select drop_partition(%(table)s, %(since)s);

-- drop_timescale: drop the chunk of [since, until)
select drop_chunks(%(table)s::text::regclass, older_than => %(until)s::timestamptz, newer_than => %(since)s::timestamptz);
