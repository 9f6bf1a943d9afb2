import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { decisionStatus } from '../../src/decision/index.ts'
import { createTestTollgate, type TestClock } from '../../src/testing/index.ts'

describe('a call with an unknown name', () => {
  const lines: { fields: object; message: string }[] = []
  let tollgate: TollgateEngine
  let clock: TestClock
  beforeAll(async () => {
    const warn = (fields: object, message: string) => void lines.push({ fields, message })
    const log = { info: () => {}, warn, error: warn }
    const opened = await createTestTollgate({ catalogs: ['rag-chatbot'], log })
    tollgate = opened.tollgate
    clock = opened.clock
    for (const id of ['acme', 'globex']) {
      await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/trial' })
    }
  })
  afterAll(() => tollgate.close())
  beforeEach(() => {
    lines.length = 0
  })

  it.each([
    ['unknown_event_type', { organizationId: 'acme', eventType: 'chat_mesage' }, 'chat_message'],
    ['unknown_organization', { organizationId: 'acmee', eventType: 'chat_message' }, 'acme'],
  ])(
    '%s is a fault of the host: a 500, and a log line with the nearest name',
    async (reason, call, nearest) => {
      const decision = await tollgate.track(call)
      expect(decision).toMatchObject({ allowed: false, reason })
      expect(decisionStatus(decision)).toBe(500)
      // A later request to the store than the log line's.
      await tollgate.organizations.list()
      expect(lines).toEqual([
        { fields: expect.objectContaining({ reason, nearest }), message: expect.any(String) },
      ])
      expect(lines[0]?.message).toContain(`did you mean "${nearest}"?`)
    },
  )

  it('gets no suggestion if no name is near', async () => {
    await tollgate.track({ organizationId: 'acme', eventType: 'a_thing_of_another_kind' })
    await tollgate.organizations.list()
    expect(lines).toEqual([
      {
        fields: expect.objectContaining({ nearest: undefined }),
        message: 'unknown_event_type: there is no "a_thing_of_another_kind"',
      },
    ])
  })

  it('is logged once a minute, however often it is made', async () => {
    const call = { organizationId: 'acme', eventType: 'chat_mesages' }
    for (let n = 0; n < 5; n++) await tollgate.check(call)
    await tollgate.organizations.list()
    expect(lines.length).toBe(1)
    await clock.advance(60_000)
    await tollgate.check(call)
    await tollgate.organizations.list()
    expect(lines.length).toBe(2)
  })

  it('is a warning on the console if the host set no log, with what to do', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const opened = await createTestTollgate({ catalogs: ['rag-chatbot'] })
    await opened.tollgate.track({ organizationId: 'org_beta', eventType: 'chat_message' })
    await opened.tollgate.organizations.list()
    await opened.tollgate.close()
    const said = warned.mock.calls
    warned.mockRestore()
    expect(said).toEqual([
      [
        'tollgate: unknown_organization: there is no "org_beta"; create it with organizations.create',
      ],
    ])
  })
})
