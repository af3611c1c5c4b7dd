-- alerts: the open episodes with their last rise, when somebody was first told, and whether everybody is spared of them
select episode.id, episode.level, episode.rule, episode.target,
       coalesce(
           (
               select max(detected_at)
               from transition
               where transition.episode_id = episode.id and transition.to_level > transition.from_level
           ),
           episode.detected_at
       ),
       told.first_at, coalesce(told.held, false)
from episode
left join lateral (
    select min(told_at) as first_at, bool_and(held <> '') as held
    from dispatch_member
    where dispatch_member.site_no = episode.site_no and dispatch_member.matter = episode.id
) as told on true
where episode.site_no = %(site)s and episode.closed_at is null and not episode.shadow and episode.level >= %(level)s
order by episode.opened_at, episode.id;

-- timers: the calls that go on, and those that may begin again because their episode is still open
select episode_id, escalation, escalation_timer.level, started_at, loop, step, due_at, called, sent, ended_at, ended
from escalation_timer
join episode on episode.id = escalation_timer.episode_id
where escalation_timer.site_no = %(site)s and (ended_at is null or episode.closed_at is null)
order by started_at, episode_id, escalation;

-- of_episode: the calls of one episode
select episode_id, escalation, level, started_at, loop, step, due_at, called, sent, ended_at, ended
from escalation_timer
where site_no = %(site)s and episode_id = %(episode)s
order by escalation;

-- save: note how calls stand
insert into escalation_timer (
    site_no, episode_id, escalation, level, started_at, loop, step, due_at, called, sent, ended_at, ended
)
values (
    %(site)s, %(episode)s, %(escalation)s, %(level)s, %(started_at)s, %(loop)s, %(step)s, %(due_at)s, %(called)s,
    %(sent)s, %(ended_at)s, %(ended)s
)
on conflict (site_no, episode_id, escalation) do update
set level = excluded.level, started_at = excluded.started_at, loop = excluded.loop, step = excluded.step,
    due_at = excluded.due_at, called = excluded.called, sent = excluded.sent, ended_at = excluded.ended_at,
    ended = excluded.ended;

-- bodies: what was told last of these episodes
select distinct on (episode_id) episode_id, seq, body
from telling
where episode_id = any (%(episodes)s::uuid[])
order by episode_id, seq desc;

-- reached: of these messages, those not given up: they, or what went out in their stead, wait or have arrived
select coalesce(stands_in_for, id)
from notification
where (id = any (%(ids)s::uuid[]) or stands_in_for = any (%(ids)s::uuid[])) and state <> 'dead';
