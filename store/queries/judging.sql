-- standing: where the judge of a site stands, what is decided, below what touched hours are forgotten
select coalesce(
           -- After a restore into another cluster its transaction numbers start anew.
           (
               select judged_below::text::bigint
               from judge_state
               where site_no = %(site)s and judged_below <= pg_snapshot_xmax(pg_current_snapshot())
           ),
           0
       ),
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (select pruned_below::text::bigint from summary_state);

-- pending: the hours touched by the next transactions to be judged, oldest first, transactions whole
with mine as (
    select touched.changed_by, touched.datastream_id, touched.hour, touched.earliest
    from observation_touched as touched
    join datastream on datastream.no = touched.datastream_id
    where touched.changed_by >= %(cursor)s::text::xid8
      and touched.changed_by <> all (%(done)s::text[]::xid8[])
      and not touched.by_judge
      and datastream.site_no = %(site)s and datastream.enabled
)
select changed_by::text::bigint, datastream_id, hour, earliest
from mine
where changed_by <= coalesce(
    (select changed_by from mine order by changed_by offset %(most)s - 1 limit 1), '18446744073709551615'::xid8
)
order by changed_by;

-- unsettled: the datastreams of which rows came that their judge has not seen, or that changed at or after the cursor
select distinct touched.datastream_id
from judge_state as judge
join observation_touched as touched on touched.changed_by >= least(judge.judged_below, %(cursor)s::text::xid8)
join datastream on datastream.no = touched.datastream_id
where judge.site_no = %(site)s and datastream.site_no = %(site)s
  and touched.earliest is not null
  and (touched.changed_by >= %(cursor)s::text::xid8 or not touched.by_judge and touched.changed_by >= judge.judged_below);

-- listed_from: the transaction from which on the list of touched hours is complete
select pruned_below::text::bigint from summary_state;

-- watermarks: how far the datastreams of a site have been judged, by which limits, and the time of the newest row
select judged.datastream_id, judged.through, judged.limits_version, newest.at
from judged
join datastream on datastream.no = judged.datastream_id
cross join lateral (
    select at from observation where observation.datastream_id = judged.datastream_id order by at desc limit 1
) as newest
where datastream.site_no = %(site)s and datastream.enabled;

-- extent: the times of the oldest and the newest row of a datastream in [since, until)
select min(at), max(at)
from observation
where datastream_id = %(datastream)s and at >= %(since)s and at < %(until)s;

-- stretches: the rows of datastreams in [since, until), one array a column, in order of event time
select wanted.place, stretch.*
from unnest(%(datastream)s::integer[], %(since)b::timestamptz[], %(until)b::timestamptz[])
    with ordinality as wanted (datastream_id, since, until, place)
cross join lateral (
    -- A double holds a time of our centuries to a quarter of a microsecond, so the rounding gives it exactly.
    select array_agg((date_part('epoch', at) * 1000000)::bigint), array_agg(value), array_agg(raw_value),
           array_agg(quality), array_agg(reasons), array_agg(tests),
           array(
               select distinct (date_part('epoch', conflict.at) * 1000000)::bigint
               from observation_conflict as conflict
               where conflict.datastream_id = wanted.datastream_id
                 and conflict.at >= wanted.since and conflict.at < wanted.until
           )
    from (
        select at, value, raw_value, quality, reasons, tests
        from observation
        where observation.datastream_id = wanted.datastream_id
          and at >= wanted.since and at < wanted.until
          -- Said once more without the join, so that the planner leaves out what is older or newer from the start.
          and at >= %(oldest)s and at < %(newest)s
        order by at
    ) as row
) as stretch
order by wanted.place;

-- lift_decompression_limit: in this transaction compressed data may be opened, however much of it
select set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);

-- write_verdicts: new flags for rows of one datastream that still stand as they were read; note the change; how many
with given as (
    select *
    from unnest(
        %(at)b::timestamptz[],
        %(was_value)b::double precision[], %(was_quality)s::smallint[], %(was_reasons)s::integer[], %(was_tests)s::integer[],
        %(value)b::double precision[], %(quality)s::smallint[], %(reasons)s::integer[], %(tests)s::integer[]
    ) as row (at, was_value, was_quality, was_reasons, was_tests, value, quality, reasons, tests)
),
changed as (
    update observation
    set value = given.value, quality = given.quality, reasons = given.reasons, tests = given.tests
    from given
    -- The bounds beside the join let compressed data be opened by the batch, not by the chunk.
    where observation.datastream_id = %(datastream)s
      and observation.at >= %(since)s and observation.at <= %(until)s
      and observation.at = given.at
      and observation.value is not distinct from given.was_value
      and observation.quality = given.was_quality
      and observation.reasons = given.was_reasons
      and observation.tests is not distinct from given.was_tests
    returning observation.at, given.value is distinct from given.was_value as revalued
),
touched as (
    -- A flag is no news for the judge; another value is, for all that depends on it.
    insert into observation_touched (datastream_id, hour, earliest, by_judge)
    select %(datastream)s, date_trunc('hour', at, 'UTC'), min(at), not bool_or(revalued)
    from changed
    group by 2
),
noted as (
    insert into observation_verdict (
        datastream_id, at, limits_version, cause,
        was_value, was_quality, was_reasons, was_tests, value, quality, reasons, tests
    )
    select %(datastream)s, at, %(limits_version)s, %(cause)s,
           was_value, was_quality, was_reasons, was_tests, value, quality, reasons, tests
    from given
    where at in (select at from changed)
    order by at
)
select count(*) from changed;

-- hold_latest: hold the latest values that rows changed as late as this may concern, in the order everyone takes them
select known.datastream_id
from observation_latest as known
join unnest(%(datastream)s::integer[], %(newest)s::timestamptz[]) as changed (datastream_id, newest) using (datastream_id)
where changed.newest >= known.at or known.quality not in (1, 2, 3)
order by known.datastream_id
for update of known;

-- settle_latest: the newest usable value of these datastreams becomes the latest, older or not where the row is held
insert into observation_latest as known (datastream_id, at, value, quality, reasons, received_at)
select wanted.datastream_id, usable.at, usable.value, usable.quality, usable.reasons, usable.received_at
from unnest(%(datastream)s::integer[]) as wanted (datastream_id)
cross join lateral (
    select at, value, quality, reasons, received_at
    from observation
    where observation.datastream_id = wanted.datastream_id
      and quality in (1, 2, 3) and at <= received_at + interval '10 minutes'
      -- A time still to come was given by a clock of ours that has been set back since (insert_observations).
      and at <= now() + interval '10 minutes'
    order by at desc
    limit 1
) as usable
order by wanted.datastream_id
on conflict (datastream_id) do update
set at = excluded.at, value = excluded.value, quality = excluded.quality, reasons = excluded.reasons,
    received_at = excluded.received_at, changed_by = pg_current_xact_id(), version = nextval('change_version')
where (known.at, known.value, known.quality, known.reasons)
          is distinct from (excluded.at, excluded.value, excluded.quality, excluded.reasons)
  and (known.datastream_id = any (%(held)s::integer[]) or excluded.at > known.at);

-- empty_latest: where no usable value is left, say so: no value, failed
update observation_latest as known
set value = null, quality = 4, reasons = failed.reasons, changed_by = pg_current_xact_id(),
    version = nextval('change_version')
from observation as failed
where known.datastream_id = any (%(held)s::integer[])
  and known.quality in (1, 2, 3)
  and failed.datastream_id = known.datastream_id and failed.at = known.at
  and failed.quality not in (1, 2, 3);

-- note_watermarks: datastreams have been judged through these times; the limits of their history stay as noted
-- A time still to come (a clock of ours was ahead) says nothing of the rows that come before it.
insert into judged as known (datastream_id, through, limits_version)
select datastream_id, least(through, now()), limits_version
from unnest(%(datastream)s::integer[], %(through)s::timestamptz[], %(limits_version)s::text[])
    as row (datastream_id, through, limits_version)
on conflict (datastream_id) do update
set through = greatest(known.through, excluded.through), judged_at = now();

-- note_requality: the whole history of a datastream was judged by these limits
insert into judged as known (datastream_id, through, limits_version)
values (%(datastream)s, %(through)s, %(limits_version)s)
on conflict (datastream_id) do update
set limits_version = excluded.limits_version, through = greatest(known.through, excluded.through), judged_at = now()
where known.limits_version <> excluded.limits_version or known.through < excluded.through;

-- note_cursor: every transaction below this one has been judged
insert into judge_state (site_no, judged_below)
values (%(site)s, %(cursor)s::text::xid8)
on conflict (site_no) do update set judged_below = excluded.judged_below;

-- verdicts: every change of the flags of a datastream in [since, until), oldest first
select at, judged_at, limits_version, cause,
       was_value, was_quality, was_reasons, was_tests, value, quality, reasons, tests
from observation_verdict
where datastream_id = %(datastream)s and at >= %(since)s and at < %(until)s
order by at, id
limit %(most)s;

-- forget_verdicts: keep the newest changes
delete from observation_verdict where id <= (select max(id) from observation_verdict) - %(most)s;
