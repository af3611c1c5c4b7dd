-- begin: note that an exercise has begun; nothing where one is running already
insert into exercise (
    id, site_no, stand_in_no, scenario, title_ja, title_en, speed, started_at, started_by, expires_at
)
values (
    %(id)s, %(site)s, %(stand_in)s, %(scenario)s, %(title_ja)s, %(title_en)s, %(speed)s, %(started_at)s, %(started_by)s,
    %(expires_at)s
)
on conflict do nothing
returning id;

-- running: the exercise of a site that has not ended
select id, stand_in_no, scenario, title_ja, title_en, speed, started_at, started_by, expires_at, ended_at, ended_by, played
from exercise
where site_no = %(site)s and ended_at is null;

-- exercises: the exercises of a site, the newest first
select id, stand_in_no, scenario, title_ja, title_en, speed, started_at, started_by, expires_at, ended_at, ended_by, played
from exercise
where site_no = %(site)s
order by started_at desc
limit %(most)s;

-- exercise: one exercise of a site
select id, stand_in_no, scenario, title_ja, title_en, speed, started_at, started_by, expires_at, ended_at, ended_by, played
from exercise
where site_no = %(site)s and id = %(id)s;

-- end: note that it has ended
update exercise
set ended_at = %(at)s, ended_by = %(by)s
where site_no = %(site)s and id = %(id)s and ended_at is null;

-- played: note how many readings have been played
update exercise
set played = %(played)s
where id = %(id)s and ended_at is null;

-- silence_outbox: what exercises that are over have not sent is not sent any more
update notification
set state = 'dead', finished_at = %(at)s, error = 'the exercise is over', leased_until = null
where site_no = %(stand_in)s and state = 'queued';

-- settle_tellings: what they have not told is not told any more
update telling
set told_at = %(at)s, verdict = 'exercise over'
where site_no = %(stand_in)s and told_at is null;

-- end_silences: nothing they asked to be silent is silent in the next one
insert into silence_step (silence_id, kind, at, who, reason)
select id, 'ended', %(at)s, 'system', 'the exercise is over'
from silence
where site_no = %(stand_in)s and created_at <= %(before)s and ends_at > %(at)s
on conflict (silence_id, kind) do nothing;

-- hush_silences: nor is its end announced in the next one
insert into silence_word (silence_id, word, said_at)
select id, 'over', %(at)s
from silence
where site_no = %(stand_in)s and created_at <= %(before)s
on conflict (silence_id, word) do nothing;

-- end_externals: what other systems reported to them is over
update external_alert
set ends_at = %(at)s, version = nextval('change_version')
where site_no = %(stand_in)s and ends_at is null and received_at <= %(before)s;

-- forget_members: what audiences were told in them is nobody's knowledge in the next one
delete from dispatch_member
where site_no = %(stand_in)s;

-- forget_groups: and no group waits because it spoke in them
delete from dispatch_group
where site_no = %(stand_in)s;

-- told: the messages of a stand-in queued within an exercise, in order; a gathered one once for each episode it speaks of
select subject.episode_id, notification.audience, notification.channel, notification.purpose, notification.level,
       notification.queued_at, notification.state, notification.finished_at
from notification
cross join lateral (
    select notification.episode_id
    union
    select (member ->> 'episode')::uuid
    from jsonb_array_elements(
        case when jsonb_typeof(notification.body -> 'alerts') = 'array' then notification.body -> 'alerts' else '[]' end
    ) as member
) as subject (episode_id)
where notification.site_no = %(stand_in)s and notification.queued_at >= %(since)s and notification.queued_at < %(until)s
order by notification.queue_no, subject.episode_id;
