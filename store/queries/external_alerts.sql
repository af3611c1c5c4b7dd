-- hold: let one report after the other change the alerts of a site
select no from site where no = %(site)s for no key update;

-- newest: the newest activation of each of these identities
select distinct on (fingerprint) no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until, received_at
from external_alert
where site_no = %(site)s and fingerprint = any (%(fingerprints)s::text[])
order by fingerprint, number desc;

-- put: save alerts as they stand
insert into external_alert (
    site_no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until, received_at
)
select %(site)s, row.*
from jsonb_to_recordset(%(rows)s) as row (
    fingerprint text, number integer, labels jsonb, annotations jsonb, starts_at timestamptz, ends_at timestamptz,
    lasts_until timestamptz, received_at timestamptz
)
on conflict (site_no, fingerprint, number) do update
set labels = excluded.labels, annotations = excluded.annotations, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, lasts_until = excluded.lasts_until, received_at = excluded.received_at,
    version = nextval('change_version');

-- count_open: how many are not over
select count(*) from external_alert where site_no = %(site)s and ends_at is null;

-- expire: what was not reported again in time is over since then
update external_alert
set ends_at = greatest(lasts_until, starts_at), version = nextval('change_version')
where site_no = %(site)s and ends_at is null and lasts_until <= %(now)s;

-- in_play: those that are not over, and these others
select no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until, received_at
from external_alert
where site_no = %(site)s and (ends_at is null or no = any (%(numbers)s::bigint[]))
order by no;

-- recent: those that are not over and those that ended after an instant, the newest first
select no, fingerprint, number, labels, annotations, starts_at, ends_at, lasts_until, received_at
from external_alert
where site_no = %(site)s and (ends_at is null or ends_at > %(since)s)
order by starts_at desc, no desc
limit %(most)s;

-- forget: drop what was over before an instant
delete from external_alert where site_no = %(site)s and ends_at < %(before)s;
