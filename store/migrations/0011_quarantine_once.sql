-- A message the broker sends again after a crash is set aside once: its arrival, topic and bytes are its identity.

delete from quarantine
using quarantine as earlier
where earlier.id < quarantine.id
  and (earlier.site_no, earlier.received_at, earlier.topic, earlier.payload)
    = (quarantine.site_no, quarantine.received_at, quarantine.topic, quarantine.payload);

create unique index quarantine_once on quarantine (site_no, received_at, sha256(topic || '\x00'::bytea || payload));
