import type { Replayable } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Call } from '../../contract/usage.ts'
import { DEMO_ACTOR } from '../../core/demo-actor.ts'

/** The organization that anyone may try. The first try creates it. */
const TEST_ORGANIZATION = { id: 'test', name: 'Test', plan: 'ai-workspace/professional' }

type DemoEngine = Pick<TollgateEngine, 'track'> & {
  readonly organizations: Pick<TollgateEngine['organizations'], 'create' | 'get'>
  readonly audit: Pick<TollgateEngine['audit'], 'list'>
}

/**
 * Tracks calls that come in at the demo's door, for organizations that the demo created. It creates
 * only the organization `test`, if that is missing. Other organizations belong to somebody, and
 * callers at this door have no credentials for them.
 */
export const createDemoMode = (
  tollgate: DemoEngine,
): { track(input: Call): Promise<Replayable<Decision>> } => {
  const known = new Set<string>()
  const requireOfDemo = async (organizationId: string): Promise<void> => {
    if (known.has(organizationId)) return
    if (!(await isMadeByDemo(tollgate, organizationId))) throw notOfDemo()
    known.add(organizationId)
  }
  return {
    track: async (input) => {
      const { organizationId = '' } = input
      if (organizationId === TEST_ORGANIZATION.id) await ensureTestOrganization(tollgate)
      await requireOfDemo(organizationId)
      return tollgate.track(input, { actor: DEMO_ACTOR })
    },
  }
}

/** The organization's own audit log says who created it, and nobody can change that. */
const isMadeByDemo = async (
  { audit }: Pick<DemoEngine, 'audit'>,
  organizationId: string,
): Promise<boolean> => {
  const made = { action: 'organization.created', actor: DEMO_ACTOR, limit: 1 }
  try {
    return (await audit.list({ organizationId, ...made })).items.length > 0
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'not_found' && code !== 'invalid_request') throw error
    return false
  }
}

/** The same error for an organization that does not exist: this door does not reveal which do. */
const notOfDemo = (): TollgateError => {
  const message = 'is none that the demo made: for those, show a key at `/api/usage/track`'
  return new TollgateError('forbidden', {
    detail: `organizationId: ${message}`,
    faults: [{ field: 'organizationId', message }],
  })
}

/** If its plan is not in a catalog, the organization cannot be created, and there is none. */
const ensureTestOrganization = async ({ organizations }: DemoEngine): Promise<void> => {
  try {
    await organizations.get({ organizationId: TEST_ORGANIZATION.id })
  } catch (error) {
    if (codeOf(error) !== 'not_found') throw error
    await organizations
      .create(TEST_ORGANIZATION, { actor: DEMO_ACTOR })
      .catch((refusal: unknown) => {
        const code = codeOf(refusal)
        if (code !== 'already_exists' && code !== 'unprocessable') throw refusal
      })
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code
