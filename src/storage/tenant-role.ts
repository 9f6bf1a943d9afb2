import type { Queryable } from './database.ts'
import { MigrationError } from './migration-error.ts'

/**
 * The placeholder in migrations for the role that reads as one organization. A role belongs to the
 * whole server, and its members may read all that it may. So each database owner has a role of
 * their own.
 */
const PLACEHOLDER = 'tollgate_tenant'

/** A name that needs no quotes, and that PostgreSQL does not truncate. */
const PLAIN_NAME = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * The text of migrations with this database's role. Creates the role if this text is the first to
 * need it.
 */
export const withTenantRole = async (tx: Queryable, text: string): Promise<string> => {
  if (!text.includes(PLACEHOLDER)) return text
  const role = (await roleOfPolicies(tx)) ?? (await newRole(tx))
  return text.replaceAll(PLACEHOLDER, role)
}

/** The role that this database was created with, whatever its name is. */
const roleOfPolicies = async (tx: Queryable): Promise<string | undefined> => {
  const [row] = await tx.query<{ role: string }>(
    `select r.rolname as role from pg_policy p join pg_roles r on r.oid = any (p.polroles)
     where p.polrelid = to_regclass('tollgate.organizations') and p.polname = 'own organization'`,
    [],
  )
  return row && plain(row.role)
}

/**
 * The name in the database's setting `tollgate.tenant_role`, or one derived from its owner's name.
 * Two owners never share one.
 */
const newRole = async (tx: Queryable): Promise<string> => {
  const [row] = await tx.query<{ user: string; given: string; role: string }>(
    `select quote_ident(current_user) as user, current_setting('tollgate.tenant_role', true) as given,
            $1 || '_' || case when current_user ~ '^[a-z0-9_]{1,47}$' then current_user
              else left(regexp_replace(lower(current_user), '[^a-z0-9_]', '_', 'g'), 38)
                || '_' || left(md5(current_user), 8) end as role`,
    [PLACEHOLDER],
  )
  const role = plain(row?.given || (row?.role as string))
  try {
    await tx.query(ENSURED.replaceAll(PLACEHOLDER, role))
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error
    throw new MigrationError(
      `The database user ${row?.user} may not make or take on the role ${role}. Run once as an ` +
        `administrator: create role ${role} nologin; grant ${role} to ${row?.user};`,
      { cause: error },
    )
  }
  return role
}

const plain = (role: string): string => {
  if (PLAIN_NAME.test(role)) return role
  throw new MigrationError(
    `The role of tollgate.tenant_role must be of small letters, digits and "_": ${role}`,
  )
}

/**
 * Another database of the same owner may be migrated at the same moment. From version 16 on, the
 * creator of a role may grant it to others, but is not a member of it.
 */
const ENSURED = `
  do $$
  declare
    needed text := case when current_setting('server_version_num')::int >= 160000
                     then 'set' else 'member' end;
  begin
    if not exists (select from pg_roles where rolname = 'tollgate_tenant') then
      begin
        create role tollgate_tenant nologin nobypassrls noinherit;
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    if not pg_has_role(current_user, 'tollgate_tenant', needed) then
      begin
        execute format('grant tollgate_tenant to %I', current_user)
          || case needed when 'set' then ' with set true, inherit false' else '' end;
      exception when unique_violation then null;
      end;
    end if;
  end
  $$`
