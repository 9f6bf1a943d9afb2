import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../../src/contract/tenancy.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import {
  isRight,
  isScope,
  isServiceScope,
  ROLES,
  readTokenHas,
  roleHas,
  SCOPES,
  SERVICE_SCOPES,
} from '../../src/core/rights.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import type { ToolDesk } from '../../src/mcp/desk.ts'
import { engineDesk } from '../../src/mcp/engine-desk.ts'
import { toolBook } from '../../src/mcp/listed-tools.ts'
import { RememberedCalls } from '../../src/mcp/remembered-calls.ts'
import type { Tool } from '../../src/mcp/tool.ts'
import { TOOLS } from '../../src/mcp/tools.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { ACCESS_TABLE } from '../http/access-table.ts'
import { REACHED, tripwire } from '../http/tripwire.ts'
import { toolCalls } from './tool-calls.ts'

const VICTIM = 'victim'
const OTHER = 'other'
const ID = '00000000-0000-7000-8000-000000000000'
const CALLS = toolCalls({
  organizationId: VICTIM,
  invoiceId: ID,
  decisionId: ID,
  endpointId: ID,
  deliveryId: ID,
  anotherPlan: 'ai-workspace/starter',
})

type Outcome = 'in' | 'forbidden' | 'not_found'

describe('MCP tools by caller', () => {
  let engine: TollgateEngine
  let tollgate: TollgateEngine
  beforeAll(async () => {
    engine = (await createTestTollgate()).tollgate
    for (const id of [VICTIM, OTHER]) {
      await engine.organizations.create({ id, name: id, plan: 'ai-workspace/starter' })
    }
    for (const role of ROLES) {
      await engine.members.add({ organizationId: VICTIM, userId: role, role })
    }
    await engine.members.add({ organizationId: OTHER, userId: 'other-owner', role: 'owner' })
    tollgate = tripwire(engine)
  })
  afterAll(() => engine?.close())

  const book = toolBook()
  const deskOf = (caller: Principal | undefined): ToolDesk =>
    engineDesk(
      {
        plumbing: plumbingOf(tollgate),
        book,
        remembered: new RememberedCalls(),
        // Other tests check the log of each call.
        audit: { enqueue: () => undefined },
        onInternal: (error) => expect.unreachable(String(error)),
      },
      { caller, writes: true },
    )

  /**
   * A caller needs the right to every operation of a tool: a preview may show only permitted acts.
   */
  const outcomeBy = (tool: Tool, isHeld: (right: string) => boolean): Outcome =>
    tool.operations.every((name) => isHeld(ACCESS_TABLE[name] ?? 'nobody')) ? 'in' : 'forbidden'

  const key = (organizationId: string, scopes: readonly (typeof SCOPES)[number][]): Principal => ({
    kind: 'organization',
    organizationId,
    apiKeyId: ID,
    scopes,
    actor: 'key:test',
  })
  const user = (userId: string): Principal => ({ kind: 'user', userId, actor: `user:${userId}` })

  const callers = (tool: Tool): readonly (readonly [string, Principal | undefined, Outcome])[] => {
    const own = outcomeBy(tool, (right) => isRight(right) && isScope(right))
    const elsewhere = (outcome: Outcome): Outcome => (outcome === 'in' ? 'not_found' : outcome)
    return [
      ['the platform itself', undefined, 'in'],
      ['an administrator', { kind: 'admin', actor: 'admin' }, 'in'],
      ['a key with every scope', key(VICTIM, SCOPES), own],
      ['a key with none', key(VICTIM, []), 'forbidden'],
      // Platform-only tools concern no organization, so there is no foreign one.
      ['a key of another organization', key(OTHER, SCOPES), elsewhere(own)],
      ...SCOPES.map((left): readonly [string, Principal, Outcome] => [
        `a key without ${left}`,
        key(
          VICTIM,
          SCOPES.filter((scope) => scope !== left),
        ),
        outcomeBy(tool, (right) => isRight(right) && isScope(right) && right !== left),
      ]),
      [
        'a service key',
        { kind: 'service', serviceKeyId: ID, scopes: SERVICE_SCOPES, actor: 'service:test' },
        outcomeBy(tool, (right) => isRight(right) && isServiceScope(right)),
      ],
      [
        'a read token',
        { kind: 'reader', organizationId: VICTIM, actor: 'reader' },
        outcomeBy(tool, (right) => isRight(right) && readTokenHas(right)),
      ],
      ['the schedule', { kind: 'cron', actor: 'cron' }, 'forbidden'],
      ...ROLES.map((role): readonly [string, Principal, Outcome] => [
        `a member as ${role}`,
        user(role),
        outcomeBy(tool, (right) => isRight(right) && roleHas(role, right)),
      ]),
      [
        'an owner elsewhere',
        user('other-owner'),
        elsewhere(outcomeBy(tool, (right) => isRight(right))),
      ],
    ]
  }

  it('are all in the table', () => {
    expect(TOOLS.map(({ name }) => name).sort()).toEqual(Object.keys(CALLS).sort())
  })

  for (const tool of TOOLS) {
    it(`allow ${tool.name} for callers with the right, and for nobody else`, async () => {
      for (const [who, caller, expected] of callers(tool)) {
        const desk = deskOf(caller)
        const { content } = await desk.call(tool.name, { ...CALLS[tool.name]?.input })
        const { code, detail } = JSON.parse(content[0]?.text ?? '').error
        expect(detail === REACHED ? 'in' : code, who).toBe(expected)
        const isListed = (await desk.list()).some(({ name }) => name === tool.name)
        if (expected === 'in') expect(isListed, who).toBe(true)
      }
    })
  }
})
