-- Replays: what became of a message set aside when it was taken in again.

alter table quarantine
    add column attempts   integer not null default 0,   -- how often it was tried again
    add column tried_at   timestamptz,                   -- the last time it was
    add column settled_at timestamptz,                   -- when nothing of it was refused any more; never tried again
    add column outcome    text not null default '';      -- what the last try made of it

-- What is still open, in order of arrival, for a replay that goes through it.
create index quarantine_open on quarantine (site_no, id) where settled_at is null;
