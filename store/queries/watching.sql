-- open_incident: note that something is wrong; nothing where it is open already or was told before
insert into incident (site_no, kind, subject, opened_at, detail)
values (%(site)s, %(kind)s, %(subject)s, %(at)s, %(detail)s)
on conflict do nothing;

-- detail_incident: add what is newly known of an open incident
update incident set detail = detail || %(detail)s
where site_no = %(site)s and kind = %(kind)s and subject = %(subject)s and closed_at is null
  and detail is distinct from detail || %(detail)s;

-- close_incident: note that it is over, never before it began
update incident set closed_at = greatest(%(at)s, opened_at), detail = detail || %(detail)s
where site_no = %(site)s and kind = %(kind)s and subject = %(subject)s and closed_at is null;

-- open_incidents: what is wrong now, oldest first
select no, kind, subject, opened_at, closed_at, detail
from incident
where site_no = %(site)s and closed_at is null
order by opened_at, no;

-- incidents_since: what was wrong at or after an instant, newest first
select no, kind, subject, opened_at, closed_at, detail
from incident
where site_no = %(site)s and (closed_at is null or closed_at >= %(since)s)
order by opened_at desc, no desc;

-- forget_incidents: drop what was over before an instant
delete from incident where site_no = %(site)s and closed_at < %(before)s;

-- beat: a process says that it goes round, and how it is
insert into process_state (site_no, process, member, beat_at, state)
values (%(site)s, %(process)s, %(member)s, %(at)s, %(state)s)
on conflict (site_no, process, member) do update set beat_at = excluded.beat_at, state = excluded.state;

-- last_word: the newest word of a process of a site, by the id of the site
select process, member, beat_at, state
from process_state
join site on site.no = site_no
where site.id = %(site)s and process = %(process)s
order by beat_at desc
limit 1;

-- processes: the last word of each process
select process, member, beat_at, state from process_state where site_no = %(site)s order by process, member;

-- forget_processes: drop those not heard of since an instant
delete from process_state where site_no = %(site)s and beat_at < %(before)s;

-- offline_devices: the devices that said, or of which the broker said, that they are offline
select device, at from device_seen where site_no = %(site)s and online is false order by device;
