-- When an account was last signed in with. The audit knows it too, but is read by time, not by who.

alter table account add column signed_in_at timestamptz;

update account
set signed_in_at = (
    select max(line.at)
    from audit as line
    where line.site_no = account.site_no and line.who = account.name and line.action = 'sign-in.done'
);
