import { useRead } from '../../api/use-api.ts'

const POLL_MS = 5_000

/** Polled, so that a step is ticked soon after the server sees it. */
const soon = { pollMs: () => POLL_MS }

/** The state of each setup step. `undefined` while unknown; such a step is not ticked. */
export const useSteps = () => {
  const plans = useRead(
    ['catalog', 'plans'],
    ({ catalog }, options) => catalog.plans.list({}, options),
    soon,
  )
  const catalogs = useRead(['catalog', 'inForce'], ({ catalog }, options) =>
    catalog.inForce({}, options),
  )
  const organizations = useRead(
    ['steps', 'organizations'],
    ({ organizations }, options) => organizations.list({ limit: 1 }, options),
    soon,
  )
  const organizationId = organizations.data?.items[0]?.id ?? ''
  const ofFirst = { isWanted: organizationId !== '', ...soon }
  const keys = useRead(
    ['steps', organizationId, 'keys'],
    ({ apiKeys }, options) => apiKeys.list({ organizationId, limit: 100 }, options),
    ofFirst,
  )
  const history = useRead(
    ['steps', organizationId, 'history'],
    ({ usage }, options) => usage.history({ organizationId, limit: 1 }, options),
    ofFirst,
  )
  const refusals = useRead(
    ['steps', organizationId, 'refusals'],
    ({ usage }, options) => usage.refusals({ organizationId, limit: 1 }, options),
    ofFirst,
  )
  const endpoints = useRead(
    ['steps', 'endpoints'],
    ({ platformWebhooks }, options) => platformWebhooks.list({ limit: 1 }, options),
    soon,
  )
  const system = useRead(['system'], ({ system }, options) => system.get({}, options), soon)
  const catalog = catalogs.data?.[0]
  const eventTypes = catalog?.document.eventTypes as readonly { readonly key: string }[] | undefined
  const first = eventTypes?.[0]?.key
  return {
    planCount: plans.data?.length ?? 0,
    organizationId: organizationId === '' ? undefined : organizationId,
    key: keys.data?.items.find(({ revokedAt }) => revokedAt === null),
    lastEvent: history.data?.events[0],
    refusal: refusals.data?.items[0],
    isTold: (endpoints.data?.items.length ?? 0) > 0,
    isCharged: system.data?.configured.stripe ?? false,
    /** The first event type of the first catalog: `catalog/type`. */
    eventType: catalog && first !== undefined ? `${catalog.catalog}/${first}` : undefined,
  }
}

/** The number of steps that can be ticked, and of those done. */
export const countSteps = (of: ReturnType<typeof useSteps>) => {
  const done = [
    of.planCount > 0,
    of.organizationId !== undefined,
    of.key !== undefined,
    of.lastEvent !== undefined,
    of.refusal !== undefined,
    of.isTold && of.isCharged,
  ]
  return { done: done.filter(Boolean).length, all: done.length }
}
