-- hold: one seal at a time for each site
select pg_advisory_xact_lock(hashtext('yukimori diary'), %(site)s);

-- last: the seal all later ones build on
select digest from plough_diary where site_no = %(site)s order by no desc limit 1;

-- current: the newest seal of a vehicle's day
select vehicle, day, revision, document, previous, digest, made_at, made_by
from plough_diary
where site_no = %(site)s and vehicle = %(vehicle)s and day = %(day)s
order by revision desc
limit 1;

-- seal: add a seal to the chain
insert into plough_diary (site_no, vehicle, day, revision, document, previous, digest, made_at, made_by)
values (
    %(site)s, %(vehicle)s, %(day)s, %(revision)s, %(document)s, %(previous)s, %(digest)s, %(made_at)s, %(made_by)s
);

-- by_digest: the seal with a digest
select vehicle, day, revision, document, previous, digest, made_at, made_by
from plough_diary
where site_no = %(site)s and digest = %(digest)s;

-- listed: the newest seal of each vehicle and day in [since, until], the oldest day first
select distinct on (day, vehicle) vehicle, day, revision, document, previous, digest, made_at, made_by
from plough_diary
where site_no = %(site)s and day >= %(since)s and day <= %(until)s
order by day, vehicle, revision desc;

-- chain: all seals of a site after one of them, in the order they were made
select no, vehicle, day, revision, document, previous, digest, made_at, made_by
from plough_diary
where site_no = %(site)s and no > %(after)s
order by no
limit %(most)s;

-- note_paper: a paper was written of a seal; the same bytes are noted once
insert into plough_diary_paper (site_no, sha256, digest, form, language, made_at)
values (%(site)s, %(sha256)s, %(digest)s, %(form)s, %(language)s, %(made_at)s)
on conflict do nothing;

-- of_paper: the seal a paper was written of
select vehicle, day, revision, document, previous, seal.digest, seal.made_at, made_by
from plough_diary_paper as paper
join plough_diary as seal using (site_no, digest)
where site_no = %(site)s and sha256 = %(sha256)s;
