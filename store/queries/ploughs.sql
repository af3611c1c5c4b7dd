-- standing: where the matching of a site stands, by which roads, and whether touched fixes were forgotten since
select case
           -- After a restore into another cluster its transaction numbers start anew.
           when matched_below <= pg_snapshot_xmax(pg_current_snapshot()) then matched_below::text::bigint
           else 0
       end,
       network_version,
       pruned_below > matched_below
from match_state
where site_no = %(site)s;

-- safe: the transaction below which everything is decided
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- pending: the fixes of the next transactions to be matched, oldest first, transactions whole; and of how many rows these are
with mine as materialized (
    select touched.changed_by, touched.vehicle_id, touched.earliest, touched.latest, touched.fixes
    from position_touched as touched
    where touched.changed_by >= %(cursor)s::text::xid8
      and touched.changed_by <> all (%(done)s::text[]::xid8[])
      and touched.vehicle_id in (select no from vehicle where site_no = %(site)s and enabled)
      and touched.changed_by <= coalesce(
          (
              select next.changed_by
              from position_touched as next
              where next.changed_by >= %(cursor)s::text::xid8
                and next.changed_by <> all (%(done)s::text[]::xid8[])
                and next.vehicle_id in (select no from vehicle where site_no = %(site)s and enabled)
              order by next.changed_by
              offset %(most)s - 1
              limit 1
          ),
          '18446744073709551615'::xid8
      )
),
counted as (
    select mine.*, sum(fixes) over (order by changed_by) as so_far, count(*) over () as listed from mine
)
select changed_by::text::bigint, vehicle_id, earliest, latest, fixes, listed
from counted
where changed_by <= coalesce(
    (select changed_by from counted where so_far >= %(most_fixes)s order by changed_by limit 1),
    '18446744073709551615'::xid8
)
order by changed_by;

-- fixes: the usable fixes of vehicles in [since, until), at most so many of each, one array a column, in order of time
select wanted.place, stretch.*
from unnest(%(vehicle)s::integer[], %(since)b::timestamptz[], %(until)b::timestamptz[])
    with ordinality as wanted (vehicle_id, since, until, place)
cross join lateral (
    -- A double holds a time of our centuries to a quarter of a microsecond, so the rounding gives it exactly.
    select array_agg((date_part('epoch', at) * 1000000)::bigint), array_agg(lon), array_agg(lat), array_agg(speed_kmh),
           array_agg(heading_deg), array_agg(accuracy_m), array_agg(task)
    from (
        select at, lon, lat, speed_kmh, heading_deg, accuracy_m, task
        from vehicle_position
        where vehicle_position.vehicle_id = wanted.vehicle_id
          and at >= wanted.since and at < wanted.until and quality in (1, 2, 3)
          -- Said once more without the join, so that the planner leaves out what is older or newer from the start.
          and at >= %(oldest)s and at < %(newest)s
        order by at
        limit %(most)s
    ) as row
) as stretch
order by wanted.place;

-- drives: the newest drive of each vehicle of a site
select vehicle_id, since, through, ended
from plough_matched
join vehicle on vehicle.no = vehicle_id
where site_no = %(site)s and enabled;

-- newest_fix: the newest usable fix of a vehicle in [since, until)
select (date_part('epoch', at) * 1000000)::bigint, lon, lat, speed_kmh, heading_deg, accuracy_m, task
from vehicle_position
where vehicle_id = %(vehicle)s and at >= %(since)s and at < %(until)s and quality in (1, 2, 3)
order by at desc
limit 1;

-- oldest_fix: the oldest usable fix of a vehicle in [since, until)
select (date_part('epoch', at) * 1000000)::bigint, lon, lat, speed_kmh, heading_deg, accuracy_m, task
from vehicle_position
where vehicle_id = %(vehicle)s and at >= %(since)s and at < %(until)s and quality in (1, 2, 3)
order by at
limit 1;

-- stored: the usable fixes of each vehicle of a site in [since, until), the first of each step, one array a column
select vehicle.no, vehicle.id, stretch.*
from vehicle
cross join lateral (
    select array_agg((date_part('epoch', at) * 1000000)::bigint) as at_us, array_agg(lon), array_agg(lat),
           array_agg(speed_kmh), array_agg(heading_deg), array_agg(accuracy_m), array_agg(task),
           array_agg((date_part('epoch', received_at) * 1000000)::bigint)
    from (
        select *
        from (
            select distinct on (date_bin(%(every)s, at, timestamptz '2000-01-01 00:00+09'), task)
                   at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, received_at
            from vehicle_position
            where vehicle_id = vehicle.no and at >= %(since)s and at < %(until)s and quality in (1, 2, 3)
            order by date_bin(%(every)s, at, timestamptz '2000-01-01 00:00+09'), task, at
        ) as thinned
        order by at
    ) as row
) as stretch
where vehicle.site_no = %(site)s and vehicle.enabled and stretch.at_us is not null
order by vehicle.id collate "C";

-- passages: passages of vehicles of a site that overlap [since, until), over some roads, in order of time
select vehicle_id, road, direction, from_m, to_m, began_at, ended_at, task, evidence, fixes, derived
from plough_passage
where vehicle_id in (
          select no from vehicle
          where site_no = %(site)s and (%(vehicles)s::integer[] is null or no = any (%(vehicles)s::integer[]))
      )
  and ended_at >= %(since)s and began_at < %(until)s
  and (%(roads)s::text[] is null or road = any (%(roads)s::text[]))
order by began_at, vehicle_id, road, direction, from_m;

-- passages_of_roads: passages over some roads of a site that ended in (after, until], in order of time
select vehicle_id, road, direction, from_m, to_m, began_at, ended_at, task, evidence, fixes, derived
from plough_passage
where road = any (%(roads)s::text[])
  and ended_at > %(after)s and ended_at <= %(until)s
  and vehicle_id in (select no from vehicle where site_no = %(site)s)
order by began_at, vehicle_id, road, direction, from_m;

-- passages_ended: passages of vehicles of a site that ended in (after, until], in order of time
select vehicle_id, road, direction, from_m, to_m, began_at, ended_at, task, evidence, fixes, derived
from plough_passage
where vehicle_id in (select no from vehicle where site_no = %(site)s)
  and ended_at > %(after)s and ended_at <= %(until)s
order by began_at, vehicle_id, road, direction, from_m;

-- roads_between: the roads a vehicle passed over, of passages that began in [since, until)
select distinct road
from plough_passage
where vehicle_id = %(vehicle)s and began_at >= %(since)s and began_at < %(until)s;

-- stops: stops that overlap [since, until), in order of time
select vehicle_id, began_at, ended_at, lon, lat, road, depot
from plough_stop
where vehicle_id in (
          select no from vehicle
          where site_no = %(site)s and (%(vehicles)s::integer[] is null or no = any (%(vehicles)s::integer[]))
      )
  and ended_at >= %(since)s and began_at < %(until)s
order by began_at, vehicle_id;

-- gaps: gaps that overlap [since, until), in order of time
select vehicle_id, began_at, ended_at, from_lon, from_lat, to_lon, to_lat, reason
from plough_gap
where vehicle_id in (
          select no from vehicle
          where site_no = %(site)s and (%(vehicles)s::integer[] is null or no = any (%(vehicles)s::integer[]))
      )
  and ended_at >= %(since)s and began_at < %(until)s
order by began_at, vehicle_id, ended_at;

-- runs: runs that overlap [since, until), in order of time
select vehicle_id, began_at, ended_at, task, evidence, fixes, driven_m, matched_m, flags
from plough_run
where vehicle_id in (
          select no from vehicle
          where site_no = %(site)s and (%(vehicles)s::integer[] is null or no = any (%(vehicles)s::integer[]))
      )
  and ended_at >= %(since)s and began_at < %(until)s
order by began_at, vehicle_id;

-- clear_passages: take away what of a vehicle began in [since, until)
delete from plough_passage where vehicle_id = %(vehicle)s and began_at >= %(since)s and began_at < %(until)s;

-- clear_stops: take away what of a vehicle began in [since, until)
delete from plough_stop where vehicle_id = %(vehicle)s and began_at >= %(since)s and began_at < %(until)s;

-- clear_gaps: take away what of a vehicle began in [since, until)
delete from plough_gap where vehicle_id = %(vehicle)s and began_at >= %(since)s and began_at < %(until)s;

-- clear_runs: take away what of a vehicle began in [since, until)
delete from plough_run where vehicle_id = %(vehicle)s and began_at >= %(since)s and began_at < %(until)s;

-- add_passages: write passages; one that is there is replaced
insert into plough_passage (vehicle_id, began_at, ended_at, road, direction, from_m, to_m, task, evidence, fixes, derived)
select distinct on (vehicle_id, began_at, road, direction, from_m) *
from unnest(
    %(vehicle)s::integer[], %(began_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(road)s::text[],
    %(direction)s::text[], %(from_m)s::double precision[], %(to_m)s::double precision[], %(task)s::text[],
    %(evidence)s::text[], %(fixes)s::integer[], %(derived)s::boolean[]
) as row (vehicle_id, began_at, ended_at, road, direction, from_m, to_m, task, evidence, fixes, derived)
order by vehicle_id, began_at, road, direction, from_m, to_m desc
on conflict (vehicle_id, began_at, road, direction, from_m) do update
set ended_at = excluded.ended_at, to_m = excluded.to_m, task = excluded.task, evidence = excluded.evidence,
    fixes = excluded.fixes, derived = excluded.derived;

-- add_stops: write stops; one that is there is replaced
insert into plough_stop (vehicle_id, began_at, ended_at, lon, lat, road, depot)
select distinct on (vehicle_id, began_at) *
from unnest(
    %(vehicle)s::integer[], %(began_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(lon)s::double precision[],
    %(lat)s::double precision[], %(road)s::text[], %(depot)s::text[]
) as row (vehicle_id, began_at, ended_at, lon, lat, road, depot)
order by vehicle_id, began_at, ended_at desc
on conflict (vehicle_id, began_at) do update
set ended_at = excluded.ended_at, lon = excluded.lon, lat = excluded.lat, road = excluded.road, depot = excluded.depot;

-- add_gaps: write gaps; one that is there is replaced
insert into plough_gap (vehicle_id, began_at, ended_at, from_lon, from_lat, to_lon, to_lat, reason)
select distinct on (vehicle_id, began_at, ended_at) *
from unnest(
    %(vehicle)s::integer[], %(began_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(from_lon)s::double precision[],
    %(from_lat)s::double precision[], %(to_lon)s::double precision[], %(to_lat)s::double precision[], %(reason)s::text[]
) as row (vehicle_id, began_at, ended_at, from_lon, from_lat, to_lon, to_lat, reason)
order by vehicle_id, began_at, ended_at
on conflict (vehicle_id, began_at, ended_at) do update
set from_lon = excluded.from_lon, from_lat = excluded.from_lat, to_lon = excluded.to_lon, to_lat = excluded.to_lat,
    reason = excluded.reason;

-- add_runs: write runs; one that is there is replaced
insert into plough_run (vehicle_id, began_at, ended_at, task, evidence, fixes, driven_m, matched_m, flags)
select distinct on (vehicle_id, began_at) *
from unnest(
    %(vehicle)s::integer[], %(began_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(task)s::text[],
    %(evidence)s::text[], %(fixes)s::integer[], %(driven_m)s::double precision[], %(matched_m)s::double precision[],
    %(flags)s::jsonb[]
) as row (vehicle_id, began_at, ended_at, task, evidence, fixes, driven_m, matched_m, flags)
order by vehicle_id, began_at, ended_at desc
on conflict (vehicle_id, began_at) do update
set ended_at = excluded.ended_at, task = excluded.task, evidence = excluded.evidence, fixes = excluded.fixes,
    driven_m = excluded.driven_m, matched_m = excluded.matched_m, flags = excluded.flags;

-- note_drives: the newest drives of vehicles, and how far they are matched
insert into plough_matched as known (vehicle_id, since, through, ended)
select *
from unnest(%(vehicle)s::integer[], %(since)s::timestamptz[], %(through)s::timestamptz[], %(ended)s::boolean[])
on conflict (vehicle_id) do update
set since = excluded.since, through = excluded.through, ended = excluded.ended;

-- match_again: days of work to be matched again; what is asked for twice is done once
insert into plough_rematch as known (vehicle_id, day_at, since, until, earliest, cause, first_at, last_at)
select vehicle_id, day_at, since, until, earliest, cause, first_at, last_at
from unnest(
    %(vehicle)s::integer[], %(day_at)s::timestamptz[], %(since)s::timestamptz[], %(until)s::timestamptz[],
    %(earliest)s::timestamptz[], %(cause)s::text[], %(first_at)s::timestamptz[], %(last_at)s::timestamptz[]
) as row (vehicle_id, day_at, since, until, earliest, cause, first_at, last_at)
on conflict (vehicle_id, day_at) do update
set since = least(known.since, excluded.since),
    until = greatest(known.until, excluded.until),
    earliest = least(known.earliest, excluded.earliest),
    -- A day that fixes came late for is told as such, whatever else is asked of it.
    cause = case when 'late' in (known.cause, excluded.cause) then 'late' else known.cause end,
    last_at = greatest(known.last_at, excluded.last_at),
    no = default;

-- agenda: the days of work of a site to be matched again, the newest first
select vehicle_id, day_at, since, until, earliest, cause, first_at, last_at, plough_rematch.no
from plough_rematch
join vehicle on vehicle.no = vehicle_id
where site_no = %(site)s and enabled
order by day_at desc, vehicle_id
limit %(most)s;

-- finish: days of work that have been matched again, unless something was added to them meanwhile
delete from plough_rematch
using unnest(%(vehicle)s::integer[], %(day_at)s::timestamptz[], %(no)s::bigint[]) as done (vehicle_id, day_at, no)
where plough_rematch.vehicle_id = done.vehicle_id and plough_rematch.day_at = done.day_at and plough_rematch.no = done.no;

-- note_cursor: every transaction below this one has been seen; null leaves the place, null leaves the version
insert into match_state as known (site_no, matched_below, network_version)
values (%(site)s, coalesce(%(cursor)s::text::xid8, '0'), coalesce(%(version)s::text, ''))
on conflict (site_no) do update
set matched_below = coalesce(%(cursor)s::text::xid8, known.matched_below),
    network_version = coalesce(%(version)s::text, known.network_version);

-- forget_seen: touched fixes that have been seen are of no more use
delete from position_touched
where changed_by < %(cursor)s::text::xid8 and vehicle_id in (select no from vehicle where site_no = %(site)s);

-- extent: the times of the oldest and the newest usable fix of a vehicle in [since, until)
select min(at), max(at)
from vehicle_position
where vehicle_id = %(vehicle)s and at >= %(since)s and at < %(until)s and quality in (1, 2, 3);

-- prune_seen: forget touched fixes of sites that nobody matches, and those nobody has asked for in days
with nobodys as (
    delete from position_touched
    where touched_at < %(before)s
       or (
           touched_at < %(now)s - interval '1 hour'
           and vehicle_id in (
               select no from vehicle where site_no not in (select site_no from match_state)
           )
       )
    returning vehicle_id, changed_by
),
newest as (
    select site_no, max(changed_by::text::bigint) + 1 as below
    from nobodys
    join vehicle on vehicle.no = vehicle_id
    group by site_no
)
update match_state
set pruned_below = greatest(pruned_below, below::text::xid8)
from newest
where newest.site_no = match_state.site_no;

-- forget_tracks: forget tracks a site keeps no longer, at most so many of each kind; how many went of the kind with most
with past as (
    select vehicle.no as vehicle_id, %(now)s - positions as before
    from retention
    join vehicle on vehicle.site_no = retention.site_no
),
passages as (
    delete from plough_passage
    where ctid = any (
        array(
            select track.ctid from plough_passage as track join past using (vehicle_id) where ended_at < before
            limit %(most)s
        )
    )
    returning 1
),
stops as (
    delete from plough_stop
    where ctid = any (
        array(
            select track.ctid from plough_stop as track join past using (vehicle_id) where ended_at < before
            limit %(most)s
        )
    )
    returning 1
),
gaps as (
    delete from plough_gap
    where ctid = any (
        array(
            select track.ctid from plough_gap as track join past using (vehicle_id) where ended_at < before
            limit %(most)s
        )
    )
    returning 1
),
runs as (
    delete from plough_run
    where ctid = any (
        array(
            select track.ctid from plough_run as track join past using (vehicle_id) where ended_at < before
            limit %(most)s
        )
    )
    returning 1
)
select greatest(
    (select count(*) from passages), (select count(*) from stops), (select count(*) from gaps), (select count(*) from runs)
);
