-- upsert_site: the number of the site
insert into site (id, code, name_ja, name_en)
values (%(id)s, %(code)s, %(name_ja)s, %(name_en)s)
on conflict (id) do update set code = excluded.code, name_ja = excluded.name_ja, name_en = excluded.name_en
returning no;

-- upsert_retention: take over how long the rows of the site stay
insert into retention (site_no, observations, positions, quarantine, archive_after, messages)
values (%(site)s, %(observations)s, %(positions)s, %(quarantine)s, %(archive_after)s, %(messages)s)
on conflict (site_no) do update
set observations = excluded.observations, positions = excluded.positions, quarantine = excluded.quarantine,
    archive_after = excluded.archive_after, messages = excluded.messages;

-- upsert_stations: take over the stations of the folder
insert into station (site_no, id, kind, name_ja, name_en, lon, lat)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    id text, kind text, name_ja text, name_en text, lon double precision, lat double precision
)
on conflict (site_no, id) do update
set kind = excluded.kind, name_ja = excluded.name_ja, name_en = excluded.name_en, lon = excluded.lon, lat = excluded.lat,
    enabled = true;

-- disable_stations: mark those the folder no longer names
update station set enabled = false where site_no = %(site)s and id <> all (%(ids)s::text[]) and enabled;

-- upsert_datastreams: take over the datastreams of the folder
insert into datastream (site_no, station_id, quantity, device, datum, mount_height_cm, calibration)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    station_id text, quantity text, device text, datum text, mount_height_cm double precision, calibration double precision
)
on conflict (site_no, station_id, quantity) do update
set device = excluded.device, datum = excluded.datum, mount_height_cm = excluded.mount_height_cm,
    calibration = excluded.calibration, enabled = true;

-- disable_datastreams: mark those the folder no longer names
update datastream
set enabled = false
where site_no = %(site)s and station_id || '/' || quantity <> all (%(keys)s::text[]) and enabled;

-- upsert_vehicles: take over the vehicles of the folder
insert into vehicle (site_no, id, device, kind, name_ja, name_en)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (id text, device text, kind text, name_ja text, name_en text)
on conflict (site_no, id) do update
set device = excluded.device, kind = excluded.kind, name_ja = excluded.name_ja, name_en = excluded.name_en, enabled = true;

-- disable_vehicles: mark those the folder no longer names
update vehicle set enabled = false where site_no = %(site)s and id <> all (%(ids)s::text[]) and enabled;

-- datastream_numbers: the numbers of the enabled datastreams by key
select station_id || '/' || quantity, no from datastream where site_no = %(site)s and enabled;

-- vehicle_numbers: the numbers of the enabled vehicles by id
select id, no from vehicle where site_no = %(site)s and enabled;
