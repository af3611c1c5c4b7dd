-- archive_turn: whether this transaction may work on the archive; another may be at it
select pg_try_advisory_xact_lock(hashtext('yukimori archive'), %(site)s);

-- months_observations: the months of Japan with observations of a site before an instant, and how many
select date_trunc('month', at at time zone interval '09:00')::date as month, count(*)
from observation
where at < %(before)s and datastream_id in (select no from datastream where site_no = %(site)s)
group by month
order by month;

-- months_positions: the months of Japan with positions of a site before an instant, and how many
select date_trunc('month', at at time zone interval '09:00')::date as month, count(*)
from vehicle_position
where at < %(before)s and vehicle_id in (select no from vehicle where site_no = %(site)s)
group by month
order by month;

-- archived: what the archive has of a site
select kind, month, file, row_count, byte_count, sha256, archived_at, brought_back_at, keep_until
from archive_month
where site_no = %(site)s
order by kind, month;

-- archived_month: what the archive has of a site in one month
select kind, month, file, row_count, byte_count, sha256, archived_at, brought_back_at, keep_until
from archive_month
where site_no = %(site)s and kind = %(kind)s and month = %(month)s;

-- months_away: the months with observations of a site in [since, until) that are in the archive only
select month
from archive_month
where site_no = %(site)s and kind = 'observations' and brought_back_at is null
  and month::timestamp at time zone interval '09:00' < %(until)s
  and (month + interval '1 month') at time zone interval '09:00' > %(since)s
order by month;

-- note_archived: a month of a site is in the archive and no longer here
insert into archive_month (
    site_no, kind, month, file, schema_version, row_count, byte_count, sha256, archived_at
)
values (
    %(site)s, %(kind)s, %(month)s, %(file)s, %(schema_version)s, %(row_count)s, %(byte_count)s, %(sha256)s, %(now)s
)
on conflict (site_no, kind, month) do update
set file = excluded.file, schema_version = excluded.schema_version, row_count = excluded.row_count,
    byte_count = excluded.byte_count, sha256 = excluded.sha256, archived_at = excluded.archived_at,
    brought_back_at = null, keep_until = null;

-- note_brought_back: a month of a site is in the archive and here as well
insert into archive_month (
    site_no, kind, month, file, schema_version, row_count, byte_count, sha256, archived_at, brought_back_at, keep_until
)
values (
    %(site)s, %(kind)s, %(month)s, %(file)s, %(schema_version)s, %(row_count)s, %(byte_count)s, %(sha256)s, %(now)s,
    %(now)s, %(keep_until)s
)
on conflict (site_no, kind, month) do update
set brought_back_at = coalesce(archive_month.brought_back_at, excluded.brought_back_at),
    keep_until = greatest(archive_month.keep_until, excluded.keep_until);

-- keys_observations: the datastreams of a site, in the order of the files
select no, station_id, quantity
from datastream
where site_no = %(site)s
order by station_id collate "C", quantity collate "C";

-- keys_positions: the vehicles of a site, in the order of the files
select no, id from vehicle where site_no = %(site)s order by id collate "C";

-- columns_observations: the rows of a datastream in [since, until), one array a column, in order of time
select array_agg(micros), array_agg(value), array_agg(raw_value), array_agg(quality), array_agg(reasons),
       array_agg(tests), array_agg(received_micros)
from (
    -- A double holds a time of our centuries to a quarter of a microsecond, so the rounding gives it exactly.
    select (date_part('epoch', at) * 1000000)::bigint as micros, value, raw_value, quality, reasons, tests,
           (date_part('epoch', received_at) * 1000000)::bigint as received_micros
    from observation
    where datastream_id = %(number)s and at >= %(since)s and at < %(until)s
    order by at
) as row;

-- columns_positions: the rows of a vehicle in [since, until), one array a column, in order of time
select array_agg(micros), array_agg(lon), array_agg(lat), array_agg(speed_kmh), array_agg(heading_deg),
       array_agg(accuracy_m), array_agg(task), array_agg(quality), array_agg(reasons), array_agg(received_micros)
from (
    select (date_part('epoch', at) * 1000000)::bigint as micros, lon, lat, speed_kmh, heading_deg, accuracy_m, task,
           quality, reasons, (date_part('epoch', received_at) * 1000000)::bigint as received_micros
    from vehicle_position
    where vehicle_id = %(number)s and at >= %(since)s and at < %(until)s
    order by at
) as row;

-- conflict_observations: keep these rows, whose place is taken by another value, as conflicts
insert into observation_conflict (datastream_id, at, value, raw_value, quality, reasons, received_at)
select %(number)s, timestamptz 'epoch' + at * interval '1 microsecond', value, raw_value, quality, reasons,
       timestamptz 'epoch' + received_at * interval '1 microsecond'
from unnest(
    %(at)s::bigint[], %(value)s::double precision[], %(raw_value)s::double precision[], %(quality)s::smallint[],
    %(reasons)s::integer[], %(received_at)s::bigint[]
) as row (at, value, raw_value, quality, reasons, received_at)
on conflict do nothing;

-- conflict_positions: keep these rows, whose time is taken by another place, as conflicts
insert into vehicle_conflict (vehicle_id, at, lon, lat, quality, reasons, received_at)
select %(number)s, timestamptz 'epoch' + at * interval '1 microsecond', lon, lat, quality, reasons,
       timestamptz 'epoch' + received_at * interval '1 microsecond'
from unnest(
    %(at)s::bigint[], %(lon)s::double precision[], %(lat)s::double precision[], %(quality)s::smallint[],
    %(reasons)s::integer[], %(received_at)s::bigint[]
) as row (at, lon, lat, quality, reasons, received_at)
on conflict do nothing;

-- forget_kept: the summaries of what these datastreams have in the archive of [since, until) count no longer
delete from summary_kept
where datastream_id = any (%(numbers)s::integer[]) and archived
  and step = any (array['10 minutes', '1 hour', '1 day']::interval[])
  and bucket >= %(since)s and bucket < %(until)s;

-- keep_archived: the summaries of what a datastream has in the archive
insert into summary_kept (
    datastream_id, step, bucket, archived, low, high, total, last_value, last_at, good, unevaluated, suspect, failed,
    missing
)
select %(number)s, %(step)s, timestamptz 'epoch' + bucket * interval '1 microsecond', true, low, high, total,
       last_value, timestamptz 'epoch' + last_at * interval '1 microsecond', good, unevaluated, suspect, failed, missing
from unnest(
    %(bucket)s::bigint[], %(low)s::double precision[], %(high)s::double precision[], %(total)s::double precision[],
    %(last_value)s::double precision[], %(last_at)s::bigint[], %(good)s::bigint[], %(unevaluated)s::bigint[],
    %(suspect)s::bigint[], %(failed)s::bigint[], %(missing)s::bigint[]
) as row (bucket, low, high, total, last_value, last_at, good, unevaluated, suspect, failed, missing);

-- return_observations: put rows of a datastream back; how many were not here, and the places of those here with another value
with given as (
    select timestamptz 'epoch' + at * interval '1 microsecond' as at, value, raw_value, quality, reasons, tests,
           timestamptz 'epoch' + received_at * interval '1 microsecond' as received_at, place
    from unnest(
        %(at)s::bigint[], %(value)s::double precision[], %(raw_value)s::double precision[], %(quality)s::smallint[],
        %(reasons)s::integer[], %(tests)s::integer[], %(received_at)s::bigint[]
    ) with ordinality as row (at, value, raw_value, quality, reasons, tests, received_at, place)
),
differing as (
    select place
    from given
    cross join lateral (
        select value from observation where datastream_id = %(number)s and observation.at = given.at limit 1
    ) as stored
    where stored.value is distinct from given.value
),
returned as (
    insert into observation (datastream_id, at, value, raw_value, quality, reasons, tests, received_at)
    select %(number)s, at, value, raw_value, quality, reasons, tests, received_at
    from given
    order by at
    on conflict do nothing
    returning 1
)
select (select count(*) from returned), array(select place from differing order by place);

-- return_positions: put rows of a vehicle back; how many were not here, and the places of those here with another position
with given as (
    select timestamptz 'epoch' + at * interval '1 microsecond' as at, lon, lat, speed_kmh, heading_deg, accuracy_m, task,
           quality, reasons, timestamptz 'epoch' + received_at * interval '1 microsecond' as received_at, place
    from unnest(
        %(at)s::bigint[], %(lon)s::double precision[], %(lat)s::double precision[], %(speed_kmh)s::real[],
        %(heading_deg)s::real[], %(accuracy_m)s::real[], %(task)s::text[], %(quality)s::smallint[],
        %(reasons)s::integer[], %(received_at)s::bigint[]
    ) with ordinality as row (
        at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at, place
    )
),
differing as (
    select place
    from given
    cross join lateral (
        select lon, lat from vehicle_position where vehicle_id = %(number)s and vehicle_position.at = given.at limit 1
    ) as stored
    where (stored.lon, stored.lat) is distinct from (given.lon, given.lat)
),
returned as (
    insert into vehicle_position (
        vehicle_id, at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at
    )
    select %(number)s, at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at
    from given
    order by at
    on conflict do nothing
    returning at, quality
),
touched as (
    insert into position_touched (vehicle_id, hour, earliest, latest, fixes)
    select %(number)s, date_trunc('hour', at, 'UTC'), min(at), max(at), count(*)
    from returned
    where quality in (1, 2, 3)
    group by 2
)
select (select count(*) from returned), array(select place from differing order by place);

-- yield_observations: rows of a datastream at these times in [since, until) make room, and are kept as conflicts
with gone as (
    delete from observation
    where datastream_id = %(number)s and at >= %(since)s and at < %(until)s
      and at = any (
          select timestamptz 'epoch' + micros * interval '1 microsecond' from unnest(%(at)s::bigint[]) as row (micros)
      )
    returning datastream_id, at, value, raw_value, quality, reasons, received_at
)
insert into observation_conflict (datastream_id, at, value, raw_value, quality, reasons, received_at)
select * from gone order by at
on conflict do nothing;

-- yield_positions: rows of a vehicle at these times in [since, until) make room, and are kept as conflicts
with gone as (
    delete from vehicle_position
    where vehicle_id = %(number)s and at >= %(since)s and at < %(until)s
      and at = any (
          select timestamptz 'epoch' + micros * interval '1 microsecond' from unnest(%(at)s::bigint[]) as row (micros)
      )
    returning vehicle_id, at, lon, lat, quality, reasons, received_at
),
touched as (
    insert into position_touched (vehicle_id, hour, earliest, latest, fixes)
    select vehicle_id, date_trunc('hour', at, 'UTC'), min(at), max(at), count(*)
    from gone
    where quality in (1, 2, 3)
    group by 1, 2
)
insert into vehicle_conflict (vehicle_id, at, lon, lat, quality, reasons, received_at)
select * from gone order by at
on conflict do nothing;

-- make_room: make the partitions that rows of [since, until) need
select create_partitions(
    %(table)s, array(select generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 second', interval '1 day'))
);
