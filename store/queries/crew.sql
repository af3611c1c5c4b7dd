-- add: note what a crew reports, once; its number, none where it was known
insert into crew_note (id, site_no, vehicle_id, kind, at, received_at, lon, lat, accuracy_m, body)
values (
    %(id)s::uuid, %(site)s, %(vehicle)s, %(kind)s, %(at)s, %(received_at)s, %(lon)s, %(lat)s, %(accuracy_m)s, %(body)s
)
on conflict (id) do nothing
returning no;

-- add_photo: keep the photo of a note
insert into crew_photo (note_no, jpeg) values (%(note)s, %(jpeg)s);

-- note: one note
select note.id, note.vehicle_id, note.kind, note.at, note.lon, note.lat, note.accuracy_m, note.body,
       photo.note_no is not null, note.received_at, note.settled_at, note.settled_by
from crew_note as note
left join crew_photo as photo on photo.note_no = note.no
where note.site_no = %(site)s and note.id = %(id)s::uuid;

-- notes: what was reported, the newest first; of all vehicles or of one, in every state or in one
select note.id, note.vehicle_id, note.kind, note.at, note.lon, note.lat, note.accuracy_m, note.body,
       photo.note_no is not null, note.received_at, note.settled_at, note.settled_by
from crew_note as note
left join crew_photo as photo on photo.note_no = note.no
where note.site_no = %(site)s
  and (%(vehicle)s::integer is null or note.vehicle_id = %(vehicle)s)
  and (%(settled)s::boolean is null or (note.settled_at is not null) = %(settled)s)
  and (%(since)s::timestamptz is null or note.at >= %(since)s)
order by note.at desc, note.no desc
limit %(most)s;

-- photo: the picture of a note
select jpeg
from crew_photo
join crew_note on crew_note.no = note_no
where site_no = %(site)s and id = %(id)s::uuid;

-- settle: these notes are dealt with; those that were already keep who did it
update crew_note
set settled_at = %(at)s, settled_by = %(by)s
where site_no = %(site)s and id = any (%(ids)s::uuid[]) and settled_at is null;

-- reopen: these notes are not dealt with after all
update crew_note
set settled_at = null, settled_by = ''
where site_no = %(site)s and id = any (%(ids)s::uuid[]) and settled_at is not null;

-- forget: notes, with their photos, go when a site's positions of their time do
delete from crew_note
using retention
where retention.site_no = crew_note.site_no and crew_note.at < %(now)s - retention.positions;
