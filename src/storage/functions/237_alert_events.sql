-- Rules on events, evaluated in the transaction of the event. A failed payment fires once for each
-- level of its invoice, until that is paid. A failed job fires once, until it has succeeded.
create or replace function tollgate.alert_of_event(
  p_organization text, p_kind text, p_subject text, p_data jsonb, p_at timestamptz)
returns void language plpgsql as $$
declare
  rule tollgate.alert_rules;
  invoice text := p_data ->> 'stripeInvoiceId';
  attempts integer;
  fired uuid[] := '{}';
begin
  if p_kind = 'invoice.collected' then
    perform tollgate.end_firings(array(
      select f.id from tollgate.alert_firings f
      where f.organization_id = p_organization and f.rule_kind = 'payment_failed'
        and f.subject = 'stripe_invoice:' || invoice and f.ended is null order by f.id),
      null, 'recovered', p_at);
    return;
  end if;
  -- A job that each process repeats has no run in the database, so only this tells of its success.
  -- It may still fail in another process, whose row is there until it works again.
  if p_kind = 'job.recovered' then
    if exists (select from tollgate.job_failures j where 'job:' || j.job = p_subject) then
      return;
    end if;
    perform tollgate.end_firings(array(
      select f.id from tollgate.alert_firings f
      where f.organization_id = p_organization and f.rule_kind = 'job_failed'
        and f.subject = p_subject and f.ended is null order by f.id),
      null, 'recovered', p_at);
    return;
  end if;
  for rule in
    select (a.rule).* from tollgate.alert_rules_of(array[p_organization], '{payment_failed}') a
    where p_kind <> 'job.failed'
    union all
    select r.* from tollgate.alert_rules r
    where p_kind = 'job.failed' and r.kind = 'job_failed' and r.organization_id = '' and r.enabled
  loop
    if p_kind = 'job.failed' then
      continue when exists (
        select from tollgate.alert_firings f
        where f.organization_id = p_organization and f.rule_id = rule.id
          and f.rule_version = rule.version and f.subject = p_subject and f.ended is null);
      fired := fired || tollgate.write_firing(p_organization, rule, 1,
        jsonb_build_array(p_subject, p_data -> 'scheduledFor'),
        jsonb_build_object('job', p_data -> 'job', 'error', p_data -> 'error'),
        p_subject, null, null, false, null, p_at, p_at);
    else
      -- An invoice that will never be paid is past every level.
      attempts := case p_kind when 'payment.failed' then (p_data ->> 'attempts')::integer end;
      for place in 1 .. cardinality(rule.levels) loop
        continue when attempts < rule.levels[place];
        fired := fired || tollgate.write_firing(p_organization, rule, place,
          jsonb_build_array(invoice), jsonb_build_object('invoice', invoice),
          'stripe_invoice:' || invoice, attempts::numeric, 'attempts', false, null, p_at, p_at);
      end loop;
    end if;
  end loop;
  fired := array_remove(fired, null);
  if fired <> '{}' then perform tollgate.tell_firings(fired); end if;
end
$$;
