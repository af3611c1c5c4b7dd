-- What people answer to an alert, who is called while nobody does, and how the messages leave.

-- ``seq`` is the last step of the episode the person could have known of; a rise after it drops the acknowledgement.
create table acknowledgement (
    no         bigint generated always as identity primary key,
    site_no    integer not null references site (no),
    episode_id uuid not null references episode (id),
    level      smallint not null,
    seq        integer not null,
    who        text not null,
    at         timestamptz not null,
    note       text not null
);
create index on acknowledgement (episode_id, no);
create index on acknowledgement (site_no, at);
create trigger append_only before update or delete on acknowledgement
    for each row execute function refuse_change();

-- A person's wish to end an episode without data; the evaluator takes it in its next round and says what became of it.
create table closing_wish (
    no         bigint generated always as identity primary key,
    site_no    integer not null references site (no),
    episode_id uuid not null references episode (id),
    who        text not null,
    at         timestamptz not null,
    reason     text not null,
    settled_at timestamptz,
    outcome    text check (outcome in ('closed', 'over', 'fresh'))
);
create unique index on closing_wish (episode_id) where settled_at is null;
create index on closing_wish (site_no) where settled_at is null;

-- Who is called next for an episode. ``step`` is the next to be called (from 0), ``loop`` counts from 1; ``sent`` are the
-- messages of the last one called. ``ended`` says why nobody is called any more.
create table escalation_timer (
    site_no    integer not null references site (no),
    episode_id uuid not null references episode (id),
    escalation text not null,
    level      smallint not null,
    started_at timestamptz not null,
    loop       integer not null,
    step       integer not null,
    due_at     timestamptz not null,
    called     integer not null,
    sent       uuid[] not null,
    ended_at   timestamptz,
    ended      text check (ended in ('acknowledged', 'over', 'below', 'exhausted', 'removed')),
    primary key (site_no, episode_id, escalation)
);
create index on escalation_timer (site_no) where ended_at is null or ended = 'acknowledged';

-- How a channel does. It is not used before ``not_before``; ``failures`` are those since the last success.
create table channel_state (
    site_no      integer not null references site (no),
    channel      text not null,
    state        text not null check (state in ('closed', 'open', 'half-open')),
    failures     integer not null,
    not_before   timestamptz,
    reason       text not null,
    changed_at   timestamptz not null,
    delivered_at timestamptz,
    primary key (site_no, channel)
);

-- The watchdog's way: when its newest beat passed each hop.
create table watchdog_hop (
    site_no integer not null references site (no),
    hop     text not null,
    beat_at timestamptz not null,
    at      timestamptz not null,
    primary key (site_no, hop)
);

-- ``superseded``: a newer message carried its news. ``unknown``: nobody can say whether it arrived, a person decides.
-- ``sending_at`` is set while a message is handed over that must not be handed over twice. ``served`` are digests of the
-- recipients who have it already. ``stands_in_for`` is the message on another channel this one replaces.
alter table notification drop constraint notification_state_check;
alter table notification add constraint notification_state_check
    check (state in ('queued', 'delivered', 'dead', 'superseded', 'unknown'));
alter table notification add column sending_at timestamptz;
alter table notification add column served text[] not null default '{}';
alter table notification add column stands_in_for uuid;
alter table notification add column fallback_at timestamptz;
alter table notification add column superseded_by uuid;
drop index notification_site_no_channel_thread_queue_no_idx;
create index on notification (site_no, channel, audience, thread, queue_no) where state = 'queued';
create index on notification (site_no, queued_at);
create index on notification (site_no, state, finished_at) where state in ('dead', 'unknown');
