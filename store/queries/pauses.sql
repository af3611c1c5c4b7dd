-- last_round: when the evaluator of a site last went round
select evaluated_at from evaluator_fence where site_no = %(site)s;

-- note_round: note that the evaluator has gone round; the number of the newest one stays
insert into evaluator_fence (site_no, number, evaluated_at) values (%(site)s, 0, %(now)s)
on conflict (site_no) do update set evaluated_at = excluded.evaluated_at;

-- note_pause: keep that something did not happen between two instants; told twice, it is the same
insert into incident (site_no, kind, subject, opened_at, closed_at, detail)
values (%(site)s, %(kind)s, '', %(since)s, %(now)s, '{}')
on conflict (site_no, kind, subject, opened_at) do nothing;

-- pause_around: the span nothing was evaluated in that an instant lies in
select opened_at, closed_at
from incident
where site_no = %(site)s and kind = %(kind)s and opened_at < %(at)s and closed_at > %(at)s
order by opened_at
limit 1;
