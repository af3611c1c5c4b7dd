-- To whom what has to be told goes, what is held back for now, and by whose wish.

-- Silences (通知の一時停止). Nothing said is changed: an approval and an early end are lines of their own.
create table silence (
    id         uuid primary key,
    site_no    integer not null references site (no),
    rules      text[] not null,
    stations   text[] not null,
    kinds      text[] not null,
    levels     smallint[] not null check (cardinality(levels) > 0),
    starts_at  timestamptz not null,
    ends_at    timestamptz not null check (ends_at > starts_at),
    author     text not null,
    reason     text not null check (reason <> ''),
    created_at timestamptz not null,
    check (cardinality(rules) + cardinality(stations) + cardinality(kinds) > 0)
);
create index on silence (site_no, ends_at);
create index on silence (site_no, created_at);
create trigger append_only before update or delete on silence
    for each row execute function refuse_change();

create table silence_step (
    no         bigint generated always as identity primary key,
    silence_id uuid not null references silence (id),
    kind       text not null check (kind in ('approved', 'ended')),
    at         timestamptz not null,
    who        text not null,
    reason     text not null,
    unique (silence_id, kind)
);
create trigger append_only before update or delete on silence_step
    for each row execute function refuse_change();

-- Alerts other systems report. ``number`` counts the activations of one identity; ``lasts_until`` is when one that is not
-- reported again counts as over.
create table external_alert (
    site_no     integer not null references site (no),
    fingerprint text not null,
    number      integer not null,
    labels      jsonb not null,
    annotations jsonb not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz,
    lasts_until timestamptz not null,
    received_at timestamptz not null,
    no          bigint generated always as identity unique,
    version     bigint not null default nextval('change_version'),
    primary key (site_no, fingerprint, number)
);
create index on external_alert (site_no, lasts_until) where ends_at is null;
create index on external_alert (site_no, version);
create index on external_alert (site_no, ends_at);

-- What an audience knows of a matter: an episode, an incident (``incident_no``), an alert of another system (``external_no``). ``seq`` is the last step it was
-- told (0: none) and ``turn`` counts how often; ``waits_since`` is set while news waits for company, ``held`` says why it
-- is not told for now.
create table dispatch_member (
    site_no     integer not null references site (no),
    audience    text not null,
    matter      uuid not null,
    group_key   text not null,
    seq         integer not null,
    turn        integer not null,
    level       smallint not null,
    firing      boolean not null,
    lost        boolean not null,
    told_at     timestamptz,
    waits_since timestamptz,
    held        text not null,
    held_at     timestamptz,
    incident_no bigint,
    external_no bigint,
    primary key (site_no, audience, matter)
);

-- When a group spoke last: it speaks again after the interval.
create table dispatch_group (
    site_no   integer not null references site (no),
    audience  text not null,
    group_key text not null,
    sent_at   timestamptz not null,
    primary key (site_no, audience, group_key)
);

-- What was announced of a silence: ``made`` and ``over``, each once.
create table silence_word (
    silence_id uuid not null references silence (id),
    word       text not null check (word in ('asked', 'made', 'over')),
    said_at    timestamptz not null,
    primary key (silence_id, word)
);
