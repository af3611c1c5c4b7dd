-- known: which of these digests were taken in or refused already
select digest from jma_telegram where site_no = %(site)s and digest = any(%(digests)s::bytea[])
union
select digest from jma_refused where site_no = %(site)s and digest = any(%(digests)s::bytea[]);

-- named: which of these files or addresses were taken in or refused already
select name from jma_telegram where site_no = %(site)s and name = any(%(names)s::text[])
union
select name from jma_refused where site_no = %(site)s and name = any(%(names)s::text[]);

-- add: keep a telegram; what is there already stays as it is
insert into jma_telegram (
    site_no, digest, name, received_at, verdict, type, office, title, info_type, report_at, content
)
values (
    %(site)s, %(digest)s, %(name)s, %(received_at)s, %(verdict)s, %(type)s, %(office)s, %(title)s, %(info_type)s,
    %(report_at)s, %(content)s
)
on conflict (site_no, digest) do nothing;

-- refuse: keep what could not be read
insert into jma_refused (site_no, digest, name, received_at, reason, detail, raw)
values (%(site)s, %(digest)s, %(name)s, %(received_at)s, %(reason)s, %(detail)s, %(raw)s)
on conflict (site_no, digest) do nothing;

-- hold: one at a time adds up the telegrams of a site
insert into jma_look as known (site_no, looked_at, read_at, error)
values (%(site)s, %(now)s, %(read_at)s, %(error)s)
on conflict (site_no) do update
set looked_at = greatest(known.looked_at, excluded.looked_at),
    read_at = greatest(known.read_at, excluded.read_at),
    error = excluded.error;

-- live: what the telegrams that count say, in the order of arrival
select content from jma_telegram
where site_no = %(site)s and verdict = 'live' and report_at >= %(since)s
order by no;

-- standing: the warnings in force
select content from jma_warning where site_no = %(site)s order by area, type, kind, subject;

-- clear: no warning is in force any more
delete from jma_warning where site_no = %(site)s;

-- stand: a warning is in force
insert into jma_warning (site_no, type, area, kind, subject, content)
values (%(site)s, %(type)s, %(area)s, %(kind)s, %(subject)s, %(content)s);

-- change: note what began, changed or ended
insert into jma_change (site_no, known_at, change, content)
values (%(site)s, %(now)s, %(change)s, %(content)s);

-- changes: what began, changed and ended in a time, in order
select known_at, change, content from jma_change
where site_no = %(site)s and known_at >= %(since)s and known_at < %(until)s
order by no;

-- look: when it was looked last, when with success, what was wrong, and the newest telegram that counts
select looked_at, read_at, error, (
    select max(report_at) from jma_telegram where site_no = %(site)s and verdict = 'live'
)
from jma_look where site_no = %(site)s;

-- counts: how many telegrams there are of each verdict and type
select verdict, type, count(*) from jma_telegram where site_no = %(site)s group by verdict, type order by verdict, type;

-- refused: what could not be read, the newest first
select name, received_at, reason, detail from jma_refused
where site_no = %(site)s order by no desc limit %(most)s;

-- forget: telegrams that cannot matter any more, and old ones that could not be read
with gone as (
    delete from jma_telegram where site_no = %(site)s and received_at < %(before)s and verdict in ('elsewhere', 'unknown')
)
delete from jma_refused where site_no = %(site)s and received_at < %(before)s;
