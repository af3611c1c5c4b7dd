-- hold_episode: the level of an episode and when it ended, held so that no step comes between; shadow ones are nobody's
select level, closed_at, stale
from episode
where site_no = %(site)s and id = %(episode)s and not shadow
for no key update;

-- insert: note an acknowledgement with the last step there is
insert into acknowledgement (site_no, episode_id, level, seq, who, at, note)
select %(site)s, %(episode)s, %(level)s, coalesce(max(seq), 0), %(who)s, %(at)s, %(note)s
from transition
where episode_id = %(episode)s;

-- holding: the newest acknowledgement of each open episode, unless the level has risen since or it has grown too old
select distinct on (given.episode_id) given.episode_id, given.level, given.who, given.at, given.note
from acknowledgement as given
join episode on episode.id = given.episode_id
where given.site_no = %(site)s and episode.closed_at is null
  and (given.level < %(danger)s or given.at > %(now)s::timestamptz - %(danger_holds)s::interval)
  and not exists (
      select
      from transition
      where transition.episode_id = given.episode_id and transition.seq > given.seq
        and transition.to_level > transition.from_level
  )
order by given.episode_id, given.no desc;

-- of_episode: every acknowledgement of an episode, the newest first
select episode_id, level, who, at, note
from acknowledgement
where site_no = %(site)s and episode_id = %(episode)s
order by no desc;

-- wish: note that somebody wants an episode ended; nothing where that is wished already
insert into closing_wish (site_no, episode_id, who, at, reason)
values (%(site)s, %(episode)s, %(who)s, %(at)s, %(reason)s)
on conflict (episode_id) where settled_at is null do nothing;

-- wishes: the wishes that wait, the oldest first
select closing_wish.episode_id, episode.rule, episode.target, who, at, reason
from closing_wish
join episode on episode.id = closing_wish.episode_id
where closing_wish.site_no = %(site)s and settled_at is null
order by no;

-- settle: say what became of a wish
update closing_wish
set settled_at = %(now)s, outcome = %(outcome)s
where site_no = %(site)s and episode_id = %(episode)s and settled_at is null;

-- wishes_of: every wish to end an episode and what became of it, the newest first
select who, at, reason, outcome
from closing_wish
where site_no = %(site)s and episode_id = %(episode)s
order by no desc;
