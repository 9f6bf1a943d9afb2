-- What a firing says is made of what was found, in one place: see alert_title.
drop function if exists tollgate.title_of_level(
  text, text, text, numeric, numeric, numeric, text);
drop function if exists tollgate.write_firing(
  text, tollgate.alert_rules, integer, jsonb, text, text, numeric, text, boolean, text, timestamptz,
  timestamptz);
drop function if exists tollgate.judge_alert(
  text, uuid, numeric, text, boolean, boolean, integer, integer, interval, text, text, text,
  numeric, numeric, text, timestamptz, timestamptz, timestamptz);
