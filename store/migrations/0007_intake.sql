-- What is known of the way messages took: their numbers, the gateways that heard them, clocks that are wrong, and
-- arrivals the broker may repeat. Only devices the site folder names have rows here.

-- ``runs`` holds every number a device was heard with, as unbroken runs with the times at their ends
-- (store/numbering.py); what is missing between two runs was lost on the way.
create table device_numbers (
    site_no   integer not null references site (no),
    device    text not null,
    runs      jsonb not null default '[]',
    forgotten bigint not null default 0,   -- gaps no longer kept, because there were too many
    primary key (site_no, device)
) with (fillfactor = 50);

create table device_heard (
    site_no integer not null references site (no),
    device  text not null,
    gateway text not null,
    at      timestamptz not null,
    primary key (site_no, device, gateway)
) with (fillfactor = 50);

-- Readings refused because of their time. ``recent`` are the newest skews in seconds (device time minus arrival),
-- newest first.
create table device_clock (
    site_no  integer not null references site (no),
    device   text not null,
    count    bigint not null,
    low_s    double precision not null,
    high_s   double precision not null,
    recent   double precision[] not null,
    first_at timestamptz not null,
    last_at  timestamptz not null,
    primary key (site_no, device)
);

-- Messages whose rows carry their arrival as their time. A broker has at most 65 535 messages under way to a client,
-- and uses the number of one again only when it was acknowledged: no more has to be known.
create table arrival_timed (
    site_no     integer not null references site (no),
    client      text not null,
    packet_id   integer not null check (packet_id between 1 and 65535),
    digest      bytea not null,
    received_at timestamptz not null,
    stored_at   timestamptz not null default now(),
    primary key (site_no, client, packet_id)
);
