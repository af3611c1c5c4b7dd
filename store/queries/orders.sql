-- give: note an order; nothing where the site has one of this id
insert into plough_order (site_no, id, at, received_at, classes, given_by, note, measured)
values (
    %(site)s, %(id)s, %(at)s, %(received_at)s, %(classes)s::text[], %(by)s, %(note)s, %(measured)s
)
on conflict (site_no, id) do nothing
returning no;

-- end: note that an order is over, never before it began; nothing where it is over already or there is none
insert into plough_order_end (order_no, at, received_at, ended_by)
select no, greatest(at, %(at)s::timestamptz), %(received_at)s, %(by)s
from plough_order
where site_no = %(site)s and id = %(id)s
on conflict (order_no) do nothing
returning order_no;

-- order: one order
select given.id, given.at, classes, given_by, note, measured, ended.at, coalesce(ended_by, '')
from plough_order as given
left join plough_order_end as ended on ended.order_no = given.no
where site_no = %(site)s and id = %(id)s;

-- standing: the orders that stand at an instant, the newest first
select given.id, given.at, classes, given_by, note, measured, ended.at, coalesce(ended_by, '')
from plough_order as given
left join plough_order_end as ended on ended.order_no = given.no
where site_no = %(site)s and given.at <= %(now)s and (ended.at is null or ended.at > %(now)s)
order by given.at desc, given.no desc;

-- history: what was ordered, the newest first
select given.id, given.at, classes, given_by, note, measured, ended.at, coalesce(ended_by, '')
from plough_order as given
left join plough_order_end as ended on ended.order_no = given.no
where site_no = %(site)s
  and (%(since)s::timestamptz is null or given.at >= %(since)s or ended.at is null or ended.at >= %(since)s)
order by given.at desc, given.no desc
limit %(most)s;
