-- Exercises (訓練). What happens in one is kept under the stand-in site's number; here stands that it is held.

create table exercise (
    id          uuid primary key,
    site_no     integer not null references site (no),
    stand_in_no integer not null references site (no),
    scenario    text not null,
    title_ja    text not null,
    title_en    text not null,
    speed       double precision not null check (speed > 0),
    started_at  timestamptz not null,
    started_by  text not null,
    expires_at  timestamptz not null check (expires_at > started_at),
    ended_at    timestamptz,
    ended_by    text,
    played      integer not null default 0
);
create unique index exercise_running on exercise (site_no) where ended_at is null;
create index on exercise (site_no, started_at);

-- What has begun stays as it was begun, and what has ended stays ended.
create function refuse_other_exercise() returns trigger
    language plpgsql as
$$
begin
    if tg_op = 'DELETE' or old.ended_at is not null or row (
        new.id, new.site_no, new.stand_in_no, new.scenario, new.speed, new.started_at, new.started_by, new.expires_at
    ) is distinct from row (
        old.id, old.site_no, old.stand_in_no, old.scenario, old.speed, old.started_at, old.started_by, old.expires_at
    ) then
        raise exception 'an exercise is not rewritten' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger kept before update or delete on exercise for each row execute function refuse_other_exercise();
