'use client'

import type { ReactNode } from 'react'
import { type GetToken, LimitWarning, TollgateProvider, UsageIndicator } from 'tollgate/react'

const getToken: GetToken = async () => {
  const response = await fetch('/api/read-token', { cache: 'no-store' })
  if (!response.ok) throw new Error('signed out')
  return response.json()
}

interface Props {
  readonly organizationId: string
  /** The server's data for the first paint, by operation name. */
  readonly initialData: Readonly<Record<string, unknown>>
  readonly children: ReactNode
}

/** One token, one store and one stream for all Tollgate parts on a page. */
export const BillingProvider = (props: Props) => (
  <TollgateProvider
    {...props}
    baseUrl="/billing"
    getToken={getToken}
    labels={{ ai_calls: 'AI calls' }}
  />
)

export const Standing = () => <UsageIndicator meter="credits" />

export const Warning = () => <LimitWarning dismissible onUpgrade={() => location.assign('/plan')} />
