-- facts: of these episodes the highest level, what the last thing told said of doubt and kind, and how many steps there were
select episode.id, steps.highest, steps.count, coalesce(told.unconfirmed, false), coalesce(told.health, false)
from unnest(%(episodes)s::uuid[]) as episode (id)
left join lateral (
    select max(greatest(to_level, from_level)) as highest, count(*) as count
    from transition
    where episode_id = episode.id and detected_at <= %(at)s
) as steps on true
left join lateral (
    select unconfirmed, health
    from telling
    where episode_id = episode.id and queued_at <= %(at)s
    order by seq desc
    limit 1
) as told on true;

-- told: what had become by an instant of the messages about these episodes, counted by who was told over what
select subject.episode_id, audience, channel, resident,
       count(*) filter (where became = 'queued') as queued,
       count(*) filter (where became = 'delivered') as delivered,
       count(*) filter (where became in ('dead', 'unknown')) as dead,
       max(coalesce(finished_at, queued_at)) as last_at
from (
    select *, case when finished_at <= %(at)s then state else 'queued' end as became
    from notification
    where site_no = %(site)s and queued_at <= %(at)s and purpose <> 'heartbeat'
) as message
cross join lateral (
    select message.episode_id
    union
    select (member ->> 'episode')::uuid
    from jsonb_array_elements(
        case when jsonb_typeof(message.body -> 'alerts') = 'array' then message.body -> 'alerts' else '[]' end
    ) as member
) as subject (episode_id)
where subject.episode_id = any (%(episodes)s::uuid[])
group by 1, 2, 3, 4
order by 1, 4, 2, 3;

-- messages: every message about an episode, as it stood at an instant
select id, seq, audience, channel, purpose, resident, level, body, queued_at, attempts,
       case when finished_at <= %(at)s then state else 'queued' end as state,
       case when finished_at <= %(at)s then finished_at end as finished_at,
       error
from notification
where site_no = %(site)s and queued_at <= %(at)s
  and (
      episode_id = %(episode)s
      or body @> jsonb_build_object('alerts', jsonb_build_array(jsonb_build_object('episode', %(episode)s::text)))
  )
order by queued_at, queue_no;

-- tellings: what had to be told of an episode, and what was decided about it
select seq, kind, level, at, queued_at, retroactive, unconfirmed, told_at, verdict, body
from telling
where episode_id = %(episode)s and queued_at <= %(at)s
order by seq;

-- episode: one episode of a site
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow
from episode
where site_no = %(site)s and id = %(episode)s;

-- known_episodes: the episodes that were detected by an instant and not over long before it
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow
from episode
where site_no = %(site)s and not shadow and detected_at <= %(at)s and (closed_at is null or closed_at >= %(since)s)
order by opened_at desc, id
limit %(most)s;

-- known_values: the newest usable value of each datastream that had arrived by an instant, with the quality it was given then
select datastream.no, datastream.station_id, datastream.quantity, newest.at, newest.value, newest.quality,
       newest.reasons, newest.received_at, 0
from datastream
cross join lateral (
    select arrived.at, arrived.received_at, coalesce(later.value, arrived.value) as value,
           coalesce(later.quality, arrived.quality) as quality, coalesce(later.reasons, arrived.reasons) as reasons
    from observation as arrived
    left join lateral (
        select was_value as value, was_quality as quality, was_reasons as reasons
        from observation_verdict as verdict
        where verdict.datastream_id = arrived.datastream_id and verdict.at = arrived.at and judged_at > %(at)s
        order by verdict.id
        limit 1
    ) as later on true
    where arrived.datastream_id = datastream.no and arrived.at > %(since)s and arrived.at <= %(until)s
      and arrived.received_at <= %(at)s and coalesce(later.quality, arrived.quality) in (1, 2, 3)
    order by arrived.at desc
    limit 1
) as newest
where datastream.site_no = %(site)s and datastream.enabled
order by datastream.no;

-- queues: the messages that wait or were given up, by channel; those given up since an instant
select channel,
       count(*) filter (where state = 'queued'),
       count(*) filter (where state = 'queued' and attempts > 0),
       count(*) filter (where state in ('dead', 'unknown') and finished_at >= %(since)s),
       count(*) filter (where state = 'delivered' and finished_at >= %(since)s),
       min(queued_at) filter (where state = 'queued'),
       max(finished_at) filter (where state = 'delivered')
from notification
where site_no = %(site)s and (state = 'queued' or finished_at >= %(since)s)
group by channel
order by channel;
