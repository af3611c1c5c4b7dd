-- Work diaries of ploughs (除雪日報) as they were sealed. Each seal names the one before, so that none can be taken out or
-- changed without all later ones showing it.

create table plough_diary (
    no        bigint generated always as identity primary key,
    site_no   integer not null references site (no),
    vehicle   text not null,             -- the id in the site folder: a diary outlives the vehicle
    day       date not null,             -- the day of work, by when it begins
    revision  integer not null,          -- 1, and one more whenever what is known of the day has changed
    document  bytea not null,            -- the very bytes that were sealed
    previous  text not null,             -- the seal before of this site, empty for the first
    digest    text not null,             -- SHA-256 over the seal before and the document
    made_at   timestamptz not null,
    made_by   text not null,
    unique (site_no, vehicle, day, revision),
    unique (site_no, previous),          -- a chain, never a fork
    unique (site_no, digest)
);

create trigger plough_diary_final before update or delete on plough_diary
    for each row execute function refuse_change();

-- The papers written of a seal, by the SHA-256 of their bytes: whoever holds a file can ask whether it is one of them.
create table plough_diary_paper (
    site_no  integer not null references site (no),
    sha256   text not null,
    digest   text not null,              -- the seal it was written of
    form     text not null,              -- csv, xlsx, pdf
    language text not null,
    made_at  timestamptz not null,
    primary key (site_no, sha256),
    foreign key (site_no, digest) references plough_diary (site_no, digest)
);

create trigger plough_diary_paper_final before update or delete on plough_diary_paper
    for each row execute function refuse_change();
