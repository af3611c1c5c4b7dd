-- Messages to residents: written by one person, approved by another, sent once, and the log of every decision.

-- ``document`` is the message; the columns beside it are what the rules below and the rounds need of it.
create table resident_message (
    id          uuid primary key,
    site_no     integer not null references site (no),
    mode        text not null check (mode in ('live', 'exercise')),
    kind        text not null check (kind in ('message', 'correction', 'withdrawal', 'all_clear')),
    refers_to   uuid,
    state       text not null check (state in ('draft', 'submitted', 'approved', 'queued', 'cancelled', 'expired')),
    version     integer not null,
    hazard      text not null,
    area        text not null,
    level       smallint not null,
    made_at     timestamptz not null,
    hands       uuid[] not null,
    approved_by uuid,
    approved_at timestamptz,
    send_at     timestamptz,
    document    jsonb not null,
    -- Two people, whatever the program does.
    check (approved_by is null or not approved_by = any (hands)),
    check (state not in ('approved', 'queued') or (approved_by is not null and send_at is not null)),
    check ((kind = 'message') = (refers_to is null))
);
create index on resident_message (site_no, made_at desc);
create index on resident_message (site_no, state, send_at);
create index on resident_message (site_no, area, hazard, approved_at);

-- What a message is cannot change under it, nothing goes back from its end, nothing is sent that nobody approved.
create function resident_message_rules() returns trigger
    language plpgsql as
$$
begin
    if tg_op = 'DELETE' then
        if old.state not in ('draft', 'submitted') then
            raise exception 'a % message is kept', old.state using errcode = 'integrity_constraint_violation';
        end if;
        return old;
    end if;
    if (new.id, new.site_no, new.mode, new.kind, new.refers_to, new.made_at)
        is distinct from (old.id, old.site_no, old.mode, old.kind, old.refers_to, old.made_at) then
        raise exception 'a message stays what it was begun as' using errcode = 'integrity_constraint_violation';
    end if;
    if old.state in ('queued', 'cancelled', 'expired')
        or new.version <> old.version + 1
        or (new.state = 'approved' and old.state <> 'submitted')
        or (new.state in ('queued', 'expired') and old.state <> 'approved') then
        raise exception 'a % message cannot become %', old.state, new.state
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger resident_message_life before update or delete on resident_message
    for each row execute function resident_message_rules();

-- The decision log: who did what when, and what was known and shown then. It outlives a deleted draft.
create table resident_message_step (
    no         bigint generated always as identity primary key,
    site_no    integer not null references site (no),
    message_id uuid not null,
    at         timestamptz not null,
    who        text not null,
    act        text not null,
    digest     text not null,
    known      jsonb not null
);
create index on resident_message_step (message_id, no);
create trigger append_only before update or delete on resident_message_step
    for each row execute function refuse_change();
