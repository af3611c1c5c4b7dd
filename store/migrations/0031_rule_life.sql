-- Since when which version of a rule has been evaluated at a site, and how: as a shadow, or active. Beside it, that people let a version
-- become active (approved). ``plan`` is the rule as its file says it, so that a version that is gone can be played again.

create table rule_life (
    no      bigint generated always as identity primary key,
    site_no integer not null references site (no),
    rule    text not null,
    version text not null,
    state   text not null check (state in ('shadow', 'active', 'approved')),
    since   timestamptz not null,
    seen_at timestamptz not null check (seen_at >= since),
    ended   boolean not null,
    plan    jsonb not null,
    note    text not null default '',
    check (ended or state <> 'approved')
);
create unique index rule_life_open on rule_life (site_no, rule) where not ended;
