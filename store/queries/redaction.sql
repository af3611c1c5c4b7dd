-- aliases: the pseudonyms of a day, by vehicle
select vehicle_id, name, salt from plough_pseudonym where site_no = %(site)s and day = %(day)s order by vehicle_id;

-- add_aliases: pseudonyms of a day for vehicles that have none; one that is taken is left to the next attempt
insert into plough_pseudonym (site_no, vehicle_id, day, name, salt)
select %(site)s, vehicle_id, %(day)s, name, salt
from unnest(%(vehicle)s::integer[], %(name)s::text[], %(salt)s::bytea[]) as given (vehicle_id, name, salt)
on conflict do nothing;

-- forget_aliases: the pseudonyms of days that are over
delete from plough_pseudonym where site_no = %(site)s and day < %(day)s;

-- offsets: by how much the zones of places are displaced
select place, east_m, north_m from plough_zone where site_no = %(site)s order by place;

-- add_offsets: displacements of places that have none
insert into plough_zone (site_no, place, east_m, north_m)
select %(site)s, place, east_m, north_m
from unnest(%(place)s::text[], %(east_m)s::double precision[], %(north_m)s::double precision[]) as given (place, east_m, north_m)
on conflict do nothing;

-- arrivals: when the usable fixes in (since, until] reached us, the latest of each vehicle and tick
select vehicle_id, date_bin(%(tick)s, at, timestamptz '2000-01-01 00:00+00') as bin, max(received_at)
from vehicle_position
join vehicle on vehicle.no = vehicle_id
where site_no = %(site)s and at > %(since)s and at <= %(until)s and quality in (1, 2, 3)
group by vehicle_id, bin
order by vehicle_id, bin;

-- latecomers: of the usable fixes in (since, until] those that reached us after an instant, by vehicle and tick
select vehicle_id, date_bin(%(tick)s, at, timestamptz '2000-01-01 00:00+00') as bin
from vehicle_position
join vehicle on vehicle.no = vehicle_id
where site_no = %(site)s and at > %(since)s and at <= %(until)s and received_at > %(after)s and quality in (1, 2, 3)
group by vehicle_id, bin
order by vehicle_id, bin;
