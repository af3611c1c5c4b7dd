"""Messages become rows: MQTT session, codecs, pipeline and quarantine; the embedded broker, replay and simulator."""
