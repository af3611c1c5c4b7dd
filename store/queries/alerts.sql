-- instances: the state of every rule on every target of a site
select rule, target, rule_version, state, trouble from instance where site_no = %(site)s order by rule, target;

-- upsert_instances: save the state of instances
insert into instance (site_no, rule, target, rule_version, state, trouble)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (rule text, target text, rule_version text, state jsonb, trouble jsonb)
on conflict (site_no, rule, target) do update
set rule_version = excluded.rule_version, state = excluded.state, trouble = excluded.trouble;

-- next_fence: the next number of an evaluator of the site
insert into evaluator_fence (site_no, number) values (%(site)s, 1)
on conflict (site_no) do update set number = evaluator_fence.number + 1
returning number;

-- fence: the number of the newest evaluator of the site, held still until this transaction ends
select number from evaluator_fence where site_no = %(site)s for share;

-- shadow_episodes: what shadow rules would have told, open or closed since, newest first
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow
from episode
where site_no = %(site)s and shadow and (closed_at is null or closed_at >= %(since)s)
order by opened_at desc, id;

-- open_episodes: the episodes of a site that are not over, oldest first
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow,
       coalesce((select told.unconfirmed from telling as told where told.episode_id = id order by told.seq desc limit 1), false)
from episode
where site_no = %(site)s and closed_at is null and not shadow
order by opened_at, id;

-- recent_episodes: the open episodes and those closed since, newest first
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow,
       coalesce((select told.unconfirmed from telling as told where told.episode_id = id order by told.seq desc limit 1), false)
from episode
where site_no = %(site)s and not shadow and (closed_at is null or closed_at >= %(since)s)
order by opened_at desc, id;

-- changed_episodes: the episodes changed since the cursor, open or over
select id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome, shadow,
       coalesce((select told.unconfirmed from telling as told where told.episode_id = id order by told.seq desc limit 1), false)
from episode
where site_no = %(site)s and not shadow and changed_by >= %(cursor)s::text::xid8
order by version;

-- upsert_episodes: save episodes
insert into episode (
    site_no, id, rule, target, level, stale, recovering, opened_at, detected_at, value, peak, closed_at, outcome,
    shadow
)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    id uuid, rule text, target text, level smallint, stale boolean, recovering boolean, opened_at timestamptz,
    detected_at timestamptz, value double precision, peak double precision, closed_at timestamptz, outcome text,
    shadow boolean
)
on conflict (id) do update
set level = excluded.level, stale = excluded.stale, recovering = excluded.recovering, value = excluded.value,
    peak = excluded.peak, closed_at = excluded.closed_at, outcome = excluded.outcome,
    changed_by = pg_current_xact_id(), version = nextval('change_version');

-- transitions: the steps of these episodes, in order, each with whether the telling that speaks of it called it unconfirmed
select episode_id, seq, kind, from_level, to_level, at, detected_at, value, cause, rule_version,
       coalesce(
           (select told.unconfirmed from telling as told
            where told.episode_id = step.episode_id and told.seq >= step.seq order by told.seq limit 1),
           (select told.unconfirmed from telling as told
            where told.episode_id = step.episode_id and told.seq < step.seq order by told.seq desc limit 1),
           false
       )
from transition as step
where episode_id = any (%(episodes)s::uuid[])
order by episode_id, seq;

-- insert_transitions: append steps; a step that exists already means two evaluators, and is refused
insert into transition (episode_id, seq, kind, from_level, to_level, at, detected_at, value, cause, rule_version)
select *
from jsonb_to_recordset(%(rows)s) as row (
    episode_id uuid, seq integer, kind text, from_level smallint, to_level smallint, at timestamptz,
    detected_at timestamptz, value double precision, cause text, rule_version text
);

-- insert_tellings: note what has to be told; what is noted already stays as it is
insert into telling (
    site_no, episode_id, seq, rule, target, kind, level, reach, at, queued_at, body, retroactive, unconfirmed, health
)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    episode_id uuid, seq integer, rule text, target text, kind text, level smallint, reach smallint, at timestamptz,
    queued_at timestamptz, body jsonb, retroactive boolean, unconfirmed boolean, health boolean
)
on conflict (episode_id, seq) do nothing;

-- untold: what has to be told and has not been yet, oldest first
select episode_id, seq, rule, target, kind, level, reach, at, queued_at, body, retroactive, unconfirmed, health
from telling
where site_no = %(site)s and told_at is null
order by queued_at, episode_id, seq;

-- told: note what became of what had to be told
update telling
set told_at = %(now)s, verdict = row.verdict
from jsonb_to_recordset(%(rows)s) as row (episode_id uuid, seq integer, verdict text)
where telling.episode_id = row.episode_id and telling.seq = row.seq and told_at is null;
