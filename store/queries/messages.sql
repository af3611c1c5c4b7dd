-- one_at_a_time: decisions about the messages of a site are made one after another, to the end of this transaction
select pg_advisory_xact_lock(72526, %(site)s);

-- add: a new message
insert into resident_message (
    site_no, id, mode, kind, refers_to, state, version, hazard, area, level, made_at, hands, approved_by, approved_at,
    send_at, document
)
values (
    %(site)s, %(id)s, %(mode)s, %(kind)s, %(refers_to)s, %(state)s, %(version)s, %(hazard)s, %(area)s, %(level)s,
    %(made_at)s, %(hands)s, %(approved_by)s, %(approved_at)s, %(send_at)s, %(document)s
);

-- change: how a message stands now
update resident_message
set mode = %(mode)s, kind = %(kind)s, refers_to = %(refers_to)s, made_at = %(made_at)s, state = %(state)s,
    version = %(version)s, hazard = %(hazard)s, area = %(area)s, level = %(level)s, hands = %(hands)s,
    approved_by = %(approved_by)s, approved_at = %(approved_at)s, send_at = %(send_at)s, document = %(document)s
where site_no = %(site)s and id = %(id)s;

-- remove: delete a message nobody approved
delete from resident_message where site_no = %(site)s and id = %(id)s;

-- one: one message
select document from resident_message where site_no = %(site)s and id = %(id)s;

-- listed: the messages begun, approved or sent since, newest first
select document
from resident_message
where site_no = %(site)s
  and (made_at >= %(since)s or approved_at >= %(since)s or state in ('draft', 'submitted', 'approved'))
order by made_at desc, id
limit %(most)s;

-- followers: the messages that refer to one, oldest first
select document
from resident_message
where site_no = %(site)s and refers_to = %(id)s
order by made_at, id;

-- recent: the newest message of an area and hazard that was approved or went out since, other than this one
select document
from resident_message
where site_no = %(site)s and area = %(area)s and hazard = %(hazard)s and kind = 'message' and id <> %(id)s
  and state in ('approved', 'queued') and approved_at >= %(since)s
order by approved_at desc
limit 1;

-- due: approved messages whose cancel window is over, and those nobody approved in time
select id
from resident_message
where site_no = %(site)s
  and (state = 'approved' and (send_at <= %(now)s or approved_at > %(set_back)s) or state in ('draft', 'submitted') and made_at <= %(left_over)s)
order by level desc, send_at, made_at, id;

-- unfinished: the messages begun until an instant that are not at their end
select id
from resident_message
where site_no = %(site)s and state in ('draft', 'submitted', 'approved') and made_at <= %(before)s
order by made_at, id;

-- note: a line of the decision log
insert into resident_message_step (site_no, message_id, at, who, act, digest, known)
values (%(site)s, %(id)s, %(at)s, %(who)s, %(act)s, %(digest)s, %(known)s);

-- steps: the decision log of one message, in order
select at, who, act, digest, known
from resident_message_step
where site_no = %(site)s and message_id = %(id)s
order by no;

-- superseded: what waits of a thread and was never tried makes room; the channels it would have gone by
update notification
set state = 'superseded', finished_at = %(now)s, error = 'a later message to residents took its place'
where site_no = %(site)s and thread = %(thread)s and resident and state = 'queued' and attempts = 0
  and queued_at < %(now)s
returning channel;

-- deliveries: what became of the messages of a thread on each channel
select id, channel, state, attempts, error, finished_at, queued_at
from notification
where site_no = %(site)s and thread = %(thread)s and resident
order by queue_no;

-- episode: what an episode says now: whether it is a shadow's, closed, doubted, and every fact of it
select episode.shadow, episode.closed_at, telling.unconfirmed, case when telling.let_go_at is null then telling.body end
from episode
left join lateral (
    select unconfirmed, body, let_go_at from telling where telling.episode_id = episode.id order by seq desc limit 1
) as telling on true
where episode.site_no = %(site)s and episode.id = %(id)s;
