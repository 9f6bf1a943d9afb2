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

-- Movements of credits are told by a number of their organization's own: the sequence over all
-- organizations told everybody how much goes on in them together.
alter table tollgate.credit_transactions add column number bigint;
alter table tollgate.credit_transactions disable trigger "transactions do not change";
update tollgate.credit_transactions t set number = n.number
from (select organization_id, id,
             row_number() over (partition by organization_id order by id) as number
      from tollgate.credit_transactions) n
where t.organization_id = n.organization_id and t.id = n.id;
alter table tollgate.credit_transactions enable trigger "transactions do not change";
alter table tollgate.credit_transactions alter column number set not null;
create unique index "movements of an organization"
  on tollgate.credit_transactions (organization_id, number);
