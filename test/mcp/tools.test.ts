import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Tool } from '../../src/mcp/tool.ts'
import { operationOf } from '../../src/mcp/tool-schemas.ts'
import { TOOLS } from '../../src/mcp/tools.ts'
import { ADMIN_KEY } from '../http/door.ts'
import { type Assistant, assistant, type ListedTool, olderAssistant } from './assistants.ts'
import { HARMLESS, HOSTILE, openDemoDoor } from './demo-door.ts'
import { toolCalls } from './tool-calls.ts'

const door = openDemoDoor()

describe('MCP tools', () => {
  let assistants: Record<string, Assistant>
  let tools: readonly ListedTool[]
  beforeAll(async () => {
    const asking = { handler: door().handler, key: ADMIN_KEY }
    assistants = {
      'the revision of 2026': await assistant(asking),
      'the revision of 2025': await assistant(asking, '2025'),
      'the client before': await olderAssistant(asking),
    }
    tools = await present().list()
  })
  const present = () => assistants['the revision of 2026'] as Assistant

  it('are the same list for every client, with at most 25 entries', async () => {
    const names = TOOLS.map(({ name }) => name)
    expect(names.length).toBeLessThanOrEqual(25)
    for (const one of Object.values(assistants)) {
      expect((await one.list()).map(({ name }) => name)).toEqual(names)
    }
    expect(Object.keys(toolCalls(door().named)).sort()).toEqual([...names].sort())
  })

  it('are in the guide, with their input and required rights', () => {
    const guide = readFileSync('docs/guides/mcp.md', 'utf8')
    const rows = guide.split('\n').filter((line) => line.startsWith('| `'))
    const inTurn = [
      ...TOOLS.filter(({ writes }) => !writes),
      ...TOOLS.filter(({ writes }) => writes),
    ]
    expect(rows).toEqual(inTurn.map(rowOf))
  })

  it('describe themselves, and return at most 100 items of a list', () => {
    for (const { name, title, description, annotations, inputSchema, outputSchema } of tools) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/)
      expect([title, description].every((text) => (text ?? '').length > 3)).toBe(true)
      const { writes = false, destructive = false } = TOOLS.find((one) => one.name === name) ?? {}
      expect(annotations).toEqual({
        readOnlyHint: !writes,
        destructiveHint: destructive,
        idempotentHint: true,
        openWorldHint: false,
      })
      const { limit, cursor, idempotencyKey } = inputSchema.properties
      if (limit) expect([limit.maximum, cursor.type]).toEqual([100, 'string'])
      if (writes) expect(inputSchema.required).toContain('idempotencyKey')
      else expect(idempotencyKey).toBeUndefined()
      expect(outputSchema.properties.untrusted).toEqual({ const: true })
    }
    expect(JSON.stringify(tools).length).toBeLessThan(110_000)
  })

  it('return the same figures as the same operations over HTTP', async () => {
    for (const [name, { input, http, changes }] of Object.entries(toolCalls(door().named))) {
      if (changes) continue
      const called = await present().call(name, input)
      expect(called.isError, `${name}: ${called.text}`).toBe(false)
      const { untrusted, truncated, result } = called.answer
      expect([untrusted, truncated], name).toEqual([true, false])
      for (const [field, [method, path, body]] of Object.entries(http)) {
        const answered = await door().send(method, path, { body })
        expect(answered.status, `${name}: ${path}`).toBe(200)
        const told = field === '' ? result : result[field]
        const same = field === 'invoice' ? onlyLine(answered.body, told.lines) : answered.body
        expect(withoutTimes(told), name).toEqual(withoutTimes(inPairs(same)))
      }
    }
  })

  it('give every client the same answer', async () => {
    const { organizationId } = door().named
    const answers = await Promise.all(
      Object.values(assistants).map((one) => one.call('get_usage', { organizationId })),
    )
    const [first, ...others] = answers.map(({ answer }) => withoutTimes(answer))
    for (const other of others) expect(other).toEqual(first)
  })

  it('continue at the end of a page', async () => {
    const first = await present().call('list_organizations', { limit: 2 })
    const { nextCursor: cursor } = first.answer
    const second = await present().call('list_organizations', { limit: 2, cursor })
    const ids = [first, second].flatMap(({ answer }) =>
      answer.result.items.map(({ id }: { id: string }) => id),
    )
    expect(new Set(ids).size).toBe(3)
    expect(second.answer.nextCursor).toBeNull()
  })

  it('refuse an invalid field by its name', async () => {
    const { organizationId } = door().named
    const wrong: readonly (readonly [string, object, string])[] = [
      ['list_refusals', { organizationId, limit: 101 }, 'limit'],
      ['list_refusals', { organizationId, cursor: 'nowhere' }, 'cursor'],
      ['list_plans', { organizationId, cursor: 'nowhere' }, 'cursor'],
      ['get_usage', { organizationId, surprise: 1 }, 'surprise'],
      ['check_limit', { organizationId }, 'meter'],
      ['grant_credits', { organizationId, credits: 1, reason: 'no key' }, 'idempotencyKey'],
    ]
    for (const [name, input, field] of wrong) {
      const { isError, answer } = await present().call(name, input)
      expect([isError, answer.error.code], name).toEqual([true, 'invalid_request'])
      expect(answer.error.errors.map((fault: { field: string }) => fault.field)).toContain(field)
    }
  })

  it('report an unknown tool or organization', async () => {
    const unknown = await present().call('drop_tables')
    expect([unknown.isError, unknown.answer.error.code]).toEqual([true, 'not_found'])
    const nobody = await present().call('get_usage', { organizationId: 'nobody' })
    expect([nobody.isError, nobody.answer.error.code]).toEqual([true, 'not_found'])
  })
})

const rowOf = ({ name, title, operations }: Tool): string => {
  const rights = new Set(operations.map((one) => operationOf(one).right))
  const asks = operations.map((one) => `\`${one}\``).join(', ')
  return `| \`${name}\` | ${title} | ${asks} | ${[...rights].join(', ')} |`
}

/** The invoice with the line that the tool returns; for current measurements see `withoutTimes`. */
const onlyLine = (invoice: { lines: readonly unknown[] }, lines: readonly unknown[]) => {
  expect(lines).toEqual([invoice.lines[1]])
  return { ...invoice, lines }
}

/** In the tools' form for objects with keys chosen by customers. */
const inPairs = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner) =>
    ['properties', 'payload', 'values'].includes(key) && inner !== null
      ? Object.entries(inner).map(([name, one]) => ({
          name: name.replace(HOSTILE, HARMLESS),
          value: scalar(one),
        }))
      : inner,
  )

const scalar = (value: unknown) => {
  if (typeof value === 'string') return value.replace(HOSTILE, HARMLESS)
  return typeof value === 'object' ? JSON.stringify(value) : value
}

/** Moments of the request, which differ between two consecutive requests. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner) => (key === 'at' || key === 'asOf' ? undefined : inner)),
  )
