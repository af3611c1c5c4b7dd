-- Numbers, times and bytes travel in binary (%b): their text costs the client more than all the rest.

-- insert_observations: insert what is new, list it as touched, move the latest values; return how many, and the places of the rest
with given as (
    select *
    from unnest(
        %(datastream)b::integer[], %(at)b::timestamptz[], %(value)b::double precision[], %(raw_value)b::double precision[],
        %(quality)b::smallint[], %(reasons)b::integer[], %(received_at)b::timestamptz[]
    ) with ordinality as row (datastream_id, at, value, raw_value, quality, reasons, received_at, place)
),
first_of_key as (
    -- In order of the key: two collectors that hold the same rows wait for each other, never in a circle.
    select distinct on (datastream_id, at) *
    from given
    order by datastream_id, at, place
),
inserted as (
    insert into observation (datastream_id, at, value, raw_value, quality, reasons, received_at)
    select datastream_id, at, value, raw_value, quality, reasons, received_at
    from first_of_key
    on conflict do nothing
    returning datastream_id, at, value, quality, reasons, received_at
),
touched as (
    insert into observation_touched (datastream_id, hour, earliest)
    select datastream_id, date_trunc('hour', at, 'UTC'), min(at)
    from inserted
    group by 1, 2
),
latest as (
    insert into observation_latest as known (datastream_id, at, value, quality, reasons, received_at)
    select distinct on (datastream_id) datastream_id, at, value, quality, reasons, received_at
    from inserted
    where quality in (1, 2, 3) and at <= received_at + interval '10 minutes'
    order by datastream_id, at desc
    on conflict (datastream_id) do update
    set at = excluded.at, value = excluded.value, quality = excluded.quality, reasons = excluded.reasons,
        received_at = excluded.received_at, changed_by = pg_current_xact_id(), version = nextval('change_version')
    -- Where judging left no usable value, any usable one is news. A time that is still to come was given by a clock of
    -- ours that has been set back since: it must not stand in the way until it comes.
    where excluded.at > known.at or known.quality not in (1, 2, 3)
          or (known.at > now() + interval '10 minutes' and excluded.at <= now() + interval '10 minutes')
)
select (select count(*) from inserted),
       case when (select count(*) from inserted) < (select count(*) from given) then
           array(
               select place
               from given
               where place not in (select place from first_of_key join inserted using (datastream_id, at))
               order by place
           )
       end;

-- compare_observations: keep rows whose key is stored with another value as conflicts; return how many there are
with given as (
    select *
    from unnest(
        %(datastream)b::integer[], %(at)b::timestamptz[], %(value)b::double precision[], %(raw_value)b::double precision[],
        %(quality)b::smallint[], %(reasons)b::integer[], %(received_at)b::timestamptz[]
    ) as row (datastream_id, at, value, raw_value, quality, reasons, received_at)
),
differing as (
    select given.*
    from given
    cross join lateral (
        -- One look into the primary key per row, whatever the planner believes about the sizes.
        select value
        from observation
        where observation.datastream_id = given.datastream_id and observation.at = given.at
        limit 1
    ) as stored
    where stored.value is distinct from given.value
),
kept as (
    insert into observation_conflict (datastream_id, at, value, raw_value, quality, reasons, received_at)
    select datastream_id, at, value, raw_value, quality, reasons, received_at
    from differing
    on conflict do nothing
    returning datastream_id, at
),
touched as (
    -- The first value is no longer beyond doubt: it has to be judged again.
    insert into observation_touched (datastream_id, hour, earliest)
    select datastream_id, date_trunc('hour', at, 'UTC'), min(at)
    from kept
    group by 1, 2
)
select count(*) from differing;

-- insert_positions: as insert_observations, for the fixes of vehicles; usable ones are listed as touched
with given as (
    select *
    from unnest(
        %(vehicle)b::integer[], %(at)b::timestamptz[], %(lon)b::double precision[], %(lat)b::double precision[],
        %(speed_kmh)b::real[], %(heading_deg)b::real[], %(accuracy_m)b::real[], %(task)s::text[],
        %(quality)b::smallint[], %(reasons)b::integer[], %(received_at)b::timestamptz[]
    ) with ordinality as row (
        vehicle_id, at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at, place
    )
),
first_of_key as (
    select distinct on (vehicle_id, at) *
    from given
    order by vehicle_id, at, place
),
inserted as (
    insert into vehicle_position (
        vehicle_id, at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at
    )
    select vehicle_id, at, lon, lat, speed_kmh, heading_deg, accuracy_m, task, quality, reasons, received_at
    from first_of_key
    on conflict do nothing
    returning vehicle_id, at, lon, lat, speed_kmh, heading_deg, task, quality, received_at
),
touched as (
    insert into position_touched (vehicle_id, hour, earliest, latest, fixes)
    select vehicle_id, date_trunc('hour', at, 'UTC'), min(at), max(at), count(*)
    from inserted
    where quality in (1, 2, 3)
    group by 1, 2
),
latest as (
    insert into vehicle_latest as known (vehicle_id, at, lon, lat, speed_kmh, heading_deg, task, quality, received_at)
    select distinct on (vehicle_id) vehicle_id, at, lon, lat, speed_kmh, heading_deg, task, quality, received_at
    from inserted
    where quality in (1, 2, 3) and at <= received_at + interval '10 minutes'
    order by vehicle_id, at desc
    on conflict (vehicle_id) do update
    set at = excluded.at, lon = excluded.lon, lat = excluded.lat, speed_kmh = excluded.speed_kmh,
        heading_deg = excluded.heading_deg, task = excluded.task, quality = excluded.quality,
        received_at = excluded.received_at, changed_by = pg_current_xact_id(), version = nextval('change_version')
    where excluded.at > known.at
          or (known.at > now() + interval '10 minutes' and excluded.at <= now() + interval '10 minutes')
)
select (select count(*) from inserted),
       case when (select count(*) from inserted) < (select count(*) from given) then
           array(
               select place
               from given
               where place not in (select place from first_of_key join inserted using (vehicle_id, at))
               order by place
           )
       end;

-- compare_positions: as compare_observations; another place at the same time is a conflict
with given as (
    select *
    from unnest(
        %(vehicle)b::integer[], %(at)b::timestamptz[], %(lon)b::double precision[], %(lat)b::double precision[],
        %(quality)b::smallint[], %(reasons)b::integer[], %(received_at)b::timestamptz[]
    ) as row (vehicle_id, at, lon, lat, quality, reasons, received_at)
),
differing as (
    select given.*
    from given
    cross join lateral (
        select lon, lat
        from vehicle_position
        where vehicle_position.vehicle_id = given.vehicle_id and vehicle_position.at = given.at
        limit 1
    ) as stored
    where (stored.lon, stored.lat) is distinct from (given.lon, given.lat)
),
kept as (
    insert into vehicle_conflict (vehicle_id, at, lon, lat, quality, reasons, received_at)
    select vehicle_id, at, lon, lat, quality, reasons, received_at
    from differing
    on conflict do nothing
)
select count(*) from differing;

-- insert_quarantine: set messages aside, each once
insert into quarantine (site_no, received_at, topic, payload, qos, retain, codec, device, reason, detail)
select %(site)s, row.*
from unnest(
    %(received_at)b::timestamptz[], %(topic)b::bytea[], %(payload)b::bytea[], %(qos)s::smallint[], %(retain)s::boolean[],
    %(codec)s::text[], %(device)s::text[], %(reason)s::text[], %(detail)s::text[]
) as row
on conflict do nothing;

-- upsert_seen: note signs of life; a reading after "offline" takes that back, and so does any where our clock was ahead
insert into device_seen as known (site_no, device, at, online)
select %(site)s, row.*
from unnest(%(device)s::text[], %(at)b::timestamptz[], %(online)s::boolean[]) as row
on conflict (site_no, device) do update
set at = excluded.at, online = coalesce(excluded.online, nullif(known.online, false))
where excluded.at >= known.at or (known.at > now() + interval '10 minutes' and excluded.at <= now() + interval '10 minutes');

-- add_counts: add to the counters of the minute
insert into ingest_counter as known (site_no, minute, name, count)
select %(site)s, date_trunc('minute', now()), row.*
from unnest(%(name)s::text[], %(count)s::bigint[]) as row
on conflict (site_no, minute, name) do update
set count = known.count + excluded.count;

-- create_partitions: make the partitions that rows of these days need
select create_partitions('observation', %(observation_days)s::timestamptz[]),
       create_partitions('vehicle_position', %(position_days)s::timestamptz[]);
