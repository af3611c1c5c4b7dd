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

-- silence_outbox: what an exercise that is over has not sent is not sent any more
update notification
set state = 'dead', finished_at = %(at)s, error = 'the exercise is over', leased_until = null
where site_no = %(stand_in)s and state = 'queued';

-- settle_tellings: what an exercise that is over has not told is not told any more
update telling
set told_at = %(at)s, verdict = 'exercise over'
where site_no = %(stand_in)s and told_at is null;

-- told: the messages of a stand-in about episodes that began within an exercise, in order
select notification.episode_id, notification.audience, notification.channel, notification.purpose, notification.level,
       notification.queued_at, notification.state, notification.finished_at
from notification
where notification.site_no = %(stand_in)s and notification.queued_at >= %(since)s and notification.queued_at < %(until)s
order by notification.queue_no;
