-- Browsers that asked to be told (Web Push). No name, no place: an address at the browser's own push service and two keys.

create table push_subscription (
    number     bigint generated always as identity primary key,
    site_no    integer not null references site (no),
    channel    text not null,
    digest     bytea not null,
    endpoint   text not null,
    p256dh     bytea not null,
    auth       bytea not null,
    language   text not null,
    since      timestamptz not null,
    unique (site_no, channel, digest)
);
