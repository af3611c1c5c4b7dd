-- refresh_round: the next transactions to take into the summaries: from, below, and the hours they touched
with bounds as (
    select refreshed_below as since, pg_snapshot_xmin(pg_current_snapshot()) as safe from summary_state
),
boundary as (
    -- At most some 20,000 hours a round; transactions are taken whole.
    select coalesce(
        (
            select changed_by
            from observation_touched
            where changed_by > since and changed_by < safe
            order by changed_by
            offset 20000
            limit 1
        ),
        safe
    ) as below
    from bounds
)
select below::text::bigint, safe::text::bigint
from boundary, bounds;

-- touched_hours: the hours touched by transactions not yet in the summaries, below the given one, and whether rows may have left
select datastream_id, hour, bool_or(earliest is null)
from observation_touched, summary_state
where changed_by >= refreshed_below and changed_by < %(below)s::text::xid8
group by datastream_id, hour;

-- touched_days: the days of Japan touched by transactions not yet in the summaries, merged to ranges
select lower(stretch), upper(stretch)
from (
    select unnest(range_agg(tstzrange(day, day + interval '1 day'))) as stretch
    from (
        select distinct date_bin(interval '1 day', hour, timestamptz '2000-01-01 00:00+09') as day
        from observation_touched, summary_state
        where changed_by >= refreshed_below and changed_by < %(below)s::text::xid8
    ) as touched
) as merged
order by 1;

-- clear_summaries: forget the buckets of hours that rows have left, and of their days; what remains is reckoned anew
with gone as (
    select *, date_bin(interval '1 day', hour, timestamptz '2000-01-01 00:00+09') as day
    from unnest(%(datastream)s::integer[], %(hour)s::timestamptz[]) as gone (datastream_id, hour)
),
cleared_10m as (
    delete from summary_10m as part
    using gone
    where part.datastream_id = gone.datastream_id and bucket >= hour and bucket < hour + interval '1 hour'
),
cleared_1h as (
    delete from summary_1h as part using gone where part.datastream_id = gone.datastream_id and bucket = hour
)
delete from summary_1d as part
using (select distinct datastream_id, day from gone) as gone
where part.datastream_id = gone.datastream_id and bucket = day;

-- refresh_10m: reckon the 10-minute buckets of the touched hours anew from the observations
insert into summary_10m
select raw.datastream_id,
       date_bin(interval '10 minutes', raw.at, timestamptz '2000-01-01 00:00+09'),
       min(value) filter (where quality in (1, 2, 3)),
       max(value) filter (where quality in (1, 2, 3)),
       sum(value) filter (where quality in (1, 2, 3)),
       (array_agg(value order by at desc) filter (where quality in (1, 2, 3)))[1],
       max(at) filter (where quality in (1, 2, 3)),
       count(*) filter (where quality = 1),
       count(*) filter (where quality = 2),
       count(*) filter (where quality = 3),
       count(*) filter (where quality = 4),
       count(*) filter (where quality = 9)
from unnest(%(datastream)s::integer[], %(hour)s::timestamptz[]) as touched (datastream_id, hour)
cross join lateral (
    select datastream_id, at, value, quality
    from observation
    where observation.datastream_id = touched.datastream_id
      and at >= touched.hour and at < touched.hour + interval '1 hour'
) as raw
group by 1, 2
on conflict (datastream_id, bucket) do update
set low = excluded.low, high = excluded.high, total = excluded.total, last_value = excluded.last_value,
    last_at = excluded.last_at, good = excluded.good, unevaluated = excluded.unevaluated, suspect = excluded.suspect,
    failed = excluded.failed, missing = excluded.missing;

-- refresh_1h: reckon the touched hours anew from the 10-minute buckets
insert into summary_1h
select part.datastream_id,
       touched.hour,
       min(low),
       max(high),
       sum(total),
       (array_agg(last_value order by last_at desc) filter (where last_at is not null))[1],
       max(last_at),
       sum(good)::bigint,
       sum(unevaluated)::bigint,
       sum(suspect)::bigint,
       sum(failed)::bigint,
       sum(missing)::bigint
from unnest(%(datastream)s::integer[], %(hour)s::timestamptz[]) as touched (datastream_id, hour)
cross join lateral (
    select *
    from summary_10m
    where summary_10m.datastream_id = touched.datastream_id
      and bucket >= touched.hour and bucket < touched.hour + interval '1 hour'
) as part
group by 1, 2
on conflict (datastream_id, bucket) do update
set low = excluded.low, high = excluded.high, total = excluded.total, last_value = excluded.last_value,
    last_at = excluded.last_at, good = excluded.good, unevaluated = excluded.unevaluated, suspect = excluded.suspect,
    failed = excluded.failed, missing = excluded.missing;

-- refresh_1d: reckon the days of Japan the touched hours lie in anew from the hours
insert into summary_1d
select part.datastream_id,
       touched.day,
       min(low),
       max(high),
       sum(total),
       (array_agg(last_value order by last_at desc) filter (where last_at is not null))[1],
       max(last_at),
       sum(good)::bigint,
       sum(unevaluated)::bigint,
       sum(suspect)::bigint,
       sum(failed)::bigint,
       sum(missing)::bigint
from (
    select distinct datastream_id, date_bin(interval '1 day', hour, timestamptz '2000-01-01 00:00+09') as day
    from unnest(%(datastream)s::integer[], %(hour)s::timestamptz[]) as given (datastream_id, hour)
) as touched
cross join lateral (
    select *
    from summary_1h
    where summary_1h.datastream_id = touched.datastream_id
      and bucket >= touched.day and bucket < touched.day + interval '1 day'
) as part
group by 1, 2
on conflict (datastream_id, bucket) do update
set low = excluded.low, high = excluded.high, total = excluded.total, last_value = excluded.last_value,
    last_at = excluded.last_at, good = excluded.good, unevaluated = excluded.unevaluated, suspect = excluded.suspect,
    failed = excluded.failed, missing = excluded.missing;

-- lock_summaries: one refresh at a time
select pg_advisory_xact_lock(hashtext('yukimori summaries'));

-- refreshed: the summaries hold every transaction below this one
update summary_state set refreshed_below = greatest(refreshed_below, %(below)s::text::xid8);

-- rewind: after a restore into another cluster its transaction numbers start anew
update summary_state
set refreshed_below = '0', pruned_below = '0'
where refreshed_below > pg_current_xact_id();

-- prune_touched: forget touched hours that are in the summaries and that no evaluator is expected to ask for
with pruned as (
    delete from observation_touched
    where touched_at < %(before)s and changed_by < (select refreshed_below from summary_state)
    returning changed_by
)
update summary_state
set pruned_below = greatest(pruned_below, (select max(changed_by::text::bigint + 1)::text::xid8 from pruned))
where exists (select from pruned);

-- prune_reckoned: forget hours that nothing arrived in, once they are reckoned anew: nobody else asks for them
delete from observation_touched
where earliest is null and changed_by < (select refreshed_below from summary_state);

-- fold_counters: keep one row a day of the counters older than this
with folded as (
    delete from ingest_counter
    where minute < %(before)s and minute <> date_trunc('day', minute, 'UTC')
    returning site_no, minute, name, count
)
insert into ingest_counter as known (site_no, minute, name, count)
select site_no, date_trunc('day', minute, 'UTC'), name, sum(count)
from folded
group by 1, 2, 3
on conflict (site_no, minute, name) do update set count = known.count + excluded.count;

-- forget_quarantine: keep the newest of each reason, bounded in number and in bytes; count what goes
with newest_first as (
    select id, row_number() over newest as place, sum(octet_length(payload)) over newest as bytes
    from quarantine
    where reason <> 'unknown-device'
    window newest as (partition by site_no, reason order by id desc)
),
forgotten as (
    delete from quarantine
    using newest_first
    where quarantine.id = newest_first.id and (place > %(most)s or bytes > %(most_bytes)s)
    returning site_no
)
insert into ingest_counter as known (site_no, minute, name, count)
select site_no, date_trunc('minute', now()), 'quarantine_forgotten', count(*)
from forgotten
group by 1
on conflict (site_no, minute, name) do update set count = known.count + excluded.count;

-- forget_unknown: of unknown devices keep the first and the newest few of each, in turns, bounded in all; count what goes
with message as (
    -- Windows only: joined with a list of its devices this would take a look at each device for each message.
    select id, site_no, octet_length(payload) as size,
           row_number() over (sender order by id) as from_first,
           row_number() over (sender order by id desc) as from_newest,
           max(received_at) over sender - min(received_at) over sender as known_for,
           min(id) over sender as first_id,
           max(id) over sender as newest_id
    from quarantine
    where reason = 'unknown-device'
    window sender as (partition by site_no, device)
),
placed as (
    -- Every other place is for a device that has been at it for long, and every other for one heard just now: a
    -- thousand made-up names of one moment push out neither.
    select *,
           least(
               2 * dense_rank() over (partition by site_no order by known_for desc, first_id),
               2 * dense_rank() over (partition by site_no order by newest_id desc) - 1
           ) as sender_place
    from message
),
in_turns as (
    select id, from_first, from_newest, row_number() over turns as place, sum(size) over turns as bytes
    from placed
    window turns as (
        partition by site_no
        order by case when from_first <= %(first)s then 1 else from_newest end, sender_place, id desc
    )
),
forgotten as (
    delete from quarantine
    where id = any (
        array(
            select id
            from in_turns
            where (from_first > %(first)s and from_newest > %(newest)s) or place > %(most)s or bytes > %(most_bytes)s
        )
    )
    returning site_no
)
insert into ingest_counter as known (site_no, minute, name, count)
select site_no, date_trunc('minute', now()), 'quarantine_forgotten', count(*)
from forgotten
group by 1
on conflict (site_no, minute, name) do update set count = known.count + excluded.count;

-- forget_old_quarantine: forget what a site keeps no longer; count what goes
with forgotten as (
    delete from quarantine
    using retention
    where quarantine.site_no = retention.site_no and received_at < %(now)s - retention.quarantine
    returning quarantine.site_no
)
insert into ingest_counter as known (site_no, minute, name, count)
select site_no, date_trunc('minute', now()), 'quarantine_forgotten', count(*)
from forgotten
group by 1
on conflict (site_no, minute, name) do update set count = known.count + excluded.count;

-- forget_conflicts: keep the newest second values; a device that repeats itself wrongly must not fill the disk
with observations as (
    delete from observation_conflict where id <= (select max(id) from observation_conflict) - %(most)s
)
delete from vehicle_conflict where id <= (select max(id) from vehicle_conflict) - %(most)s;

-- create_partitions: make the partitions of the accepted window around the given instant, or the server's now
select create_partitions(parent, array(select generate_series(around - %(behind)s, around + %(ahead)s, interval '1 day')))
from unnest(array['observation', 'vehicle_position']) as parent
cross join coalesce(%(now)s::timestamptz, now()) as around;

-- take_turn: whether this session may refresh now; another may be at it
select pg_try_advisory_lock(hashtext('yukimori summaries'));

-- end_turn: let others refresh
select pg_advisory_unlock(hashtext('yukimori summaries'));

-- idle_jobs: the policies to compress that no scheduler has ever started, as where none runs
select job_id
from timescaledb_information.jobs
left join timescaledb_information.job_stats using (job_id)
where proc_name = 'policy_compression' and last_run_started_at is null
order by job_id;

-- next_rebuild: take the oldest span to be reckoned anew off the list
delete from summary_rebuild
where since = (select min(since) from summary_rebuild)
returning since, until;

-- list_hours: list every hour with rows in [since, until) as touched, without anything having arrived
insert into observation_touched (datastream_id, hour, by_judge)
select distinct datastream_id, date_trunc('hour', at, 'UTC'), true
from observation
where at >= %(since)s and at < %(until)s;
