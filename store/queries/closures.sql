-- say: note what is said of a closed road, and let it stand unless something later was said of it; its number
with said as (
    insert into closure_said (
        site_no, closure, at, received_at, status, reason, name_ja, name_en, road, lon, lat, until, note_ja, note_en, said_by
    ) values (
        %(site)s, %(closure)s, %(at)s, %(received_at)s, %(status)s, %(reason)s, %(name_ja)s, %(name_en)s, %(road)s,
        %(lon)s, %(lat)s, %(until)s, %(note_ja)s, %(note_en)s, %(by)s
    )
    returning no, at
),
standing as (
    insert into closure_latest as known (site_no, closure, at, said_no)
    select %(site)s, %(closure)s, at, no from said
    on conflict (site_no, closure) do update set at = excluded.at, said_no = excluded.said_no
    where (known.at, known.said_no) < (excluded.at, excluded.said_no)
)
select no from said;

-- latest: every road that is closed and since when, then so many that are open again where that was said lately; each the newest first
select said.closure, status, reason, name_ja, name_en, road, lon, lat, until, note_ja, note_en, said.at, said_by,
       coalesce(begun.at, said.at)
from closure_latest as latest
join closure_said as said on said.no = latest.said_no
cross join lateral (
    select min(earlier.at) as at
    from closure_said as earlier
    where earlier.site_no = said.site_no and earlier.closure = said.closure
      and earlier.status <> 'open' and earlier.at <= said.at
      and earlier.at > coalesce(
          (select max(opened.at)
           from closure_said as opened
           where opened.site_no = said.site_no and opened.closure = said.closure
             and opened.status = 'open' and opened.at < said.at),
          '-infinity'
      )
) as begun
where latest.site_no = %(site)s
  -- A road that is closed is never left out, however many there are.
  and (
      status <> 'open'
      or latest.said_no in (
          select opened.no
          from closure_latest as standing
          join closure_said as opened on opened.no = standing.said_no
          where standing.site_no = %(site)s and opened.status = 'open' and opened.at >= %(since)s
          order by opened.at desc
          limit %(most)s
      )
  )
order by status = 'open', said.at desc, said.closure;

-- history: what was said of one closed road, the latest first
select closure, status, reason, name_ja, name_en, road, lon, lat, until, note_ja, note_en, at, said_by, received_at
from closure_said
where site_no = %(site)s and closure = %(closure)s
order by at desc, no desc
limit %(most)s;
