-- add: keep a subscription; the same address again brings new keys
insert into push_subscription (site_no, channel, digest, endpoint, p256dh, auth, language, since)
values (%(site)s, %(channel)s, sha256(convert_to(%(endpoint)s::text, 'UTF8')), %(endpoint)s, %(p256dh)s, %(auth)s, %(language)s, %(at)s)
on conflict (site_no, channel, digest) do update
set p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language;

-- remove: forget a subscription
delete from push_subscription
where site_no = %(site)s and channel = %(channel)s and digest = sha256(convert_to(%(endpoint)s::text, 'UTF8'));

-- drop: forget subscriptions whose browsers are gone
delete from push_subscription where site_no = %(site)s and number = any (%(numbers)s);

-- of_channel: the subscriptions of a channel, oldest first
select number, endpoint, p256dh, auth, language
from push_subscription
where site_no = %(site)s and channel = %(channel)s
order by number;

-- count: how many subscriptions a channel has
select count(*) from push_subscription where site_no = %(site)s and channel = %(channel)s;
