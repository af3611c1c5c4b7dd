-- insert: note a silence; one whose id is known stays as it is
insert into silence (id, site_no, rules, stations, kinds, levels, starts_at, ends_at, author, reason, created_at)
values (
    %(id)s, %(site)s, %(rules)s::text[], %(stations)s::text[], %(kinds)s::text[], %(levels)s::smallint[], %(starts_at)s,
    %(ends_at)s, %(author)s, %(reason)s, %(created_at)s
)
on conflict (id) do nothing;

-- step: note what was done with a silence; the first word of its kind stands
insert into silence_step (silence_id, kind, at, who, reason)
select id, %(kind)s, %(at)s, %(who)s, %(reason)s
from silence
where id = %(id)s and site_no = %(site)s
on conflict (silence_id, kind) do nothing
returning no;

-- get: one silence as it stands
select id, rules, stations, kinds, levels, starts_at, ends_at, author, silence.reason, created_at,
       approved.who, approved.at, ended.who, ended.at, coalesce(ended.reason, '')
from silence
left join silence_step as approved on approved.silence_id = id and approved.kind = 'approved'
left join silence_step as ended on ended.silence_id = id and ended.kind = 'ended'
where site_no = %(site)s and id = %(id)s;

-- since: the silences that end, or would have ended, after an instant, the newest first
select id, rules, stations, kinds, levels, starts_at, ends_at, author, silence.reason, created_at,
       approved.who, approved.at, ended.who, ended.at, coalesce(ended.reason, '')
from silence
left join silence_step as approved on approved.silence_id = id and approved.kind = 'approved'
left join silence_step as ended on ended.silence_id = id and ended.kind = 'ended'
where site_no = %(site)s and ends_at > %(since)s
order by created_at desc, id
limit %(most)s;

-- announced: what was said of the silences that ended after an instant
select silence_id, word
from silence_word
join silence on silence.id = silence_id
where site_no = %(site)s and ends_at > %(since)s;

-- count_open: how many silences of a site are not over
select count(*)
from silence
where site_no = %(site)s and ends_at > %(now)s
  and not exists (select from silence_step where silence_id = id and kind = 'ended');
