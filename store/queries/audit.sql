-- add: one line of the audit
insert into audit (site_no, at, who, action, subject, address, details)
values (%(site)s, %(at)s, %(who)s, %(action)s, %(subject)s, %(address)s, %(details)s);

-- listed: lines of the audit, the newest first
select no, at, who, action, subject, address, details
from audit
where site_no = %(site)s
  and (%(who)s::text is null or who = %(who)s)
  and (%(action)s::text is null or action = %(action)s or starts_with(action, %(action)s || '.'))
  and (%(since)s::timestamptz is null or at >= %(since)s)
  and (%(until)s::timestamptz is null or at < %(until)s)
  and (%(before)s::bigint is null or no < %(before)s)
order by no desc
limit %(limit)s;
