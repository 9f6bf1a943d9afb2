import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { WorkflowDefinition } from '../../src/contract/workflow-definition.ts'
import { defineWorkflow } from '../../src/index.ts'

/** A stand-in for an external service: idempotent, with one effect per key. */
export interface Outside {
  readonly done: Map<string, string>
  /** Every request, including repeated ones. */
  readonly asked: string[]
}

export const openOutside = (): Outside => ({ done: new Map(), asked: [] })

/**
 * Three steps. The first and the last grant credits in their transactions; the second calls the
 * external service.
 */
export const threeSteps = (
  outside: Outside,
  more: Partial<Pick<WorkflowDefinition, 'name' | 'version'>> = {},
): WorkflowDefinition => {
  const gives = (name: string) => ({
    name,
    do: async ({ run, tollgate, idempotencyKey }: GivesContext) => {
      const organizationId = run.organizationId ?? ''
      const given = { organizationId, id: idempotencyKey, credits: 10, reason: name }
      const { grant } = await tollgate.grants.create(given)
      return { grantId: grant?.id }
    },
    undo: async ({ run, tollgate, output }: GivesContext & { output(): object | undefined }) => {
      const { grantId = '' } = (output() ?? {}) as { grantId?: string }
      await tollgate.grants.end({ organizationId: run.organizationId ?? '', grantId })
      return undefined
    },
  })
  return defineWorkflow({
    name: 'three_steps',
    version: '1',
    ...more,
    steps: [
      gives('first'),
      {
        name: 'second',
        outside: true,
        do: async ({ idempotencyKey, run }) => {
          outside.asked.push(idempotencyKey)
          outside.done.set(run.id, idempotencyKey)
          return { key: idempotencyKey }
        },
        undo: async ({ run }) => (outside.done.delete(run.id) ? undefined : 'nothing'),
      },
      gives('third'),
    ],
  })
}

type GivesContext = Parameters<
  Extract<WorkflowDefinition['steps'][number], { outside?: false }>['do']
>[0]

/** The remaining granted credits of an organization. */
export const creditsLeft = async (
  { grants }: Pick<TollgateEngine, 'grants'>,
  organizationId: string,
): Promise<{ given: number; left: number }> => {
  let given = 0
  let left = 0
  for await (const grant of grants.list({ organizationId })) {
    given += 1
    left += grant.remaining
  }
  return { given, left }
}
