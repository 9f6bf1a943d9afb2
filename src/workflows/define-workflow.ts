import type { WorkflowDefinition } from '../contract/workflow-definition.ts'

/**
 * Defines a workflow of your own steps, for the option `workflows`. Steps run in order, each to its
 * end, even if the process crashes. A rollback undoes them, the last first.
 *
 * @example
 * ```ts
 * const welcome = defineWorkflow({
 *   name: 'welcome',
 *   version: '1',
 *   needsOrganization: true,
 *   input: z.object({ email: z.email() }).parse,
 *   steps: [
 *     {
 *       name: 'grant',
 *       do: ({ run, tollgate, idempotencyKey }) =>
 *         tollgate.grants.create({
 *           organizationId: run.organizationId ?? '',
 *           id: idempotencyKey,
 *           credits: 100,
 *           reason: 'welcome',
 *         }),
 *     },
 *     {
 *       name: 'mail',
 *       outside: true,
 *       do: async ({ input, idempotencyKey, signal }) => {
 *         await mailer.send({ to: input.email, template: 'welcome', idempotencyKey, signal })
 *       },
 *     },
 *   ],
 * })
 * ```
 */
export const defineWorkflow = <Input extends object = object>(
  definition: WorkflowDefinition<Input>,
): WorkflowDefinition => definition as WorkflowDefinition
