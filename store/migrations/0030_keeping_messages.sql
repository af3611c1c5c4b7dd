-- How long what messages said stays whole; after that only their subjects do, and ``let_go_at`` says since when.
alter table retention add column messages interval not null default interval '400 days';
alter table notification add column let_go_at timestamptz;
alter table telling add column let_go_at timestamptz;
create index notification_whole on notification (site_no, finished_at)
    where let_go_at is null and state in ('delivered', 'superseded');
create index notification_heartbeat on notification (site_no, finished_at) where purpose = 'heartbeat';
create index telling_whole on telling (site_no, told_at) where let_go_at is null and told_at is not null;

-- When the evaluator of the site last went round (to the minute): what lies between two rounds that are too far apart is told.
alter table evaluator_fence add column evaluated_at timestamptz;
