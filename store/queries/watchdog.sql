-- pass: note that the newest beat has passed a hop
insert into watchdog_hop as known (site_no, hop, beat_at, at)
values (%(site)s, %(hop)s, %(beat_at)s, %(at)s)
on conflict (site_no, hop) do update
set beat_at = greatest(known.beat_at, excluded.beat_at), at = greatest(known.at, excluded.at);

-- hops: when a beat passed each hop last: into the store, over the rule, over the channel
select 'store' as hop, at from device_seen where site_no = %(site)s and device = %(device)s
union all
select hop, at from watchdog_hop where site_no = %(site)s
union all
select 'channel', delivered_at
from channel_state
where site_no = %(site)s and channel = %(channel)s and delivered_at is not null;
