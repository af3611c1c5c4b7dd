-- What the evaluator knows, what it has decided, and what has to be told to whom.

create table instance (
    site_no      integer not null references site (no),
    rule         text not null,
    target       text not null,
    rule_version text not null,
    state        jsonb not null,
    primary key (site_no, rule, target)
);

create table episode (
    id          uuid primary key,
    site_no     integer not null references site (no),
    rule        text not null,
    target      text not null,
    level       smallint not null,
    stale       boolean not null,
    recovering  boolean not null,
    opened_at   timestamptz not null,
    detected_at timestamptz not null,
    value       double precision,
    peak        double precision,
    closed_at   timestamptz,
    outcome     text,
    changed_by  xid8 not null default pg_current_xact_id(),
    version     bigint not null default nextval('change_version')
);
create index on episode (site_no, closed_at);
create index on episode (changed_by);
create unique index episode_open on episode (site_no, rule, target) where closed_at is null;

create table transition (
    episode_id   uuid not null references episode (id),
    seq          integer not null,
    kind         text not null,
    from_level   smallint,
    to_level     smallint,
    at           timestamptz not null,
    detected_at  timestamptz not null,
    value        double precision,
    cause        text not null,
    rule_version text not null,
    primary key (episode_id, seq)
);

-- What was decided stays decided.
create function refuse_change() returns trigger
    language plpgsql as
$$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger append_only before update or delete on transition
    for each row execute function refuse_change();

-- The outbox, written in the transaction of the transition it tells about. ``queue_no`` is the order
-- of sending within one episode and channel; a row is held by a sender until ``leased_until``.
create table notification (
    id           uuid primary key,
    queue_no     bigint generated always as identity,
    site_no      integer not null references site (no),
    episode_id   uuid not null references episode (id),
    seq          integer not null,
    channel      text not null,
    level        smallint not null,
    body         jsonb not null,
    queued_at    timestamptz not null,
    deadline_at  timestamptz not null,
    state        text not null default 'queued' check (state in ('queued', 'delivered', 'dead')),
    attempts     integer not null default 0,
    due_at       timestamptz not null,
    leased_until timestamptz,
    finished_at  timestamptz,
    provider     text,
    error        text
);
create index on notification (site_no, channel, queue_no) where state = 'queued';
create index on notification (episode_id, channel, queue_no) where state = 'queued';
