-- queue: queue messages in the order given; one that is queued already stays as it is
insert into notification (
    site_no, id, episode_id, seq, channel, level, body, queued_at, deadline_at, due_at, audience, thread, purpose, resident,
    stands_in_for
)
select %(site)s, id, episode_id, seq, channel, level, body, queued_at, deadline_at, queued_at, audience,
       coalesce(nullif(thread, ''), episode_id::text, id::text), purpose, resident, stands_in_for
from rows from (
    jsonb_to_recordset(%(rows)s) as (
        id uuid, episode_id uuid, seq integer, channel text, level smallint, body jsonb, queued_at timestamptz,
        deadline_at timestamptz, audience text, thread text, purpose text, resident boolean, stands_in_for uuid
    )
) with ordinality as row (
    id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident, stands_in_for,
    place
)
order by place
on conflict (id) do nothing;

-- lease: hold the oldest due message of each lane (thread and audience) of a channel, unless another sender holds it
update notification
set leased_until = %(until)s, attempts = attempts + 1
where id in (
    select id
    from notification as candidate
    where site_no = %(site)s and channel = %(channel)s and state = 'queued'
      -- What was queued, or is held, in the future is so by a clock that was set back since: it waits for nothing.
      and (due_at <= %(now)s or queued_at > %(now)s or due_at > %(latest)s)
      and deadline_at > %(now)s and sending_at is null
      and (leased_until is null or leased_until <= %(now)s or leased_until > %(until)s)
      and not exists (
          select
          from notification as earlier
          where earlier.site_no = candidate.site_no and earlier.channel = candidate.channel
            and earlier.audience = candidate.audience and earlier.thread = candidate.thread
            and earlier.state = 'queued' and earlier.queue_no < candidate.queue_no
      )
    order by queue_no
    limit %(limit)s
    for update skip locked
)
returning id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, attempts, served, fallback_at is not null, queue_no;

-- unfinished: messages of a site that wait and nobody holds
select id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, attempts, served, fallback_at is not null, queue_no, sending_at is not null
from notification
where site_no = %(site)s and state = 'queued' and (leased_until is null or leased_until <= %(now)s)
  and (
      deadline_at <= %(now)s or sending_at is not null or not channel = any (%(channels)s)
      or (channel = any (%(ailing)s) and fallback_at is null and level >= %(urgent)s and not resident)
  )
order by queue_no
limit %(limit)s;

-- crowded: the waiting messages of the lanes of a channel in which several wait, in queue order
select id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, queue_no
from notification
where site_no = %(site)s and channel = %(channel)s and state = 'queued' and sending_at is null
  and (leased_until is null or leased_until <= %(now)s)
  and (audience, thread) in (
      select audience, thread
      from notification
      where site_no = %(site)s and channel = %(channel)s and state = 'queued'
      group by audience, thread
      having count(*) > 1
  )
order by queue_no;

-- supersede: a newer message carries the news of these; what is held or handed over just now stays
update notification
set state = 'superseded', finished_at = %(now)s, superseded_by = %(newer)s, leased_until = null
where id = any (%(older)s::uuid[]) and state = 'queued' and sending_at is null
  and (leased_until is null or leased_until <= %(now)s);

-- begin_sending: note that it is handed over now; only who holds it may
update notification
set sending_at = %(now)s
where id = %(id)s and state = 'queued' and attempts = %(attempt)s and leased_until > %(now)s
returning id;

-- delivered: the provider has it
update notification
set state = 'delivered', finished_at = %(now)s, provider = %(provider)s, leased_until = null, sending_at = null,
    error = nullif(%(remark)s, '')
where id = %(id)s and state = 'queued' and attempts = %(attempt)s
returning id;

-- retry_later: give it back, to be tried again when due
update notification
set due_at = %(due_at)s, error = %(error)s, leased_until = null, sending_at = null, served = %(served)s
where id = %(id)s and state = 'queued' and attempts = %(attempt)s
returning id;

-- give_back: give it back as it was
update notification
set leased_until = null
where id = %(id)s and state = 'queued' and attempts = %(attempt)s and sending_at is null
returning id;

-- finish: it is dead, or nobody can say what became of it
update notification
set state = %(state)s, finished_at = %(now)s, error = %(error)s, leased_until = null, served = %(served)s
where id = %(id)s and state = 'queued' and attempts = %(attempt)s
returning id;

-- mark_fallback: another channel has been asked as well
update notification set fallback_at = %(now)s where id = %(id)s and fallback_at is null returning id;

-- again: a person wants it sent (again): it begins anew, under the same id
update notification
set state = 'queued', due_at = %(now)s, deadline_at = greatest(deadline_at, %(deadline_at)s), leased_until = null,
    sending_at = null, finished_at = null, fallback_at = coalesce(fallback_at, %(now)s)
where site_no = %(site)s and id = %(id)s and state in ('dead', 'unknown')
returning id;

-- arrived: a person has found out that it arrived
update notification
set state = 'delivered', finished_at = %(now)s, sending_at = null, error = %(remark)s
where site_no = %(site)s and id = %(id)s and state = 'unknown'
returning id;

-- outbox: every message of a site in queue order
select id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, state, attempts, error
from notification
where site_no = %(site)s
order by queue_no;

-- listed: messages of a site in these states, the newest first, from a queue number downwards
select id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, state, attempts, error, provider, due_at, finished_at, superseded_by, queue_no
from notification
where site_no = %(site)s and state = any (%(states)s)
  and (%(episode)s::uuid is null or episode_id = %(episode)s)
  and (%(before)s::bigint is null or queue_no < %(before)s)
order by queue_no desc
limit %(limit)s;

-- standing: how the messages of each channel stand; those over count for a day
select channel, count(*) filter (where state = 'queued'), min(queued_at) filter (where state = 'queued'),
       count(*) filter (where state = 'dead'), count(*) filter (where state = 'unknown')
from notification
where site_no = %(site)s
  and (state in ('queued', 'unknown') or (state = 'dead' and finished_at > %(since)s))
group by channel
order by channel;

-- channel_states: how the channels of a site do
select channel, state, failures, not_before, reason, changed_at, delivered_at
from channel_state
where site_no = %(site)s;

-- save_channel_state: note how a channel does
insert into channel_state (site_no, channel, state, failures, not_before, reason, changed_at, delivered_at)
values (
    %(site)s, %(channel)s, %(state)s, %(failures)s, %(not_before)s, %(reason)s, %(changed_at)s, %(delivered_at)s
)
on conflict (site_no, channel) do update
set state = excluded.state, failures = excluded.failures, not_before = excluded.not_before, reason = excluded.reason,
    changed_at = excluded.changed_at, delivered_at = excluded.delivered_at;

-- message: one message of a site
select id, episode_id, seq, channel, level, body, queued_at, deadline_at, audience, thread, purpose, resident,
       stands_in_for, state, attempts, error, provider, due_at, finished_at, superseded_by, queue_no
from notification
where site_no = %(site)s and id = %(id)s;
