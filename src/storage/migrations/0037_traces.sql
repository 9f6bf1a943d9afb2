-- The trace in which an event happened, so that its deliveries can be linked to it.
alter table tollgate.domain_events add column traceparent text;
comment on column tollgate.domain_events.traceparent is
  'As W3C Trace Context writes it. Null: nobody traced it.';
