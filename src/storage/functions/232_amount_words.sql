-- Amounts in English, for people. core/amount-words.ts is the same in TypeScript, and a test
-- compares the two.

-- All digits, in groups of three: 9,988.2.
create or replace function tollgate.decimal_words(p_amount numeric)
returns text language sql immutable parallel safe as $$
  select regexp_replace(split_part(p_amount::text, '.', 1), '(\d)(?=(\d{3})+$)', '\1,', 'g')
         || case when scale(p_amount) > 0 then '.' || split_part(p_amount::text, '.', 2) else '' end
$$;

-- The decimals of a currency, as in core/billing/currencies.ts. Null: the unit is not a currency.
create or replace function tollgate.decimals_of_money(p_unit text)
returns integer language sql immutable parallel safe as $$
  select case
    when p_unit !~ '^[A-Z]{3}$' then null
    when p_unit = any (string_to_array('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF '
      'XOF XPF', ' ')) then 0
    when p_unit = any (string_to_array('BHD IQD JOD KWD LYD OMR TND', ' ')) then 3
    when p_unit = any (string_to_array(
      'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD '
      'CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP '
      'GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD '
      'LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB '
      'PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC '
      'SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW '
      'ZWG', ' ')) then 2 end
$$;

-- A number without its unit. Money has at least the decimals of its currency.
create or replace function tollgate.number_words(p_amount numeric, p_unit text)
returns text language sql immutable parallel safe as $$
  select tollgate.decimal_words(round(p_amount,
    greatest(scale(trim_scale(p_amount)), coalesce(tollgate.decimals_of_money(p_unit), 0))))
$$;

-- The unit of an amount, in the singular or plural. If a meter's name ends with its unit, the name
-- is used: `AI calls` of ai_calls, `bytes of storage` of storage_bytes.
create or replace function tollgate.unit_words(p_amount numeric, p_unit text, p_meter text)
returns text language sql immutable parallel safe as $$
  select case
    when p_unit = 'percent' then '%'
    when p_amount <> 1 then many
    when many like 'bytes%' then 'byte' || substr(many, 6)
    else regexp_replace(many, '(?<![sui]|ie)s$', '') end
  from (select case
      when p_unit !~ '^[a-z][a-z ]{2,}$' or p_unit ~ 's$' then p_unit
      when p_unit ~ '[^aeiou]y$' then regexp_replace(p_unit, 'y$', 'ies')
      else p_unit || 's' end as plural) u
  cross join lateral (select case
      when right(p_meter, length(plural)) <> plural or p_meter is null then plural
      when p_meter ~ '[_-]bytes$' then 'bytes of ' || named
      else named end as many
    from (select regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_meter,
      '[_-]+', ' ', 'g'), '\mai\M', 'AI', 'g'), '\mapi\M', 'API', 'g'), ' bytes$', '') as named) n) m
$$;

-- 6,841 tokens, 12.40 USD, 80 %.
create or replace function tollgate.amount_words(
  p_amount numeric, p_unit text, p_meter text default null)
returns text language sql immutable parallel safe as $$
  select tollgate.number_words(p_amount, p_unit)
         || coalesce(' ' || tollgate.unit_words(p_amount, p_unit, p_meter), '')
$$;

-- 6,841 of 10,000 tokens.
create or replace function tollgate.share_words(
  p_amount numeric, p_maximum numeric, p_unit text, p_meter text default null)
returns text language sql immutable parallel safe as $$
  select tollgate.number_words(p_amount, p_unit) || ' of '
         || tollgate.amount_words(p_maximum, p_unit, p_meter)
$$;
