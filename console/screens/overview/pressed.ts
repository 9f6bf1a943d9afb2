import { useQueries } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import { byPressure, limitText, percent, standingOf } from '../../../src/react/format/index.ts'
import { useApi, useRead } from '../../api/use-api.ts'
import type { Tone } from '../../ui/state.tsx'

interface Pressed {
  readonly key: string
  readonly tone: Tone
  readonly what: string
  readonly note: string
  readonly to: LinkProps
}

/** So many of the largest customers are looked at. */
const MOST_LOOKED_AT = 25

const WORDS = {
  reached: { tone: 'reached', text: 'is refused' },
  overage: { tone: 'overage', text: 'is in overage' },
  soft: { tone: 'near', text: 'is past a limit that warns' },
  near: { tone: 'near', text: 'is near a limit' },
} as const
const ORDER = ['reached', 'overage', 'soft', 'near']

/** Customers at a limit or near one, those that are refused first. */
export const usePressed = (): readonly Pressed[] => {
  const { tollgate } = useApi()
  const customers = useRead(
    ['customers', 'largest'],
    ({ analytics }, options) =>
      analytics.customers({ status: 'active', sort: '-calls', limit: MOST_LOOKED_AT }, options),
    { poll: true },
  )
  const items = customers.data?.items ?? []
  const standings = useQueries({
    queries: items.map(({ organizationId }) => ({
      queryKey: ['customer', organizationId, 'current'],
      queryFn: () => tollgate.usage.current({ organizationId }),
      staleTime: 15_000,
    })),
  })
  return items
    .flatMap(({ organizationId, name }, index) => {
      const limits = [...(standings[index]?.data?.limits ?? [])].sort(byPressure)
      const tightest = limits[0]
      const standing = tightest && standingOf(tightest)
      const words = WORDS[standing as keyof typeof WORDS]
      if (!tightest || !words) return []
      return [
        {
          key: organizationId,
          order: ORDER.indexOf(standing ?? ''),
          tone: words.tone,
          what: `${name} ${words.text}`,
          note: `${percent(tightest.percentageUsed)} of ${limitText(tightest.meter, tightest.window)}`,
          to: { to: '/customers/$organizationId/limits', params: { organizationId } } as LinkProps,
        },
      ]
    })
    .sort((one, other) => one.order - other.order)
}
