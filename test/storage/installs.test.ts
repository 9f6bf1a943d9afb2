import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { asOrganization } from '../../src/storage/as-organization.ts'
import { migrations } from '../../src/storage/generated/sql.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openPostgres } from '../../src/storage/postgres/open.ts'
import { auditGuards } from '../../src/storage/tables/audit-guards.ts'

/** The commands of the operations page, with other names. */
const documented = (owner: string, database: string): readonly string[] => {
  const page = readFileSync('docs/concepts/database.md', 'utf8')
  return [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, text = '']) =>
    text.replaceAll('app_owner', owner).replace(/(database) app\b/g, `$1 ${database}`),
  )
}

const serverUrl = inject('postgresUrl')

describe.skipIf(serverUrl === undefined)('installations side by side on one server', () => {
  const prefix = `tollgate_test_${inject('runId')}`.replaceAll('-', '_')
  const one = { owner: `${prefix}_a`, database: `${prefix}_da` }
  const other = { owner: `${prefix}_b`, database: `${prefix}_db` }
  const third = { owner: `${prefix}_C"c-é`, database: `${prefix}_dc` }
  const old = { owner: `${prefix}_o`, database: `${prefix}_do` }
  const all = [one, other, third, old]

  const asAdministrator = async (text: string, database?: string): Promise<void> => {
    const url = new URL(serverUrl as string)
    if (database !== undefined) url.pathname = `/${database}`
    const client = new Client({ connectionString: url.href })
    await client.connect()
    try {
      // One after the other, because a database cannot be created in a transaction.
      for (const statement of text.split(/;\s*\n/)) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const urlOf = ({ owner, database }: { owner: string; database: string }) => {
    const url = new URL(serverUrl as string)
    url.username = encodeURIComponent(owner)
    url.password = 'x'
    url.pathname = `/${database}`
    return url.href
  }
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  const started = async (install: { owner: string; database: string }) => {
    const tollgate = await createTollgate({ database: { url: urlOf(install) } })
    try {
      await tollgate.organizations.create({ id: 'acme', name: install.owner, plan: 'trial' })
      const decision = await tollgate.track({ organizationId: 'acme', eventType: 'api_call' })
      expect(decision.allowed).toBe(true)
      const { events } = await tollgate.usage.history({ organizationId: 'acme' })
      expect(events).toHaveLength(1)
      expect(await tollgate.admin.audit.verify({})).toMatchObject({
        faults: [],
        missingGuards: [],
        changedGuards: [],
      })
    } finally {
      await tollgate.close()
    }
  }
  const opened = async <T>(
    install: { owner: string; database: string },
    work: (db: Awaited<ReturnType<typeof openPostgres>>) => Promise<T>,
  ): Promise<T> => {
    const db = await openPostgres({ url: urlOf(install), poolSize: 2 })
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  const roleOf = (install: { owner: string; database: string }) =>
    opened(install, async (db) => {
      const [row] = await db.query<{ role: string }>('select tollgate.tenant_role() as role')
      return row?.role as string
    })

  afterAll(async () => {
    for (const { database } of all) {
      await asAdministrator(`drop database if exists ${quoted(database)} with (force)`)
    }
    const client = new Client({ connectionString: serverUrl as string })
    await client.connect()
    const { rows } = await client.query<{ name: string }>(
      'select quote_ident(rolname) as name from pg_roles where strpos(rolname, $1) > 0',
      [prefix],
    )
    for (const { name } of rows) await client.query(`drop role ${name}`)
    await client.end()
  })

  describe('of two owners with the documented minimal rights', () => {
    beforeAll(async () => {
      for (const { owner, database } of [one, other]) {
        const [inServer = '', inDatabase = ''] = documented(owner, database)
        expect(inServer).toContain(`create database ${database};`)
        await asAdministrator(inServer)
        await asAdministrator(inDatabase, database)
      }
    })

    it('start, decide and report', async () => {
      await Promise.all([started(one), started(other)])
    })

    it('have a tenant role each, with its guards', async () => {
      expect(await roleOf(one)).toBe(`tollgate_tenant_${one.owner}`)
      expect(await roleOf(other)).toBe(`tollgate_tenant_${other.owner}`)
      const guards = await opened(one, auditGuards)
      expect(guards).toEqual({ missing: [], changed: [] })
    })

    it('are closed to the other owner, who cannot read as its tenant either', async () => {
      await asAdministrator(`grant connect on database ${one.database} to ${other.owner}`)
      await opened({ ...other, database: one.database }, async (db) => {
        await expect(
          asOrganization(db, 'acme', (tx) => tx.query('select 1 from tollgate.events')),
        ).rejects.toMatchObject({ code: '42501' })
        for (const role of [await roleOf(one), await roleOf(other)]) {
          const reading = db.transaction(async (tx) => {
            await tx.query(
              `select set_config('role', $1, true), set_config('tollgate.organization_id', 'acme', true)`,
              [role],
            )
            return tx.query('select 1 from tollgate.events')
          })
          await expect(reading, role).rejects.toMatchObject({ code: '42501' })
        }
        await expect(migrate(db)).rejects.toThrow(`is of ${one.owner}, and ${other.owner} may make`)
      })
    })
  })

  it('name missing statements, create nothing until they were run, and then start', async () => {
    const owner = quoted(third.owner)
    await asAdministrator(`create role ${owner} login password 'x'`)
    await asAdministrator(`create database ${quoted(third.database)}`)
    for (const part of ['schema', 'role']) {
      const told = await opened(third, migrate).then(
        () => undefined,
        (error: Error) => error,
      )
      expect(told?.name).toBe('MigrationError')
      const [, statements = ''] = /as an administrator: (.*)$/.exec(told?.message ?? '') ?? []
      expect(statements).toContain(`create ${part} `)
      await asAdministrator(statements.replaceAll('; ', ';\n'), third.database)
    }
    await started(third)
    expect(await roleOf(third)).toMatch(/^tollgate_tenant_[a-z0-9_]{1,38}_[0-9a-f]{8}$/)
  })

  it('keep their role from before each owner had its own', async () => {
    await asAdministrator(`create role ${old.owner} login createrole password 'x'`)
    await asAdministrator(`create database ${old.database} owner ${old.owner}`)
    const name = `${prefix}_readers`
    await asAdministrator(`alter database ${old.database} set tollgate.tenant_role = '${name}'`)
    const before = migrations.findIndex((file) => file.name.startsWith('0026'))
    await opened(old, (db) =>
      migrate(db, { migrations: migrations.slice(0, before), functions: [] }),
    )
    await asAdministrator(`alter database ${old.database} reset tollgate.tenant_role`)
    await started(old)
    expect(await roleOf(old)).toBe(name)
  })

  it('refuse a role name that is more than a name', async () => {
    const name = `x; drop role y`
    await asAdministrator(`create database ${quoted(`${prefix}_dx`)} owner ${old.owner}`)
    const install = { owner: old.owner, database: `${prefix}_dx` }
    all.push(install)
    await asAdministrator(`alter database ${install.database} set tollgate.tenant_role = '${name}'`)
    await expect(opened(install, migrate)).rejects.toThrow('must be of small letters')
  })
})
