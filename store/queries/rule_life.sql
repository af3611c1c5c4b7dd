-- end: what is evaluated otherwise now, or was not for longer than is caught up with, is over
update rule_life
set ended = true
where site_no = %(site)s and not ended and (
    seen_at < %(caught_up_from)s
    or not exists (
        select
        from jsonb_to_recordset(%(rows)s) as row (rule text, version text, state text)
        where row.rule = rule_life.rule and row.version = rule_life.version and row.state = rule_life.state
    )
);

-- evaluated: what is evaluated now begins, or goes on
insert into rule_life (site_no, rule, version, state, since, seen_at, ended, plan)
select %(site)s, row.rule, row.version, row.state, %(now)s, %(now)s, false, row.plan
from jsonb_to_recordset(%(rows)s) as row (rule text, version text, state text, plan jsonb)
on conflict (site_no, rule) where not ended do update set seen_at = greatest(rule_life.seen_at, excluded.seen_at);

-- approve: people let a version become active
insert into rule_life (site_no, rule, version, state, since, seen_at, ended, plan, note)
values (%(site)s, %(rule)s, %(version)s, 'approved', %(at)s, %(at)s, true, %(plan)s, %(note)s);

-- lives: all of it, in the order it was written
select rule, version, version, state, since, seen_at, ended, plan, note
from rule_life
where site_no = %(site)s
order by no;

-- site_number: the number of a site that is known already
select no from site where id = %(id)s;
