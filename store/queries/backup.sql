-- Names in braces come from the catalogue and are quoted by the driver.

-- tables: the tables of the schema with their columns; those that count transactions of this cluster apart
select relname,
       array_agg(attname::text order by attnum) filter (where atttypid <> 'xid8'::regtype),
       coalesce(array_agg(attname::text order by attnum) filter (where atttypid = 'xid8'::regtype and not atthasdef), '{}')
from pg_class
join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = ''
where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
  and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
group by relname
order by relname;

-- references: which table needs which other to be there first
select distinct child.relname, parent.relname
from pg_constraint
join pg_class as child on child.oid = conrelid
join pg_class as parent on parent.oid = confrelid
where contype = 'f' and child.relnamespace = current_schema()::regnamespace and conrelid <> confrelid;

-- sequences: where the sequences stand; null where none was given out yet
select sequencename, last_value from pg_sequences where schemaname = current_schema();

-- sites: whose data these are
select id from site order by no;

-- count_rows: how many rows a table has
select count(*) from {table};

-- count_days: on which days of UTC a table has rows, and how many
select date_trunc('day', at, 'UTC') as day, count(*) from {table} group by day order by day;

-- export_rows: the rows of a table, each as the text of a record
select row({columns})::text from {table};

-- one_snapshot: everything read in this transaction is of one instant
set transaction isolation level repeatable read, read only;

-- alone: how many others work with this database
select count(*)
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend';

-- hold_migration: nobody migrates, and so nobody starts, while this session is at it
select pg_advisory_lock(hashtext('yukimori migrate'));

-- has_rows: whether a table has any row
select exists (select from {table});

-- empty_tables: remove every row, and begin counting anew
truncate {tables} restart identity;

-- record_type: the columns a backup has of a table, as a type
create temporary table {record} on commit drop as select {columns} from {table} limit 0;

-- import_rows: put rows into a table; what counts transactions of the old cluster begins anew
insert into {table} ({columns}{zeroed}) overriding system value
select (parsed).*{zeros}
from (select line::{record} as parsed from unnest(%(lines)s::text[]) as line offset 0) as given;

-- make_room: make the partitions that rows of these days need
select create_partitions(%(table)s, %(days)s::timestamptz[]);

-- continue_sequence: go on counting where the old cluster was
select setval(%(sequence)s::text::regclass, %(last)s::bigint);

-- give_up_overdue: what was queued and is past its deadline is told to nobody any more
update notification
set state = 'dead', finished_at = %(now)s, error = 'its deadline had passed when the backup was restored'
where state = 'queued' and deadline_at <= %(now)s;

-- release_leases: the senders that held messages are gone
update notification set leased_until = null where leased_until is not null;

-- begin_anew: the summaries are reckoned from the rows of these spans; no list of touched hours reaches back before now
with spans as (
    insert into summary_rebuild (since, until)
    select since, since + interval '1 month'
    from (
        select distinct date_trunc('month', day, 'UTC') as since from unnest(%(days)s::timestamptz[]) as day
    ) as months
)
update summary_state set refreshed_below = '0', pruned_below = pg_current_xact_id();
