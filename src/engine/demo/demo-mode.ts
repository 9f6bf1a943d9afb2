import type { Replayable } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Call } from '../../contract/usage.ts'

/** The organization that anyone may try, and that comes into being when they do. */
const TEST_ORGANIZATION = { id: 'test', name: 'Test', plan: 'ai-workspace/professional' }

type DemoEngine = Pick<TollgateEngine, 'track'> & {
  readonly organizations: Pick<TollgateEngine['organizations'], 'create' | 'get'>
}

/** Tracks what the demo's door is given; only the organization `test` is made when it is missing. */
export const createDemoMode = (
  tollgate: DemoEngine,
): { track(input: Call): Promise<Replayable<Decision>> } => ({
  track: async (input) => {
    if (input.organizationId === TEST_ORGANIZATION.id) await ensureTestOrganization(tollgate)
    return tollgate.track(input, { actor: 'demo' })
  },
})

/** Where its plan is not sold it cannot be made: the gate then says that there is none. */
const ensureTestOrganization = async ({ organizations }: DemoEngine): Promise<void> => {
  try {
    await organizations.get({ organizationId: TEST_ORGANIZATION.id })
  } catch (error) {
    if (codeOf(error) !== 'not_found') throw error
    await organizations.create(TEST_ORGANIZATION).catch((refusal: unknown) => {
      const code = codeOf(refusal)
      if (code !== 'already_exists' && code !== 'unprocessable') throw refusal
    })
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
