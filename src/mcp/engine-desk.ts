import type { AuditAdmin } from '../contract/audit.ts'
import { invalid, TollgateError } from '../contract/errors.ts'
import type { KnownCaller } from '../engine/access.ts'
import type { AdmittedCall } from '../engine/entry.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import type { OperationName } from '../operations/operation.ts'
import type { CalledTool, ToolDesk } from './desk.ts'
import { type KnownTool, listFor, type ToolBook } from './listed-tools.ts'
import type { RememberedCalls } from './remembered-calls.ts'
import { sizedAnswer, type ToolAnswer } from './sized-answer.ts'
import type { Arguments, Tool } from './tool.ts'
import { asKnownError, toolProblem } from './tool-problem.ts'
import { operationOf } from './tool-schemas.ts'
import { asValues } from './untrusted.ts'

/** What all tool calls in a process share. */
export interface ToolParts {
  readonly plumbing: Pick<Plumbing, 'admit' | 'namesOf'>
  readonly audit: Pick<AuditAdmin, 'enqueue'>
  readonly book: ToolBook
  readonly remembered: RememberedCalls
  /** Called for internal errors, which are hidden from assistants. */
  readonly onInternal: (error: unknown, tool: string) => void
}

/** The user for whom tools are called. */
export interface ToolUser {
  /** `undefined`: the platform itself, which has access to the database. */
  readonly caller: KnownCaller | undefined
  readonly address?: string | undefined
  /** Whether writing tools may be called at all. The right is required as well. */
  readonly writes: boolean
}

/**
 * Lists and calls tools over an engine in this process. Each call is an ordinary call of the
 * user's, and is audited.
 */
export const engineDesk = (parts: ToolParts, user: ToolUser): ToolDesk => ({
  list: async () => listFor(parts.book, user.caller, user.writes),
  call: async (name, input) => {
    const seen: Seen = { organizationId: undefined }
    const known = parts.book.get(name)
    try {
      const answer = await answered(parts, user, known, input, seen)
      await note(parts, user, known, { seen })
      const structuredContent = { ...answer }
      return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent }
    } catch (thrown) {
      return failed(parts, user, known, thrown)
    }
  },
})

/** What is known about an admitted call. */
interface Seen {
  organizationId: string | undefined
}

const answered = async (
  parts: ToolParts,
  user: ToolUser,
  known: KnownTool | undefined,
  input: Arguments,
  seen: Seen,
): Promise<ToolAnswer> => {
  if (!known) throw new TollgateError('not_found', { detail: 'there is no such tool' })
  const { tool, schemas } = known
  if (tool.writes && !user.writes) {
    const detail = 'tools that change data are off on this server: its operator can turn them on'
    throw new TollgateError('forbidden', { detail })
  }
  const values = async (answer: Promise<unknown>): Promise<Record<string, unknown>> =>
    asValues(asJson(await answer), schemas.open) as Record<string, unknown>
  return sizedAnswer(tool, input, (fields) =>
    values(
      tool.writes
        ? written(parts, user, tool, fields, seen)
        : read(parts, user, tool, fields, seen),
    ),
  )
}

/** Converts a value to what its JSON contains. */
const asJson = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value))

const read = async (
  parts: ToolParts,
  user: ToolUser,
  { operations: [first], puts }: Tool,
  input: Arguments,
  seen: Seen,
): Promise<unknown> => {
  const admitted = (name: OperationName, fields: object): Promise<AdmittedCall> =>
    admit(parts, user, name, fields as Arguments, seen)
  const ask = async (name: OperationName, fields: object) => (await admitted(name, fields)).run()
  if (!puts) return ask(first, input)
  const admitOnly = async (name: OperationName, fields: object) =>
    (await admitted(name, fields)).input
  return puts.together({ ask, admitOnly }, input)
}

/** Runs a writing tool once per key. Uses the operation's own key if it has one. */
const written = async (
  parts: ToolParts,
  user: ToolUser,
  { name, operations: [first] }: Tool,
  { idempotencyKey, ...input }: Arguments,
  seen: Seen,
): Promise<unknown> => {
  if (typeof idempotencyKey !== 'string' || !/^.{1,255}$/su.test(idempotencyKey)) {
    throw invalid({ field: 'idempotencyKey', message: 'must be text of 1 to 255 characters' })
  }
  const isKeyed = operationOf(first).repeat === 'keyed'
  const call = await admit(parts, user, first, input, seen, isKeyed ? idempotencyKey : undefined)
  if (isKeyed) return call.run()
  const key = JSON.stringify([actorOf(user), name, idempotencyKey])
  const { answer, replayed } = await parts.remembered.once(key, call.input, call.run)
  return { ...(answer as object), replayed }
}

const admit = async (
  { plumbing }: ToolParts,
  user: ToolUser,
  name: OperationName,
  input: Arguments,
  seen: Seen,
  idempotencyKey?: string,
): Promise<AdmittedCall> => {
  const { caller, address } = user
  const operation = operationOf(name)
  const { organizationId } = input
  const field = operation.about === 'path' ? undefined : 'organizationId'
  const call = await plumbing.admit(
    operation,
    caller,
    {
      actor: actorOf(user),
      address,
      apiKeyId: caller?.kind === 'organization' ? caller.apiKeyId : undefined,
      idempotencyKey,
    },
    { named: { organizationId, field }, read: () => input },
  )
  if (typeof call.input.organizationId === 'string') seen.organizationId = call.input.organizationId
  return call
}

/** The actor in the audit log: an assistant, and its user. */
const actorOf = ({ caller }: ToolUser): string => `mcp:${caller?.actor ?? 'cli'}`

const failed = async (
  parts: ToolParts,
  user: ToolUser,
  known: KnownTool | undefined,
  thrown: unknown,
): Promise<CalledTool> => {
  const error = asKnownError(thrown)
  if (error.code === 'internal') parts.onInternal(error.cause ?? error, known?.tool.name ?? 'none')
  await note(parts, user, known, { error })
  return toolProblem(error)
}

/**
 * Logs every call in the audit log of its organization. A refused call may name an unknown one, so
 * it is logged for the caller's own organization or the platform.
 */
const note = async (
  { audit, plumbing }: ToolParts,
  user: ToolUser,
  known: KnownTool | undefined,
  { seen, error }: { readonly seen?: Seen; readonly error?: TollgateError },
): Promise<void> => {
  const own = ownOrganization(user.caller)
  const asked = seen?.organizationId
  const isThere =
    asked !== undefined && (asked === own || (await isKnown(plumbing, asked).catch(() => false)))
  const tool = known?.tool.name ?? 'unknown'
  audit.enqueue(
    isThere ? asked : (own ?? null),
    {
      category: 'security',
      action: error?.code === 'forbidden' ? 'mcp.refused' : 'mcp.called',
      subject: `tool:${tool}`,
      new: { operations: known?.tool.operations ?? [], ...(error && { code: error.code }) },
    },
    { actor: actorOf(user), ...(user.address !== undefined && { address: user.address }) },
  )
}

const isKnown = async (plumbing: Pick<Plumbing, 'namesOf'>, id: string): Promise<boolean> =>
  (await plumbing.namesOf([id])).has(id)

const ownOrganization = (caller: KnownCaller | undefined): string | undefined =>
  caller && 'organizationId' in caller ? caller.organizationId : undefined
