import type { LinkProps } from '@tanstack/react-router'
import { limitText, percent, standingAt } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import type { Tone } from '../../ui/state.tsx'

interface Pressed {
  readonly key: string
  readonly tone: Tone
  readonly what: string
  readonly note: string
  readonly to: LinkProps
}

const MOST_SHOWN = 5

const WORDS = {
  reached: { tone: 'reached', text: 'is refused' },
  overage: { tone: 'overage', text: 'is in overage' },
  soft: { tone: 'near', text: 'is past a limit that warns' },
  near: { tone: 'near', text: 'is near a limit' },
} as const

/** Customers at or near a limit, the highest percentage first. */
export const usePressed = (): readonly Pressed[] => {
  const read = (status: 'reached' | 'near') =>
    useRead(
      ['customers', 'pressed', status],
      ({ analytics }, options) =>
        analytics.customers({ status, sort: '-percentageUsed', limit: MOST_SHOWN }, options),
      { poll: true },
    ).data?.items ?? []
  return [...read('reached'), ...read('near')].flatMap((customer) => {
    const { organizationId, name, standing, tightestLimit, percentageUsed } = customer
    if (tightestLimit === null || standing === null) return []
    const words = WORDS[standingAt(standing, tightestLimit.behavior) as keyof typeof WORDS]
    const [meter = '', window = ''] = tightestLimit.limit.split('/')
    return words === undefined
      ? []
      : [
          {
            key: organizationId,
            tone: words.tone,
            what: `${name} ${words.text}`,
            note: `${percent(percentageUsed)} of ${limitText(meter, window)}`,
            to: {
              to: '/customers/$organizationId/limits',
              params: { organizationId },
            } as LinkProps,
          },
        ]
  })
}
