-- What the evaluator wants told stands beside its transitions, in their transaction; the dispatcher decides to whom it goes.

-- An episode of a shadow rule is logged and told nobody.
alter table episode add column shadow boolean not null default false;
drop index episode_open;
create unique index episode_open on episode (site_no, rule, target, shadow) where closed_at is null;

create table telling (
    episode_id  uuid not null references episode (id),
    seq         integer not null,
    site_no     integer not null references site (no),
    rule        text not null,
    target      text not null,
    kind        text not null,
    level       smallint not null,
    reach       smallint not null,
    at          timestamptz not null,
    queued_at   timestamptz not null,
    body        jsonb not null,
    retroactive boolean not null,
    unconfirmed boolean not null,
    health      boolean not null,
    told_at     timestamptz,
    verdict     text,
    primary key (episode_id, seq)
);
create index on telling (site_no, queued_at) where told_at is null;

-- A message belongs to an audience and a thread; it may be about several episodes, or about none.
alter table notification alter column episode_id drop not null;
alter table notification add column audience text not null default '';
alter table notification add column thread text not null default '';
alter table notification add column purpose text not null default 'alert';
alter table notification add column resident boolean not null default false;
update notification set thread = episode_id::text;
create index on notification (site_no, channel, thread, queue_no) where state = 'queued';
