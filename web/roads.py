"""What the public is told of cleared roads: ``/api/roads`` (GeoJSON) and ``/api/roads/state`` (the same words without lines).

Both say what the table ``public_road`` holds, which is written for all roads at once, at the boundaries of ``plan.public_step``,
after ``site.privacy.vehicle_delay``; nothing here reads where a plough is. ``live/roads.json`` of the static site is the
same object as ``/api/roads/state``.

``/api/roads/state``::

    {
      "now": RFC 3339,               when this answer was made; ages are reckoned to it
      "as_of": RFC 3339 | null,      what was done until then is in it; null: nothing is published yet
      "step_s": 600,                 times of roads are rounded down to this
      "window_s": 86400,             work older than this is not looked for
      "delay_s": 600,                the town's delay
      "stale": false,                true: the database cannot be read, or nothing was published for long
      "order": null | {"at": RFC 3339, "classes": [{"class": "1", "deadline": RFC 3339 | null}]},
      "notes": {"ja": [sentence...], "en": [sentence...]},
      "withheld": 12,                how many roads are not told of
      "roads": {
        "<road id>": {
          "age_class": "under_1h" | "1_3h" | "3_6h" | "6_12h" | "12_24h" | "over_24h" | "none",
          "clear_since": RFC 3339 | null,   the oldest work needed to cover the road; the age is reckoned from it
          "cleared_at": RFC 3339 | null,    when the road was last covered whole
          "age_s": 1800 | null,             now - clear_since
          "share": 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0,   how much of the length was worked over, rounded down; 1.0: from 95 %
          "evidence": "signal" | "inferred" | null,
          "deadline": RFC 3339 | null,      of the standing order; null without one
          "late": true | false,             the deadline passed and the road was not cleared since the order
          "snow_cm": 3.5 | null,            measured nearby since clear_since; null: not known
          "second_pass": true | false | null,   null: not known, or the town set no limit
          "withheld": false
        },
        "<road id>": {"withheld": true}     公表しない区間: nothing else is said of it
      }
    }

``/api/roads``: a FeatureCollection of the published layer's lines; each feature's ``id`` is the road's, its properties are
``id``, ``name``, ``class``, ``class_name`` and all of the above for that road, with ``age_words`` ``{"ja", "en"}``; the members
beside ``features`` are those of the state. A road the layer has and the table does not is ``age_class`` ``none``.
"""
