-- let_go_messages: of messages that arrived and are past their keeping only the subjects stay; how many
with kept as materialized (
    -- What lasts, what calls went out for that nobody answered, what a message to residents stands on, what is in play.
    select id from episode where closed_at is null
    union all
    select episode_id from escalation_timer where ended = 'exhausted'
    union all
    select (document ->> 'episode')::uuid from resident_message where document ->> 'episode' is not null
    union all
    select matter from dispatch_member
), past as (
    select message.id
    from retention
    join notification as message on message.site_no = retention.site_no
    where message.finished_at < %(now)s::timestamptz - retention.messages
      and message.let_go_at is null and message.state in ('delivered', 'superseded') and not message.resident
      and not exists (
          select
          from kept
          where kept.id = message.episode_id
             or (
                 jsonb_typeof(message.body -> 'episodes') = 'array'
                 and message.body -> 'episodes' @> to_jsonb(kept.id::text)
             )
      )
    order by message.finished_at
    limit %(most)s
    for update of message skip locked
), gone as (
    update notification
    set let_go_at = %(now)s,
        body = jsonb_strip_nulls(
            jsonb_build_object(
                'kind', body -> 'kind',
                'subject_ja', body -> 'subject_ja',
                'subject_en', body -> 'subject_en',
                'alerts', case when jsonb_typeof(body -> 'alerts') = 'array' then (
                    select jsonb_agg(jsonb_build_object('episode', member -> 'episode'))
                    from jsonb_array_elements(body -> 'alerts') as member
                ) end
            )
        )
    from past
    where notification.id = past.id
    returning 1
)
select count(*) from gone;

-- let_go_tellings: of what was told of episodes that are past their keeping only the subjects stay; how many
with kept as materialized (
    select episode_id as id from escalation_timer where ended = 'exhausted'
    union all
    select (document ->> 'episode')::uuid from resident_message where document ->> 'episode' is not null
    union all
    select matter from dispatch_member
), past as (
    select telling.episode_id, telling.seq
    from retention
    join telling on telling.site_no = retention.site_no
    join episode on episode.id = telling.episode_id
    where telling.told_at < %(now)s::timestamptz - retention.messages and telling.let_go_at is null
      and episode.closed_at < %(now)s::timestamptz - retention.messages
      and not exists (select from kept where kept.id = telling.episode_id)
    order by telling.told_at
    limit %(most)s
    for update of telling skip locked
), gone as (
    update telling
    set let_go_at = %(now)s,
        body = jsonb_strip_nulls(
            jsonb_build_object('subject_ja', body -> 'subject_ja', 'subject_en', body -> 'subject_en')
        )
    from past
    where telling.episode_id = past.episode_id and telling.seq = past.seq
    returning 1
)
select count(*) from gone;

-- forget_heartbeats: drop what the watchdog said before an instant, whatever became of it; how many
with past as (
    select message.id
    from site
    join notification as message on message.site_no = site.no
    where message.purpose = 'heartbeat' and message.finished_at < %(before)s
    order by message.finished_at
    limit %(most)s
    for update of message skip locked
), gone as (
    delete from notification using past where notification.id = past.id returning 1
)
select count(*) from gone;

-- forget_external_alerts: drop alerts of other systems that are over and past their keeping, but the newest of each; how many
with past as (
    select alert.site_no, alert.fingerprint, alert.number
    from retention
    join external_alert as alert on alert.site_no = retention.site_no
    where alert.ends_at < %(now)s::timestamptz - retention.messages
      and not exists (
          select
          from dispatch_member as member
          where member.site_no = alert.site_no and member.external_no = alert.no
      )
      -- Its number goes on from it: nothing new is ever taken for something old.
      and exists (
          select
          from external_alert as newer
          where newer.site_no = alert.site_no and newer.fingerprint = alert.fingerprint and newer.number > alert.number
      )
    order by alert.ends_at
    limit %(most)s
    for update of alert skip locked
), gone as (
    delete from external_alert as alert
    using past
    where alert.site_no = past.site_no and alert.fingerprint = past.fingerprint and alert.number = past.number
    returning 1
)
select count(*) from gone;
