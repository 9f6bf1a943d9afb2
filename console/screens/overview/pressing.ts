import type { LinkProps } from '@tanstack/react-router'
import { plain, sentence } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { readable } from '../../ui/readable.ts'
import { firingGroups } from '../alerts/firing-groups.ts'

interface Pressing {
  readonly key: string
  readonly tone: 'reached'
  readonly what: string
  readonly note: string
  /** The customer's id; `null` for the platform. */
  readonly organizationId: string | null
  readonly to: LinkProps
}

const MOST_READ = 20
const CRITICAL = { state: 'open', severity: 'critical', limit: MOST_READ } as const
const STUCK = { state: 'stuck', limit: MOST_READ } as const

/** Critical alerts, one per limit, and stuck workflow runs. */
export const usePressing = (): readonly Pressing[] => {
  const firings = useRead(
    ['alerts', 'firings', CRITICAL],
    ({ platformAlerts }, options) => platformAlerts.firings(CRITICAL, options),
    { poll: true },
  )
  const runs = useRead(
    ['workflows', 'list', STUCK],
    ({ workflows }, options) => workflows.list(STUCK, options),
    { poll: true },
  )
  return [
    ...firingGroups(firings.data?.items ?? []).map(({ newest }): Pressing => {
      const { id, title, organizationId, organizationName } = newest
      return {
        key: id,
        tone: 'reached',
        what: `${organizationName ?? organizationId ?? 'The platform'}: a critical alert`,
        note: readable(title),
        organizationId,
        to: { to: '/alerts', search: { severity: 'critical', open: id } },
      }
    }),
    ...(runs.data?.items ?? []).map(
      ({ id, workflow, error, organizationId }): Pressing => ({
        key: id,
        tone: 'reached',
        what: `${sentence(plain(workflow))}${organizationId === null ? '' : ` of ${organizationId}`} is stuck`,
        note: readable(error ?? 'a step needs a person'),
        organizationId: null,
        to: { to: '/workflows/$runId', params: { runId: id } },
      }),
    ),
  ]
}
