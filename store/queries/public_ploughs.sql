-- newest: of each pseudonym the newest place after an instant
select distinct on (day, name) day, name, at, lon, lat, heading_deg, task_group
from public_plough_fix
where site_no = %(site)s and at > %(since)s
order by day, name, at desc;

-- publish: places the public may know; what is told stays told
insert into public_plough_fix (site_no, day, name, at, lon, lat, heading_deg, task_group)
select %(site)s, day, name, at, lon, lat, heading_deg, task_group
from unnest(
    %(day)s::date[], %(name)s::text[], %(at)s::timestamptz[], %(lon)s::double precision[], %(lat)s::double precision[],
    %(heading_deg)s::smallint[], %(task_group)s::text[]
) as given (day, name, at, lon, lat, heading_deg, task_group)
on conflict do nothing;

-- forget: places of before an instant, and those of a time that has not come: the clock was set back since
delete from public_plough_fix where site_no = %(site)s and (at < %(before)s or at > %(now)s);

-- round: what the roads are published as of
select as_of, ordered_at, deadlines from public_road_round where site_no = %(site)s;

-- roads: all roads as published last
select road, withheld, share, clear_since, cleared_at, evidence, deadline, late, snow_cm, second_pass
from public_road
where site_no = %(site)s
order by road;

-- begin_round: a step of publishing roads begins; never an older one than there is, unless that lies ahead of the clock
insert into public_road_round as known (site_no, as_of, ordered_at, deadlines)
values (%(site)s, %(as_of)s, %(ordered_at)s, %(deadlines)s)
on conflict (site_no) do update
set as_of = excluded.as_of, ordered_at = excluded.ordered_at, deadlines = excluded.deadlines
where known.as_of <= excluded.as_of or known.as_of > %(now)s
returning true;

-- clear_roads: the roads of the step before go
delete from public_road where site_no = %(site)s;

-- add_roads: the roads of this step
insert into public_road (
    site_no, road, withheld, share, clear_since, cleared_at, evidence, deadline, late, snow_cm, second_pass
)
select %(site)s, road, withheld, share, clear_since, cleared_at, evidence, deadline, late, snow_cm, second_pass
from unnest(
    %(road)s::text[], %(withheld)s::boolean[], %(share)s::real[], %(clear_since)s::timestamptz[],
    %(cleared_at)s::timestamptz[], %(evidence)s::text[], %(deadline)s::timestamptz[], %(late)s::boolean[],
    %(snow_cm)s::real[], %(second_pass)s::boolean[]
) as given (road, withheld, share, clear_since, cleared_at, evidence, deadline, late, snow_cm, second_pass);
