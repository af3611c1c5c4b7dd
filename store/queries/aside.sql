-- listed: messages set aside that fit, newest first, below a number
select id, octet_length(payload), attempts, tried_at, settled_at, outcome,
       received_at, topic, substring(payload from 1 for %(payload_bytes)s), qos, retain, codec, device, reason, detail
from quarantine
where site_no = %(site)s
  and (%(reason)s::text is null or reason = %(reason)s)
  and (%(device)s::text is null or device = %(device)s)
  and (%(since)s::timestamptz is null or received_at >= %(since)s)
  and (%(settled)s::boolean is null or (settled_at is not null) = %(settled)s)
  and (%(before)s::bigint is null or id < %(before)s)
order by id desc
limit %(limit)s;

-- one: a message set aside, by its number
select id, octet_length(payload), attempts, tried_at, settled_at, outcome,
       received_at, topic, payload, qos, retain, codec, device, reason, detail
from quarantine
where site_no = %(site)s and id = %(number)s;

-- counts: open and settled messages by reason
select reason, count(*) filter (where settled_at is null), count(*) filter (where settled_at is not null)
from quarantine
where site_no = %(site)s
group by reason
order by reason;

-- newest: the highest number there is, 0 where nothing is set aside
select coalesce(max(id), 0) from quarantine where site_no = %(site)s;

-- how_many_open: open messages that fit, up to a number
select count(*)
from quarantine
where site_no = %(site)s
  and settled_at is null
  and id <= %(until)s
  and (%(numbers)s::bigint[] is null or id = any (%(numbers)s::bigint[]))
  and (%(reason)s::text is null or reason = %(reason)s)
  and (%(device)s::text is null or device = %(device)s)
  and (%(since)s::timestamptz is null or received_at >= %(since)s);

-- open_after: open messages that fit, with all their bytes, oldest first, from a number on up to another
select id, octet_length(payload), attempts, tried_at, settled_at, outcome,
       received_at, topic, payload, qos, retain, codec, device, reason, detail
from quarantine
where site_no = %(site)s
  and settled_at is null
  and id > %(after)s and id <= %(until)s
  and (%(numbers)s::bigint[] is null or id = any (%(numbers)s::bigint[]))
  and (%(reason)s::text is null or reason = %(reason)s)
  and (%(device)s::text is null or device = %(device)s)
  and (%(since)s::timestamptz is null or received_at >= %(since)s)
order by id
limit %(limit)s;

-- senders: who sends what nobody claimed: open messages by sender, the busiest first, with the numbers of the newest
select reason, codec, device, topic, count(*), min(received_at), max(received_at),
       (array_agg(id order by id desc))[1 : %(newest)s], count(*) over ()
from quarantine
where site_no = %(site)s and settled_at is null and reason = any (%(reasons)s::text[])
group by reason, codec, device, topic
order by count(*) desc, max(id) desc
limit %(most)s;

-- messages: these messages with their bytes, newest first
select id, octet_length(payload), attempts, tried_at, settled_at, outcome,
       received_at, topic, payload, qos, retain, codec, device, reason, detail
from quarantine
where site_no = %(site)s and id = any (%(numbers)s::bigint[]) and octet_length(payload) <= %(payload_bytes)s
order by id desc;

-- take: hold a message that is still open until this transaction ends; no row where another try settled it
select id from quarantine where id = %(number)s and site_no = %(site)s and settled_at is null for update;

-- ease: let this transaction commit without waiting for the disk
set local synchronous_commit to off;

-- settle: nothing of the message is refused any more
update quarantine
set attempts = attempts + 1, tried_at = now(), settled_at = now(), outcome = %(outcome)s
where id = %(number)s;

-- refuse_again: something of the message is refused, for this reason now
update quarantine
set attempts = attempts + 1, tried_at = now(),
    outcome = %(outcome)s || case when reason = %(reason)s then '' else ' (was ' || reason || ')' end,
    reason = %(reason)s, detail = %(detail)s,
    device = coalesce(nullif(%(device)s, ''), device), codec = coalesce(nullif(%(codec)s, ''), codec)
where id = %(number)s;
