import type { Queryable } from '../database.ts'
import * as embedded from '../generated/sql.ts'

/**
 * The database objects that protect the audit log and separate organizations. They are compared
 * with the definitions in the migrations. The database's owner can change them all; this comparison
 * shows it.
 */
export interface AuditGuards {
  /** Triggers, checks and columns of the log that are missing or disabled. */
  readonly missing: readonly string[]
  /** Objects that differ from the migrations, or that were added to the log. */
  readonly changed: readonly string[]
}

/** The form in which PostgreSQL shows each trigger, check and generated column of the log. */
const EXPECTED: Readonly<Record<string, string>> = {
  'trigger audit_events entries do not change':
    'CREATETRIGGERentriesdonotchangeBEFOREUPDATEONtollgate.audit_eventsFOREACHSTATEMENTEXECUTEFUNCTIONtollgate.refuse_audit_change',
  'trigger audit_events entries are not emptied':
    'CREATETRIGGERentriesarenotemptiedBEFORETRUNCATEONtollgate.audit_eventsFOREACHSTATEMENTEXECUTEFUNCTIONtollgate.refuse_audit_change',
  'trigger audit_events entries stay':
    'CREATETRIGGERentriesstayAFTERDELETEONtollgate.audit_eventsREFERENCINGOLDTABLEASremovedFOREACHSTATEMENTEXECUTEFUNCTIONtollgate.guard_audit_delete',
  'trigger audit_heads a chain only grows':
    'CREATETRIGGERachainonlygrowsBEFOREUPDATEONtollgate.audit_headsFOREACHROWEXECUTEFUNCTIONtollgate.guard_audit_head',
  'trigger audit_heads a chain has a head':
    'CREATETRIGGERachainhasaheadBEFOREDELETEONtollgate.audit_headsFOREACHSTATEMENTEXECUTEFUNCTIONtollgate.refuse_audit_change',
  'trigger audit_heads heads are not emptied':
    'CREATETRIGGERheadsarenotemptiedBEFORETRUNCATEONtollgate.audit_headsFOREACHSTATEMENTEXECUTEFUNCTIONtollgate.refuse_audit_change',
  'check audit_events a hash commits to the entry and to the one before':
    "CHECKhash=sha256previous_hash||convert_toentry,'UTF8'::name",
  'check audit_events an entry says whose it is and which place it has':
    "CHECKstarts_withentry,'{organizationId:'::text||to_jsonorganization_id::text||',sequence:'::text||sequence||','::text",
  'check audit_heads a chain does not end before it starts':
    'CHECKstart_sequence>=0ANDstart_sequence<=sequence',
  'column audit_events category': "entry::json->>'category'::text",
  'column audit_events action': "entry::json->>'action'::text",
  'column audit_events actor': "entry::json->>'actor'::text",
  'column audit_events actor_start': "leftentry::json->>'actor'::text,100",
  'column audit_events occurred_at': "tollgate.audit_instantentry::json->>'occurredAt'::text",
  'column audit_events resolves':
    "CASEWHENentry::json->>'action'::text='audit.resolved'::textTHENentry::json#>>'{new,resolves}'::text[]::bigintELSENULL::bigintEND",
}

/** Functions that guard or write the log, and the function that row-level security calls. */
const FUNCTIONS = [
  'append_audit',
  'audit_instant',
  'audit_text',
  'guard_audit_delete',
  'guard_audit_head',
  'organizations_named',
  'own_organization',
  'refuse_audit_change',
  'trim_audit',
]

export const auditGuards = async (db: Queryable): Promise<AuditGuards> => {
  const rows = await db.query<{ guard: string; definition: string; is_on: boolean }>(FOUND, [
    FUNCTIONS,
  ])
  const [tenant] = await db.query<{ role: string }>('select tollgate.tenant_role() as role', [])
  const expected = expectedGuards(tenant?.role ?? '')
  const found = new Map(rows.map((row) => [row.guard, row]))
  const missing: string[] = []
  const changed: string[] = []
  for (const [guard, definition] of expected) {
    const row = found.get(guard)
    // PostgreSQL stores the body of a function as it was written.
    const isFunction = guard.startsWith('function ')
    const is = row && (isFunction ? row.definition : plain(row.definition))
    if (row?.is_on && is === definition) continue
    if (!(guard in EXPECTED)) changed.push(guard)
    else if (!row?.is_on) missing.push(guard)
    else changed.push(guard)
  }
  for (const { guard } of rows) if (!expected.has(guard)) changed.push(`unknown ${guard}`)
  return { missing: missing.map(nameOf), changed }
}

/** The older check, without definitions: only missing or disabled guards. */
export const missingAuditGuards = async (db: Queryable): Promise<readonly string[]> =>
  (await auditGuards(db)).missing

/** Guards of the log are reported by name alone. */
const nameOf = (guard: string): string => guard.replace(/^\S+ \S+ /, '')

const expectedGuards = (role: string): ReadonlyMap<string, string> => {
  const files = [...embedded.migrations, ...embedded.functions]
  const bodies = new Map<string, string>()
  const walls: [string, string][] = []
  for (const { text } of files) {
    for (const [, name = '', body = ''] of text.matchAll(FUNCTION)) bodies.set(name, body)
    for (const [, table = '', column = 'organization_id'] of text.matchAll(WALL)) {
      walls.push([`row-level security of ${table}`, plain(`on`)])
      walls.push([
        `policy of ${table} "own organization"`,
        plain(`r ${role} ${column} = SELECT tollgate.own_organization AS own_organization`),
      ])
    }
  }
  return new Map([
    ...Object.entries(EXPECTED),
    ...FUNCTIONS.map((name) => [`function ${name}`, bodies.get(name) ?? ''] as const),
    ...walls,
  ])
}

const FUNCTION =
  /create (?:or replace )?function tollgate\.(\w+)\s*\((?:(?!\$\$)[\s\S])*\$\$([\s\S]*?)\$\$/g
const WALL = /tollgate\.wall_off\('tollgate\.(\w+)'(?:, '(\w+)')?\)/g

/** Versions of PostgreSQL write spaces and parentheses differently. */
const plain = (definition: string): string => definition.replace(/[\s()"]/g, '')

const OF_LOG = `('tollgate.audit_events'::regclass, 'tollgate.audit_heads'::regclass)`
const FOUND = `
  select 'trigger ' || c.relname || ' ' || t.tgname as guard,
         pg_get_triggerdef(t.oid) as definition, t.tgenabled in ('O', 'A') as is_on
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where t.tgrelid in ${OF_LOG} and not t.tgisinternal
  union all
  select 'check ' || c.relname || ' ' || k.conname, pg_get_constraintdef(k.oid), k.convalidated
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.conrelid in ${OF_LOG} and k.contype = 'c'
  union all
  select 'column ' || c.relname || ' ' || a.attname, pg_get_expr(d.adbin, d.adrelid),
         a.attgenerated = 's'
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid in ${OF_LOG} and a.attgenerated <> ''
  union all
  select 'rule ' || c.relname || ' ' || r.rulename, pg_get_ruledef(r.oid), true
  from pg_rewrite r join pg_class c on c.oid = r.ev_class where r.ev_class in ${OF_LOG}
  union all
  select 'function ' || p.proname, p.prosrc, true
  from pg_proc p where p.pronamespace = 'tollgate'::regnamespace and p.proname = any ($1::text[])
  union all
  select 'row-level security of ' || c.relname, case when c.relrowsecurity then 'on' else 'off' end,
         true
  from pg_class c
  where c.relnamespace = 'tollgate'::regnamespace
    and (c.relrowsecurity or exists (select from pg_policy p where p.polrelid = c.oid))
  union all
  select 'policy of ' || c.relname || ' "' || p.polname || '"',
         p.polcmd::text || (select string_agg(r::regrole::text, ',') from unnest(p.polroles) r)
           || coalesce(pg_get_expr(p.polqual, p.polrelid), '')
           || coalesce('check' || pg_get_expr(p.polwithcheck, p.polrelid), ''),
         p.polpermissive
  from pg_policy p join pg_class c on c.oid = p.polrelid
  where c.relnamespace = 'tollgate'::regnamespace`
