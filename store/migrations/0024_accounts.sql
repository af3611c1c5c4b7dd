-- Who may use the console, their sessions, what they tried and what they did. Of passwords and tokens only digests are kept.

create table account (
    id               uuid primary key,
    site_no          integer not null references site (no),
    name             text not null,
    shown_name       text not null,
    role             smallint not null check (role between 1 and 4),
    password_digest  text not null,
    -- Whoever administers chose this password: its owner chooses another one before anything else.
    password_lent    boolean not null default true,
    second_factor    text,
    -- The factor that was offered and not confirmed by a code yet.
    offered_factor   text,
    -- The newest time step a code was taken for: neither it nor an older one is taken again (RFC 6238, section 5.2).
    used_step        bigint not null default 0,
    fictitious       boolean not null default false,
    created_at       timestamptz not null,
    disabled_at      timestamptz,
    unique (site_no, name)
);

create table account_session (
    digest           bytea primary key,
    account_id       uuid not null references account (id),
    no               bigint generated always as identity unique,
    opened_at        timestamptz not null,
    seen_at          timestamptz not null,
    second_factor_at timestamptz,
    address          text not null,
    agent            text not null
);
create index on account_session (account_id);

-- Failures by the digest of what was tried (a name of a site, known or not, or an address), so that unknown names behave alike.
create table sign_in_failure (
    subject          bytea primary key,
    failures         integer not null,
    failed_at        timestamptz not null,
    locked_until     timestamptz not null
);
create index on sign_in_failure (failed_at);

create table audit (
    no               bigint generated always as identity primary key,
    site_no          integer not null references site (no),
    at               timestamptz not null,
    who              text not null,
    action           text not null,
    subject          text not null,
    address          text not null,
    details          jsonb not null
);
create index on audit (site_no, at);
create trigger append_only before update or delete on audit
    for each row execute function refuse_change();
