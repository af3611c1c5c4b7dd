-- What was done on a road long ago is looked for by road: when it was cleared is remembered for weeks.
create index on plough_passage (road, ended_at);
