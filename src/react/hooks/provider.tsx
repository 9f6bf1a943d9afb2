'use client'
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { systemTimers } from '../../facade/timers.ts'
import { browserLife } from '../client/page-life.ts'
import type { GetToken } from '../client/read-token.ts'
import { createStore, type ReadFailure } from '../client/store.ts'
import type { WordsOptions } from '../words/words.ts'
import { ContextProvider } from './context.ts'

export interface TollgateProviderProps extends WordsOptions {
  /** The base URL of Tollgate's handler: `/billing`, or `https://tollgate.example.com`. */
  readonly baseUrl: string
  /** Requests a read token from your server. Called again before the token expires. */
  readonly getToken: GetToken
  /** The default organization of the components below. */
  readonly organizationId?: string | undefined
  /** The IANA time zone of day boundaries. The organization's own by default. */
  readonly timezone?: string | undefined
  /** Results that your server already read, by operation name, for the first paint. */
  readonly initialData?: Readonly<Record<string, unknown>> | undefined
  /** `false`: polls every 15 s and opens no stream. */
  readonly live?: boolean | undefined
  readonly onError?: ((failure: ReadFailure) => void) | undefined
  /** Replaces the browser's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** The clock (milliseconds since 1970) and timers; tests pass their own. */
  readonly timers?: typeof systemTimers | undefined
  readonly children?: ReactNode
}

/** One store, one stream and one token for all components below it. */
export const TollgateProvider = (props: TollgateProviderProps) => {
  const { baseUrl, organizationId, timezone, live, locale, messages, labels, children } = props
  // Inline functions change with each render; a ref avoids a new store each time.
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  const [initialData] = useState(props.initialData)
  const [timers] = useState(
    () => props.timers ?? { nowMs: () => Date.now(), after: systemTimers.after },
  )
  const store = useMemo(
    () =>
      createStore({
        baseUrl,
        live,
        initialData,
        organizationId,
        timers,
        life: browserLife(),
        random: Math.random,
        getToken: () => latest.current.getToken(),
        onError: (failure) => latest.current.onError?.(failure),
        fetch: (...request) => (latest.current.fetch ?? fetch)(...request),
      }),
    [baseUrl, live, initialData, organizationId, timers],
  )
  const words = useMemo(
    () => ({ options: { locale, messages, labels } }),
    [locale, messages, labels],
  )
  const value = useMemo(
    () => ({ store, organizationId, timezone, words }),
    [store, organizationId, timezone, words],
  )
  return <ContextProvider value={value}>{children}</ContextProvider>
}
