-- add: a new account; nothing where the name is taken
insert into account (id, site_no, name, shown_name, role, password_digest, password_lent, second_factor, fictitious, created_at)
values (
    %(id)s, %(site)s, %(name)s, %(shown_name)s, %(role)s, %(password)s, %(lent)s, %(factor)s, %(fictitious)s, %(at)s
)
on conflict (site_no, name) do nothing;

-- listed: every account of a site, by name
select id, name, shown_name, role, second_factor is not null, password_lent, fictitious, created_at, disabled_at, signed_in_at
from account
where site_no = %(site)s
order by name;

-- secrets: what a sign-in is checked against, by name or by id
select id, name, shown_name, role, second_factor is not null, password_lent, fictitious, created_at, disabled_at,
       signed_in_at, password_digest, second_factor, offered_factor
from account
where site_no = %(site)s and (name = %(name)s or id = %(id)s);

-- set_role: another role or shown name; what is null stays
update account
set role = coalesce(%(role)s, role), shown_name = coalesce(%(shown_name)s, shown_name)
where site_no = %(site)s and id = %(id)s;

-- set_password: another password
update account
set password_digest = %(password)s, password_lent = %(lent)s
where site_no = %(site)s and id = %(id)s;

-- disable: the account cannot be used from now on; one that was disabled keeps its time
update account
set disabled_at = %(at)s
where site_no = %(site)s and id = %(id)s and disabled_at is null;

-- enable: the account can be used again
update account
set disabled_at = null
where site_no = %(site)s and id = %(id)s and disabled_at is not null;

-- offer_factor: a second factor, to be confirmed by a code of it
update account
set offered_factor = %(factor)s
where site_no = %(site)s and id = %(id)s;

-- confirm_factor: the offered second factor counts from now on, its first code is used
update account
set second_factor = offered_factor, offered_factor = null, used_step = %(step)s
where site_no = %(site)s and id = %(id)s and offered_factor = %(factor)s;

-- forget_factor: no second factor, until another one is confirmed
update account
set second_factor = null, offered_factor = null
where site_no = %(site)s and id = %(id)s;

-- use_step: take a code of a time step, once; nothing where it or a later one was taken
update account
set used_step = %(step)s
where site_no = %(site)s and id = %(id)s and used_step < %(step)s;

-- lock_administrators: nobody else changes who administers meanwhile; who they are
select id
from account
where site_no = %(site)s and role = 4 and disabled_at is null
order by id
for update;

-- open_session: a session by the digest of its token
insert into account_session (digest, account_id, opened_at, seen_at, second_factor_at, address, agent)
values (%(digest)s, %(account)s, %(at)s, %(at)s, %(second_factor_at)s, %(address)s, %(agent)s)
returning no;

-- session: whose session it is, as long as it lives and its account may be used
select session.no, session.opened_at, session.seen_at, session.second_factor_at, session.address, session.agent,
       id, name, shown_name, role, second_factor is not null, password_lent, fictitious, created_at, disabled_at,
       signed_in_at
from account_session as session
join account on account.id = session.account_id
where session.digest = %(digest)s and account.site_no = %(site)s and account.disabled_at is null
  and session.seen_at > %(seen_after)s and session.opened_at > %(opened_after)s;

-- touch_session: it was used
update account_session
set seen_at = greatest(seen_at, %(at)s)
where digest = %(digest)s;

-- confirm_session: a code of the second factor was given in it
update account_session
set second_factor_at = %(at)s
where digest = %(digest)s;

-- sessions: the sessions of an account that still live, the newest first
select no, opened_at, seen_at, second_factor_at, address, agent
from account_session
where account_id = %(account)s and seen_at > %(seen_after)s and opened_at > %(opened_after)s
order by opened_at desc, no desc;

-- end_session: a session is over
delete from account_session where digest = %(digest)s;

-- end_sessions: one session of an account, by its number, or all but one, or all
delete from account_session
where account_id = %(account)s
  and (%(no)s::bigint is null or no = %(no)s)
  and (%(but)s::bytea is null or digest <> %(but)s);

-- forget_sessions: those nobody can use any more
delete from account_session where seen_at <= %(seen_after)s or opened_at <= %(opened_after)s;

-- try: one more attempt counts as failed until it is taken back, where none is locked; how many there were, and until when
insert into sign_in_failure as known (subject, failures, failed_at, locked_until)
values (%(subject)s, 1, %(at)s, %(at)s + coalesce((%(delays)s::interval[])[1], '0'))
on conflict (subject) do update
set failures = case when known.failed_at < %(forget_before)s then 1 else known.failures + 1 end,
    failed_at = %(at)s,
    locked_until = %(at)s + (%(delays)s::interval[])[
        least(case when known.failed_at < %(forget_before)s then 1 else known.failures + 1 end, cardinality(%(delays)s::interval[]))
    ]
where known.locked_until <= %(at)s or known.failed_at < %(forget_before)s
returning failures;

-- locked_until: until when nothing may be tried
select locked_until, failures from sign_in_failure where subject = %(subject)s;

-- take_back: the newest attempt was none
update sign_in_failure
set failures = greatest(failures - 1, 0), locked_until = failed_at
where subject = %(subject)s;

-- forgive: nothing failed
delete from sign_in_failure where subject = %(subject)s;

-- forget_failures: what is long ago, and of a flood of names all but the newest
delete from sign_in_failure
where failed_at < %(forget_before)s
   or subject in (select subject from sign_in_failure order by failed_at desc offset %(most)s);

-- give_factor: another second factor; codes of the one before are worth nothing
update account
set second_factor = %(factor)s, offered_factor = null, used_step = 0
where site_no = %(site)s and id = %(id)s;

-- with_factors: who has a second factor, or was offered one, by name
select id, name, shown_name, role, second_factor is not null, password_lent, fictitious, created_at, disabled_at,
       signed_in_at, password_digest, second_factor, offered_factor
from account
where site_no = %(site)s and (second_factor is not null or offered_factor is not null)
order by name;

-- reseal: the same second factors, sealed otherwise; nothing where they are others by now
update account
set second_factor = %(factor)s, offered_factor = %(offered)s
where site_no = %(site)s and id = %(id)s
  and second_factor is not distinct from %(known_factor)s and offered_factor is not distinct from %(known_offered)s;

-- note_sign_in: somebody signed in with the account
update account
set signed_in_at = %(at)s
where site_no = %(site)s and id = %(id)s;

-- end_demonstration: accounts of the demonstration cannot be used, those who used them are out
with ended as (
    update account
    set disabled_at = %(at)s
    where site_no = %(site)s and fictitious and disabled_at is null
    returning id
), out as (
    delete from account_session where account_id in (select id from ended)
)
select count(*) from ended;
