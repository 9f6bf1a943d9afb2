import { expect, it } from 'vitest'
import type { AuditEvent, AuditListInput } from '../../src/contract/audit.ts'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'
import { metersOnly } from './meters-catalog.ts'

describeTollgate(
  'the audit log',
  (subject) => {
    const logOf = (organizationId: string | null, filter: AuditListInput) => {
      const { audit } = subject().tollgate
      return organizationId === null
        ? audit.listPlatform(filter)
        : audit.list({ organizationId, ...filter })
    }

    /** The entries of an organization, or of the platform, since a position; oldest first. */
    const since = async (organizationId: string | null, sequence = 0): Promise<AuditEvent[]> => {
      const { items } = await logOf(organizationId, { limit: 200 })
      return items.filter((event) => event.sequence > sequence).toReversed()
    }

    const lastOf = async (organizationId: string | null): Promise<number> =>
      (await logOf(organizationId, { limit: 1 })).items[0]?.sequence ?? 0

    /** Runs an action and returns the entries about it. */
    const acts = async (
      organizationId: string | null,
      work: () => Promise<unknown>,
    ): Promise<AuditEvent[]> => {
      const before = await lastOf(organizationId)
      await work()
      return since(organizationId, before)
    }

    it('records who created an organization, when, and with which values', async () => {
      const { organization } = subject()
      const id = await organization('free')
      expect(await since(id)).toMatchObject([
        {
          id: `${id}:1`,
          organizationId: id,
          sequence: 1,
          occurredAt: '2026-03-10T12:00:00.000Z',
          category: 'organization',
          action: 'organization.created',
          subject: `organization:${id}`,
          old: null,
          address: null,
          new: { name: id, plan: 'meters/free' },
        },
      ])
    })

    it('records a limit before and after an override', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free')
      const limit = { meter: 'tokens', window: 'day', behavior: 'hard', reason: 'test' } as const
      await tollgate.limits.override({ organizationId: id, ...limit, max: 70 })
      const found = await acts(id, () =>
        tollgate.limits.override({ organizationId: id, ...limit, max: 71 }),
      )
      expect(found).toMatchObject([
        { category: 'limits', action: 'limit.overridden', old: { max: 70 }, new: { max: 71 } },
      ])
    })

    it('never contains an API key, only its name and prefix', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free')
      const { key, prefix } = await tollgate.apiKeys.create({
        organizationId: id,
        name: 'of the shop',
      })
      const [made] = (await since(id)).slice(1)
      expect(made).toMatchObject({ category: 'keys', new: { name: 'of the shop', prefix } })
      expect(JSON.stringify(made)).not.toContain(key)
    })

    it('records each catalog change, with its place, in the platform’s chain', async () => {
      const { engine } = subject()
      const key = 'meters/work'
      const made = await acts(null, () =>
        engine.eventRegistry.updateEventDefinition(key, { name: 'Labour' }, { actor: 'me' }),
      )
      expect(made).toMatchObject([
        {
          organizationId: null,
          category: 'catalog',
          action: 'event_type.updated',
          actor: 'me',
          subject: 'event-type:meters/work',
          old: { parts: { 'eventTypes.work.name': 'Work' } },
          new: { parts: { 'eventTypes.work.name': 'Labour' } },
        },
      ])
      expect(made[0]?.old).toHaveProperty('version')
    })

    it('records a catalog change, however it is made', async () => {
      const { tollgate } = subject()
      const { catalog, eventRegistry, planRegistry } = tollgate
      const type = { key: 'extra', name: 'Extra', category: 'x', baseCredits: 1, meters: {} }
      const plan = await planRegistry.getPlan('meters/free')
      const [before] = await catalog.inForce()
      const document = before?.document as CatalogInput
      const price = { provider: 'p', model: 'm', inputUsdPerMillion: '1', outputUsdPerMillion: '2' }
      const made = await acts(null, async () => {
        await eventRegistry.createEventDefinition('meters', type)
        await eventRegistry.deactivate('meters/extra')
        await planRegistry.createPlan('meters', { ...plan, key: 'fresh' })
        await planRegistry.updatePlan('meters/fresh', { name: 'Fresh' })
        await catalog.modelPrices.set({ catalog: 'meters', ...price })
        await catalog.apply({ document, note: 'back to how it was' })
      })
      expect(made.map(({ action, subject: about }) => [action, about])).toEqual([
        ['event_type.created', 'event-type:meters/extra'],
        ['event_type.deactivated', 'event-type:meters/extra'],
        ['plan.created', 'plan:meters/fresh'],
        ['plan.updated', 'plan:meters/fresh'],
        ['model_price.set', 'model-price:meters/p/m'],
        ['catalog.applied', 'catalog:meters'],
      ])
      const last = made.at(-1)
      expect(last?.new).toMatchObject({ note: 'back to how it was' })
      expect(last?.new).toHaveProperty(['parts', 'eventTypes.extra'], null)
    })

    it('tells each organization that it moved to another version of its plan', async () => {
      const { tollgate, engine, organization } = subject()
      const plan = { ...(await tollgate.planRegistry.getPlan('meters/free')), key: 'moving' }
      await tollgate.planRegistry.createPlan('meters', plan)
      const [one, other] = [await organization('moving'), await organization('free')]
      const [beforeOne, beforeOther] = [await lastOf(one), await lastOf(other)]
      await engine.planRegistry.updatePlan(
        'meters/moving',
        { name: 'Moved' },
        { actor: 'me', applyToExisting: true },
      )
      expect(await since(one, beforeOne)).toMatchObject([
        {
          action: 'organization.moved',
          actor: 'me',
          old: { plan: 'meters/moving', planVersion: 1 },
          new: { plan: 'meters/moving', planVersion: 2 },
        },
      ])
      expect(await since(other, beforeOther)).toEqual([])
    })

    it('records nothing for a failed action', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free')
      const platform = await lastOf(null)
      const failing = [
        () => tollgate.organizations.create({ id, name: id, plan: 'free' }),
        () => tollgate.catalog.apply({ document: { key: 'meters' } as CatalogInput }),
        () => tollgate.eventRegistry.updateEventDefinition('meters/nothing', { name: 'x' }),
      ]
      for (const fail of failing) await expect(fail()).rejects.toThrow()
      expect(await since(id, 1)).toEqual([])
      expect(await since(null, platform)).toEqual([])
    })

    it('stores every name as given', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free')
      const names = [
        `Robert'); drop table tollgate.audit_events;--`,
        '<script>alert("x")</script>&amp;',
        '\u202eevil\u202c \u200f\u2066x\u2069',
        '\\u0000 \\" {"sequence":9} 🜁',
        'ñ'.repeat(10_000),
      ]
      for (const name of names) await tollgate.apiKeys.create({ organizationId: id, name })
      const found = await since(id, 1)
      expect(found.map((event) => (event.new as { name: string }).name)).toEqual(names)
      expect((await tollgate.admin.audit.verify({ organizationIds: [id] })).faults).toEqual([])
    })

    it('is filtered by category, action, actor and time, page by page', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('free')
      const from = clock.now()
      const done = { category: 'billing', action: 'x.done' } as const
      for (let n = 1; n <= 5; n += 1) {
        await clock.advance(1_000)
        await tollgate.admin.audit.append(
          id,
          { ...done, subject: `x:${n}` },
          { actor: `user:${n % 2}` },
        )
      }
      const subjects = async (filter: AuditListInput) =>
        (await tollgate.audit.list({ organizationId: id, ...filter })).items.map(
          (event) => event.subject,
        )
      const all = ['x:5', 'x:4', 'x:3', 'x:2', 'x:1']
      expect(await subjects({ category: 'billing' })).toEqual(all)
      expect(await subjects({ action: 'x.done', actor: 'user:0' })).toEqual(['x:4', 'x:2'])
      expect(await subjects({ category: 'chat' })).toEqual([])
      const at = (seconds: number) => new Date(from.getTime() + seconds * 1_000)
      expect(await subjects({ from: at(2), to: at(4).toISOString() })).toEqual(['x:3', 'x:2'])
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await tollgate.audit.list({
          organizationId: id,
          category: 'billing',
          limit: 2,
          cursor,
        })
        seen.push(...page.items.map((event) => event.subject))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(seen).toEqual(all)
    })

    it('resolves an entry once, by a second entry that names it', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free')
      const before = await since(id)
      const note = 'Spoke to them: <b>fine</b>.'
      const resolved = await tollgate.audit.resolve({ organizationId: id, sequence: 1, note })
      expect(resolved).toMatchObject({ sequence: 1, resolution: { note, sequence: 2 } })
      const [first, second] = await since(id)
      expect({ ...first, resolution: undefined }).toEqual({ ...before[0], resolution: undefined })
      expect(first).toEqual(resolved)
      expect(second).toMatchObject({ action: 'audit.resolved', new: { resolves: 1, note } })
      const refused = (sequence: number) =>
        tollgate.audit.resolve({ organizationId: id, sequence, note })
      await expect(refused(1)).rejects.toMatchObject({ code: 'already_exists' })
      await expect(refused(2)).rejects.toMatchObject({ code: 'unprocessable' })
      await expect(refused(3)).rejects.toMatchObject({ code: 'not_found' })
      await tollgate.apiKeys.create({ organizationId: id, name: 'x' })
      const races = await Promise.allSettled([refused(3), refused(3), refused(3)])
      expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const listed = async (isResolved: boolean) =>
        (await tollgate.audit.list({ organizationId: id, resolved: isResolved })).items.map(
          (one) => one.sequence,
        )
      await tollgate.apiKeys.create({ organizationId: id, name: 'y' })
      expect(await listed(true)).toEqual([3, 1])
      expect(await listed(false)).toEqual([5])
    })

    it('neither shows nor resolves unknown entries', async () => {
      const { audit } = subject().tollgate
      await expect(audit.list({ organizationId: 'nobody' })).rejects.toMatchObject({
        code: 'not_found',
      })
      const resolving = audit.resolve({ organizationId: 'nobody', sequence: 1, note: 'x' })
      await expect(resolving).rejects.toMatchObject({ code: 'not_found' })
      await expect(audit.listPlatform({ cursor: 'x' })).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ field: 'cursor' }],
      })
      await expect(audit.listPlatform({ limit: 201 })).rejects.toMatchObject({
        faults: [{ field: 'limit' }],
      })
    })
  },
  metersOnly,
)
