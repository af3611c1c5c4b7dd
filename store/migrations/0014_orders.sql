-- Dispatch orders (出動指示): that one was given, and that it was ended. Nothing said is changed.

create table plough_order (
    no          bigint generated always as identity primary key,   -- in the order of arrival
    site_no     integer not null references site (no),
    id          text not null,             -- made by who gives it: given again, it is the same order
    at          timestamptz not null,      -- from when it stands
    received_at timestamptz not null,
    classes     text[] not null check (cardinality(classes) > 0),
    given_by    text not null,
    note        text not null,
    measured    text not null,             -- in words, what snow it rests on
    unique (site_no, id)
);

create index on plough_order (site_no, at desc, no desc);

create table plough_order_end (
    order_no    bigint primary key references plough_order (no),
    at          timestamptz not null,      -- until when it stood
    received_at timestamptz not null,
    ended_by    text not null
);

-- What was said stays said.
create trigger plough_order_final before update or delete on plough_order
    for each row execute function refuse_change();
create trigger plough_order_end_final before update or delete on plough_order_end
    for each row execute function refuse_change();
