import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { familiarNames } from '../../src/familiar/index.ts'
import { type OpenedSubject, openSubject } from '../behaviour/open-subject.ts'
import { describeByForm } from '../setup/substrates.ts'
import { trackerCatalog } from './tracker-catalog.ts'

describeByForm('a handler wrapped by withUsageTracking', (open) => {
  let subject: OpenedSubject
  let tollgate: TollgateEngine
  const url = 'https://acme.test/api/diagnose'
  beforeAll(async () => {
    subject = await openSubject(await open(), { catalogs: [trackerCatalog] })
    tollgate = subject.tollgate
  })
  afterAll(() => tollgate?.close())

  it('is metered as a decorated method of either kind, and as a function', async () => {
    const { requireOrganizationAccess, withUsageTracking } = familiarNames(tollgate)
    const id = await subject.organization('tracker/hundred')
    const tracking = {
      eventType: 'structuring_diagnose',
      organizationId: (_request: Request, params: { orgId: string }) => params.orgId,
      eventData: async (asked: Request) => ({
        complexity: ((await asked.clone().json()) as { complexity: number }).complexity,
      }),
    }
    class Routes {
      readonly word = 'done'
      async diagnose(_request: Request, { orgId: of }: { orgId: string }): Promise<Response> {
        return Response.json({ [this.word]: of })
      }
      async old(_request: Request, _params: { orgId: string }): Promise<Response> {
        return Response.json({ word: this.word })
      }
    }
    // The compiled form of `@withUsageTracking(…)`: by the standard, and before it.
    const { diagnose } = Routes.prototype
    const context = { kind: 'method', name: 'diagnose' } as ClassMethodDecoratorContext
    Routes.prototype.diagnose = withUsageTracking(tracking)(diagnose, context)
    const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, 'old')
    if (!descriptor) throw new Error('a method has a descriptor')
    withUsageTracking(tracking)(Routes.prototype, 'old', descriptor)
    Object.defineProperty(Routes.prototype, 'old', descriptor)
    const routes = new Routes()
    const asking = (complexity: unknown) =>
      new Request(url, { method: 'POST', body: JSON.stringify({ complexity }) })
    const first = await routes.diagnose(asking(3), { orgId: id })
    expect(await first.json()).toMatchObject({
      done: id,
      usage: { creditsConsumed: 30, remainingCredits: 70 },
    })
    expect(first.headers.get('x-ratelimit-remaining')).toBe('70')
    const second = await routes.old(asking(6), { orgId: id })
    expect(await second.json()).toMatchObject({ word: 'done', usage: { creditsConsumed: 60 } })
    let ran = 0
    const plain = withUsageTracking(tracking)(() => {
      ran += 1
      return new Response('ran')
    })
    const refused = await plain(asking(2), { orgId: id })
    expect([refused.status, ran]).toEqual([402, 0])
    expect(await refused.json()).toMatchObject({ reason: 'credits_exhausted' })
    expect((await plain(asking(0.5), { orgId: id })).status).toBe(200)
    // A forbidden caller gets a message and is charged nothing.
    const guarded = withUsageTracking({
      ...tracking,
      organizationId: async (asked: Request) => {
        await requireOrganizationAccess(asked, id)
        return id
      },
    })(() => new Response('ran'))
    expect((await guarded(asking(0.1))).status).toBe(401)
    expect((await tollgate.usage.history({ organizationId: id })).events).toHaveLength(3)
  })

  it('is refused if its amounts are known only afterwards', async () => {
    const { withUsageTracking } = familiarNames(tollgate)
    const id = await subject.organization('tracker/hundred')
    const tracking = { eventType: 'structuring_diagnose', organizationId: id }
    const handler = withUsageTracking({ ...tracking, eventData: { inputTokens: 9 } })(() => {
      throw new Error('it ran')
    })
    await expect(handler(new Request(url))).rejects.toMatchObject({
      faults: [{ field: 'eventData.inputTokens' }],
    })
  })
})
