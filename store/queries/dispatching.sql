-- news: what would make a round worth while, in one look
select (select count(*) from telling where site_no = %(site)s and told_at is null),
       (select max(queued_at) from telling where site_no = %(site)s and told_at is null),
       (select count(*) from incident where site_no = %(site)s and closed_at is null),
       (select max(no) from incident where site_no = %(site)s),
       (select max(version) from external_alert where site_no = %(site)s),
       (select max(created_at) from silence where site_no = %(site)s),
       (select max(no) from silence_step);

-- in_play: the newest word on each open episode, and every one that nobody has decided on yet
select telling.episode_id, telling.seq, telling.rule, telling.target, telling.kind, telling.level, telling.reach,
       telling.at, telling.queued_at, telling.body, telling.retroactive, telling.unconfirmed, telling.health,
       telling.told_at
from (
    select id from episode where site_no = %(site)s and closed_at is null and not shadow
    union
    select episode_id from telling where site_no = %(site)s and told_at is null
) as wanted
join lateral (
    select * from telling where episode_id = wanted.id order by seq desc limit 1
) as newest on true
join telling on telling.episode_id = wanted.id and (telling.seq = newest.seq or telling.told_at is null)
order by telling.queued_at, telling.episode_id, telling.seq;

-- members: what audiences know
select audience, matter, group_key, seq, turn, level, firing, lost, told_at, waits_since, held, held_at, incident_no,
       external_no
from dispatch_member
where site_no = %(site)s
order by audience, matter;

-- incidents: those open now, and these others
select no, kind, subject, opened_at, closed_at, detail
from incident
where site_no = %(site)s and (closed_at is null or no = any (%(numbers)s::bigint[]))
order by opened_at, no;

-- groups: when each group spoke last
select audience, group_key, sent_at from dispatch_group where site_no = %(site)s;

-- put_members: save what audiences know
insert into dispatch_member (
    site_no, audience, matter, group_key, seq, turn, level, firing, lost, told_at, waits_since, held, held_at,
    incident_no, external_no
)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    audience text, matter uuid, group_key text, seq integer, turn integer, level smallint, firing boolean, lost boolean,
    told_at timestamptz, waits_since timestamptz, held text, held_at timestamptz, incident_no bigint, external_no bigint
)
on conflict (site_no, audience, matter) do update
set group_key = excluded.group_key, seq = excluded.seq, turn = excluded.turn, level = excluded.level,
    firing = excluded.firing, lost = excluded.lost, told_at = excluded.told_at, waits_since = excluded.waits_since,
    held = excluded.held, held_at = excluded.held_at;

-- drop_members: what is over and told needs no memory
delete from dispatch_member
using jsonb_to_recordset(%(rows)s) as row (audience text, matter uuid)
where site_no = %(site)s and dispatch_member.audience = row.audience and dispatch_member.matter = row.matter;

-- put_groups: note that groups have spoken
insert into dispatch_group (site_no, audience, group_key, sent_at)
select %(site)s, row.* from jsonb_to_recordset(%(rows)s) as row (audience text, group_key text, sent_at timestamptz)
on conflict (site_no, audience, group_key) do update set sent_at = excluded.sent_at;

-- say_words: note what was announced of silences
insert into silence_word (silence_id, word, said_at)
select silence_id, word, %(now)s from jsonb_to_recordset(%(rows)s) as row (silence_id uuid, word text)
on conflict (silence_id, word) do nothing;

-- holds: what is held back now, why and since when
select matter, held, min(held_at)
from dispatch_member
where site_no = %(site)s and held <> '' and waits_since is null
group by matter, held
order by matter, held;
