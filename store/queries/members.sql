-- notice_a_lost_host: the server asks a silent client whether it is still there, and lets go of it within 30 s
select set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false);

-- try_lock: take a lock of the session, without waiting
select pg_try_advisory_lock(%(key)s);

-- holder: the session of the database that holds a lock
select pid
from pg_locks
where locktype = 'advisory' and granted and objsubid = 1
  and database = (select oid from pg_database where datname = current_database())
  and classid::bigint = %(key)s::bigint >> 32 and objid::bigint = %(key)s::bigint & 4294967295;

-- dismiss: forget the last word of a process
delete from process_state where site_no = %(site)s and process = %(process)s and member = %(member)s;
