-- cursor: the transaction below which everything is decided: what is read after this and changed at or above it may come again
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- latest_values: the newest usable value of each enabled datastream, of those changed since the cursor
select latest.datastream_id, datastream.station_id, datastream.quantity, latest.at, latest.value, latest.quality,
       latest.reasons, latest.received_at, latest.version
from observation_latest as latest
join datastream on datastream.no = latest.datastream_id
where datastream.site_no = %(site)s and datastream.enabled and latest.changed_by >= %(cursor)s::text::xid8
order by latest.datastream_id;

-- latest_positions: the newest usable fix of each enabled vehicle, of those changed since the cursor
select vehicle.id, latest.at, latest.lon, latest.lat, latest.speed_kmh, latest.heading_deg, latest.task, latest.quality,
       latest.received_at, latest.version
from vehicle_latest as latest
join vehicle on vehicle.no = latest.vehicle_id
where vehicle.site_no = %(site)s and vehicle.enabled and latest.changed_by >= %(cursor)s::text::xid8
order by latest.vehicle_id;

-- ploughs_heard_at: when the newest fix reached us of the enabled vehicles whose latest fix changed since the cursor
select max(latest.received_at)
from vehicle_latest as latest
join vehicle on vehicle.no = latest.vehicle_id
where vehicle.site_no = %(site)s and vehicle.enabled and latest.changed_by >= %(cursor)s::text::xid8;

-- raw_series: the samples of a datastream in [start, end)
select at, value, quality
from observation
where datastream_id = %(datastream)s and at >= %(start)s and at < %(end)s
order by at;

-- summary_series: the buckets of a datastream that overlap [start, end), with what has left the database; spans touched since the last refresh are taken raw
with pending as (
    -- A span is the bucket itself, but never less than the hour that is listed as touched.
    select distinct date_bin(greatest(%(step)s, interval '1 hour'), hour, timestamptz '2000-01-01 00:00+09') as since,
           greatest(%(step)s, interval '1 hour') as length
    from observation_touched
    where datastream_id = %(datastream)s
      and changed_by >= (select refreshed_below from summary_state)
      and hour >= %(start)s::timestamptz - interval '1 day' and hour < %(end)s::timestamptz + interval '1 day'
),
refreshed as (
    select interval '10 minutes' as step, * from summary_10m
    union all
    select interval '1 hour', * from summary_1h
    union all
    select interval '1 day', * from summary_1d
),
here as (
    select bucket, low, high, total, good, unevaluated, suspect, failed, missing
    from refreshed
    where step = %(step)s
      and datastream_id = %(datastream)s
      and bucket >= date_bin(%(step)s, %(start)s, timestamptz '2000-01-01 00:00+09') and bucket < %(end)s
      and not exists (select from pending where bucket >= since and bucket < since + length)
    union all
    select date_bin(%(step)s, at, timestamptz '2000-01-01 00:00+09'),
           min(value) filter (where quality in (1, 2, 3)),
           max(value) filter (where quality in (1, 2, 3)),
           sum(value) filter (where quality in (1, 2, 3)),
           count(*) filter (where quality = 1),
           count(*) filter (where quality = 2),
           count(*) filter (where quality = 3),
           count(*) filter (where quality = 4),
           count(*) filter (where quality = 9)
    from pending
    cross join lateral (
        select at, value, quality
        from observation
        where datastream_id = %(datastream)s and at >= since and at < since + length
    ) as raw
    where at >= date_bin(%(step)s, %(start)s, timestamptz '2000-01-01 00:00+09')
      and date_bin(%(step)s, at, timestamptz '2000-01-01 00:00+09') < %(end)s
    group by 1
),
kept as (
    select bucket, min(low) as low, max(high) as high, sum(total) as total, sum(good)::bigint as good,
           sum(unevaluated)::bigint as unevaluated, sum(suspect)::bigint as suspect, sum(failed)::bigint as failed,
           sum(missing)::bigint as missing
    from summary_kept   -- a bucket has two rows where some of it is archived and some was dropped
    where step = %(step)s
      and datastream_id = %(datastream)s
      and bucket >= date_bin(%(step)s, %(start)s, timestamptz '2000-01-01 00:00+09') and bucket < %(end)s
    group by bucket
)
select bucket,
       least(here.low, kept.low),
       greatest(here.high, kept.high),
       coalesce(here.total + kept.total, here.total, kept.total),
       coalesce(here.good, 0) + coalesce(kept.good, 0),
       coalesce(here.unevaluated, 0) + coalesce(kept.unevaluated, 0),
       coalesce(here.suspect, 0) + coalesce(kept.suspect, 0),
       coalesce(here.failed, 0) + coalesce(kept.failed, 0),
       coalesce(here.missing, 0) + coalesce(kept.missing, 0)
from here
full join kept using (bucket)
order by bucket;

-- samples: what was measured in [since, until], in order of event time
select datastream_id, at, value, quality, received_at, reasons
from observation
where datastream_id = any (%(datastreams)s::integer[]) and at >= %(since)s and at <= %(until)s
order by datastream_id, at;

-- arrivals: the datastreams that got rows since the cursor, each with the earliest event time among them
select touched.datastream_id, min(touched.earliest)
from observation_touched as touched
join datastream on datastream.no = touched.datastream_id
where datastream.site_no = %(site)s and datastream.enabled and touched.changed_by >= %(cursor)s::text::xid8
  and touched.earliest is not null   -- else nothing arrived: rows have left, or came back
group by touched.datastream_id;

-- all_arrivals: every datastream with rows, each with its earliest event time
select datastream.no, first.at
from datastream
cross join lateral (
    select at from observation where datastream_id = datastream.no order by at limit 1
) as first
where datastream.site_no = %(site)s and datastream.enabled;

-- pruned_below: cursors below this are too old for the list of touched hours
select pruned_below::text::bigint from summary_state;

-- devices_seen: the signs of life of a site's devices
select device, at, online from device_seen where site_no = %(site)s order by device;

-- counters: the totals of a site
select name, sum(count)::bigint from ingest_counter where site_no = %(site)s group by name order by name;
