-- What of a call has a price of its own and no column: what was written to a cache, audio, images,
-- searches. As one JSON, since most calls have none of it; a column that is null costs nothing.
-- And which price an event was priced at, beside where that price came from.
alter table tollgate.events
  add column price_name     text,
  add column priced_as_text boolean,
  add column parts          jsonb;
comment on column tollgate.events.price_name is
  'The price that it was priced at, as provider/model; null: no model, or unpriced.';
comment on column tollgate.events.priced_as_text is
  'The price has audio or images of the input apart, of which the event told nothing.';
comment on column tollgate.events.parts is
  'Amounts by field of the event; those of tokens are in input_tokens or output_tokens as well.';
alter table tollgate.rollups add column parts jsonb;
comment on column tollgate.rollups.parts is 'The sums of the parts of the events; null: none.';

alter type tollgate.usage_batch add attribute price_name text[];
alter type tollgate.usage_batch add attribute priced_as_text boolean[];
alter type tollgate.usage_batch add attribute parts text[];

-- Made again with the other functions, with the days that are kept.
drop function if exists tollgate.trim_audit(text, timestamptz, bigint, timestamptz);
