-- Which evaluator may write: whoever takes the lock of a site gets the next number, and an older number is refused.
create table evaluator_fence (
    site_no integer primary key references site (no),
    number  bigint not null
);

-- Why an instance cannot be evaluated, and since when; null where it can.
alter table instance add column trouble jsonb;
