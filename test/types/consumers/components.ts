import type { CurrentUsage } from 'tollgate/client'
import {
  english,
  type GetToken,
  type Messages,
  type ShownLimit,
  TollgateProvider,
  UsageIndicator,
  type UsageIndicatorProps,
  useUsageDashboard,
  type WordsOptions,
} from 'tollgate/react'

const getToken: GetToken = async () => ({ token: 'read', expiresAt: 1_000 })
const words: WordsOptions = { locale: 'de', messages: { ...english }, labels: { tokens: 'Tokens' } }

/** Components as a host without JSX calls them, in both of their forms. */
export const shows = (usage: CurrentUsage) => {
  const [limit]: readonly ShownLimit[] = usage.limits
  const read: UsageIndicatorProps = { limit: 'tokens/day', variant: 'ring' }
  const { dashboard } = useUsageDashboard('acme')
  return [
    TollgateProvider({ ...words, baseUrl: '/billing', getToken }),
    UsageIndicator(limit ? { value: limit } : read),
    dashboard?.limits,
  ]
}

// @ts-expect-error a text that no component has
export const wrongText: Partial<Messages> = { colour: 'red' }
// @ts-expect-error a provider needs tokens
export const wrongProvider = () => TollgateProvider({ baseUrl: '/billing' })
