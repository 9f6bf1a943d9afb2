import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CatalogInput, validateCatalog } from '../../src/contract/catalog.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'

const PAGE = resolve(import.meta.dirname, '../../docs/guides/catalog-cookbook.md')

/** Each recipe by its heading. */
const recipes = [
  ...readFileSync(PAGE, 'utf8').matchAll(/^## (.+)\n[\s\S]*?```json\n([\s\S]*?)```/gm),
].map(([, title = '', text = '']) => ({ title, document: JSON.parse(text) as CatalogInput }))

describe("the cookbook's recipes", () => {
  let lent: LentDatabase
  let tollgate: TollgateEngine
  beforeAll(async () => {
    lent = await lentDatabase()
    const catalogs = recipes.map(({ document, title }) => ({ document, origin: title }))
    tollgate = await createTollgate({ database: lent.database, catalogs })
  })
  afterAll(async () => {
    await tollgate?.close()
    await lent?.giveBack()
  })
  const organization = async (plan: string): Promise<string> => {
    const id = plan.replace('/', '-')
    await tollgate.organizations.create({ id, name: id, plan })
    return id
  }

  it('are all present', () => {
    const titles = recipes.map(({ title }) => title)
    for (const title of ['Credits', 'Seats', 'Tiers', 'Limits per user', 'Trials']) {
      expect(titles).toContain(title)
    }
  })

  it.each(recipes)('are valid catalogs: $title', ({ document }) => {
    expect(validateCatalog(document)).toMatchObject({ ok: true })
  })

  it('price a call as stated', async () => {
    const organizationId = await organization('with-credits/pro')
    const properties = { complexity: 2, trace: true }
    const decision = await tollgate.track({ organizationId, eventType: 'analyze', properties })
    expect(decision).toMatchObject({ allowed: true, credits: 22.5 })
  })

  it('refuse an extra seat on one plan, and bill it on the other', async () => {
    const four = { eventType: 'seats_reported', quantities: { seats: 4 } }
    const solo = await organization('with-seats/solo')
    expect(await tollgate.track({ organizationId: solo, ...four })).toMatchObject({
      allowed: false,
      reason: 'limit_exceeded',
      upgrade: ['with-seats/team'],
    })
    const team = await organization('with-seats/team')
    const decision = await tollgate.track({ organizationId: team, ...four })
    expect(decision.limits).toMatchObject([{ limit: 'seats/period', overage: 1 }])
  })

  it('refuse a call without a user, and a feature that the plan lacks', async () => {
    const team = await organization('per-user/team')
    const nobody = await tollgate.track({ organizationId: team, eventType: 'ask' })
    expect(nobody.reason).toBe('subject_missing')
    const ada = await tollgate.track({ organizationId: team, eventType: 'ask', userId: 'ada' })
    expect(ada.allowed).toBe(true)
    const basic = await organization('with-models/basic')
    const look = await tollgate.track({ organizationId: basic, eventType: 'look' })
    expect(look.reason).toBe('feature_not_included')
  })
})
