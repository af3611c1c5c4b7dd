-- save: let these states stand; what says the same stays untouched
insert into road_state as known (
    site_no, road, share, clear_since, cleared_at, last_worked_at, forward, backward, evidence
)
select %(site)s, *
from unnest(
    %(road)s::text[], %(share)s::double precision[], %(clear_since)s::timestamptz[], %(cleared_at)s::timestamptz[],
    %(last_worked_at)s::timestamptz[], %(forward)s::timestamptz[], %(backward)s::timestamptz[], %(evidence)s::text[]
)
on conflict (site_no, road) do update
set share = excluded.share, clear_since = excluded.clear_since, cleared_at = excluded.cleared_at,
    last_worked_at = excluded.last_worked_at, forward = excluded.forward, backward = excluded.backward,
    evidence = excluded.evidence, changed_by = pg_current_xact_id(), version = nextval('change_version')
where (
    known.share, known.clear_since, known.cleared_at, known.last_worked_at, known.forward, known.backward, known.evidence
) is distinct from (
    excluded.share, excluded.clear_since, excluded.cleared_at, excluded.last_worked_at, excluded.forward,
    excluded.backward, excluded.evidence
);

-- remove: roads that are no more
delete from road_state where site_no = %(site)s and road = any (%(roads)s::text[]);

-- cursor: the transaction below which everything is decided
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- latest: the states of the roads of a site, of those changed since the cursor
select road, share, clear_since, cleared_at, last_worked_at, forward, backward, evidence
from road_state
where site_no = %(site)s and changed_by >= %(cursor)s::text::xid8
order by road collate "C";

-- version: a number that grows with each change of a state, and how many roads have one
select coalesce(max(version), 0), count(*) from road_state where site_no = %(site)s;

-- note: states that are no longer what was said
insert into road_state_change (
    site_no, road, changed_at, cause, earliest, was_share, was_clear_since, was_cleared_at, was_last_worked_at,
    was_forward, was_backward, was_evidence,
    share, clear_since, cleared_at, last_worked_at, forward, backward, evidence
)
select %(site)s, *
from unnest(
    %(road)s::text[], %(changed_at)s::timestamptz[], %(cause)s::text[], %(earliest)s::timestamptz[],
    %(was_share)s::double precision[], %(was_clear_since)s::timestamptz[], %(was_cleared_at)s::timestamptz[],
    %(was_last_worked_at)s::timestamptz[], %(was_forward)s::timestamptz[], %(was_backward)s::timestamptz[],
    %(was_evidence)s::text[],
    %(share)s::double precision[], %(clear_since)s::timestamptz[], %(cleared_at)s::timestamptz[],
    %(last_worked_at)s::timestamptz[], %(forward)s::timestamptz[], %(backward)s::timestamptz[], %(evidence)s::text[]
);

-- changes: what was said otherwise before, changed in [since, until), the newest first
select id, road, changed_at, cause, earliest, was_share, was_clear_since, was_cleared_at, was_last_worked_at,
       was_forward, was_backward, was_evidence,
       share, clear_since, cleared_at, last_worked_at, forward, backward, evidence
from road_state_change
where site_no = %(site)s and changed_at >= %(since)s and changed_at < %(until)s
  and (%(roads)s::text[] is null or road = any (%(roads)s::text[]))
order by changed_at desc, id desc
limit %(most)s;
