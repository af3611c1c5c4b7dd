-- say: note what is new, and let the latest of it stand, by the time it speaks of and then by arrival; how many were new
with said as (
    insert into shelter_said (
        site_no, shelter, at, received_at, status, people, capacity, note_ja, note_en, said_by
    )
    select %(site)s, shelter, at, %(received_at)s, status, people, capacity, note_ja, note_en, said_by
    from unnest(
        %(shelter)s::text[], %(at)s::timestamptz[], %(status)s::text[], %(people)s::integer[],
        %(capacity)s::integer[], %(note_ja)s::text[], %(note_en)s::text[], %(said_by)s::text[]
    ) with ordinality as told (shelter, at, status, people, capacity, note_ja, note_en, said_by, place)
    order by shelter, place
    on conflict do nothing
    returning no, shelter, at
),
standing as (
    insert into shelter_latest as known (site_no, shelter, at, said_no)
    select distinct on (shelter) %(site)s, shelter, at, no
    from said
    order by shelter, at desc, no desc
    on conflict (site_no, shelter) do update set at = excluded.at, said_no = excluded.said_no
    where (known.at, known.said_no) < (excluded.at, excluded.said_no)
)
select count(*) from said;

-- latest: the word that stands for each shelter
select said.shelter, status, people, capacity, note_ja, note_en, said.at, said_by
from shelter_latest as latest
join shelter_said as said on said.no = latest.said_no
where latest.site_no = %(site)s
order by said.shelter;

-- history: what was said of one shelter, the latest first
select shelter, status, people, capacity, note_ja, note_en, at, said_by, received_at
from shelter_said
where site_no = %(site)s and shelter = %(shelter)s
order by at desc, no desc
limit %(most)s;
