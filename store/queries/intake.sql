-- lock_numbers: the runs of these devices, held until the transaction ends, in the order of the devices
select device, runs, now()
from device_numbers
where site_no = %(site)s and device = any (%(device)s::text[])
order by device
for update;

-- begin_numbers: a row for each device heard with a number for the first time
insert into device_numbers (site_no, device)
select %(site)s, device
from unnest(%(device)s::text[]) as device
on conflict do nothing;

-- save_numbers: keep the runs of these devices
update device_numbers as known
set runs = row.runs::jsonb, forgotten = known.forgotten + row.forgotten
from unnest(%(device)s::text[], %(runs)s::text[], %(forgotten)s::bigint[]) as row (device, runs, forgotten)
where known.site_no = %(site)s and known.device = row.device;

-- all_numbers: the runs of every device
select device, runs, forgotten
from device_numbers
where site_no = %(site)s
order by device;

-- upsert_heard: note which gateways heard which devices
insert into device_heard as known (site_no, device, gateway, at)
select %(site)s, row.*
from unnest(%(device)s::text[], %(gateway)s::text[], %(at)b::timestamptz[]) as row
on conflict (site_no, device, gateway) do update
set at = excluded.at
where excluded.at > known.at or (known.at > now() + interval '10 minutes' and excluded.at <= now() + interval '10 minutes');

-- all_heard: which gateways heard which devices, and when last
select device, gateway, at
from device_heard
where site_no = %(site)s
order by device, gateway;

-- last_heard: the gateways that heard the newest frame of each device; their clocks may differ by seconds
select device, gateway, at
from (
    select device, gateway, at, max(at) over (partition by device) as newest
    from device_heard
    where site_no = %(site)s
) as known
where at >= newest - interval '1 minute'
order by device, gateway;

-- forget_heard: keep the newest gateways of each device
with newest_first as (
    select site_no, device, gateway, row_number() over (partition by site_no, device order by at desc, gateway) as place
    from device_heard
)
delete from device_heard as known
using newest_first as old
where (known.site_no, known.device, known.gateway) = (old.site_no, old.device, old.gateway) and old.place > %(most)s;

-- add_skews: add refused times to what is known of the clocks of their devices
insert into device_clock as known (site_no, device, count, low_s, high_s, recent, first_at, last_at)
select %(site)s, device, count(*), min(skew_s), max(skew_s),
       (array_agg(skew_s order by place desc))[:%(most)s], min(at), max(at)
from unnest(%(device)s::text[], %(skew_s)b::double precision[], %(at)b::timestamptz[])
    with ordinality as row (device, skew_s, at, place)
group by device
order by device
on conflict (site_no, device) do update
set count = known.count + excluded.count,
    low_s = least(known.low_s, excluded.low_s),
    high_s = greatest(known.high_s, excluded.high_s),
    recent = (excluded.recent || known.recent)[:%(most)s],
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at);

-- all_clocks: what is known of the clocks that were wrong
select device, count, low_s, high_s, recent, first_at, last_at
from device_clock
where site_no = %(site)s
order by device;

-- keep_arrivals: remember messages whose rows carry their arrival as their time
insert into arrival_timed (site_no, client, packet_id, digest, received_at)
select %(site)s, row.*
from unnest(%(client)s::text[], %(packet_id)s::integer[], %(digest)b::bytea[], %(received_at)b::timestamptz[]) as row
on conflict (site_no, client, packet_id) do update
set digest = excluded.digest, received_at = excluded.received_at, stored_at = now();

-- arrivals_of_client: the messages a client may get again; what was stored long before its last commit was acknowledged
select packet_id, digest, received_at, client
from arrival_timed
where site_no = %(site)s and client = %(client)s
  and stored_at >= (
      -- Its own last one: others may have gone on for hours since it fell.
      select max(stored_at) from arrival_timed where site_no = %(site)s and client = %(client)s
  ) - interval '10 minutes'
order by received_at;
