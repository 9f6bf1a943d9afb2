'use client'
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { systemTimers } from '../../facade/timers.ts'
import { browserLife } from '../client/page-life.ts'
import type { GetToken } from '../client/read-token.ts'
import { createStore, type ReadFailure } from '../client/store.ts'
import type { WordsOptions } from '../words/words.ts'
import { ContextProvider } from './context.ts'

export interface TollgateProviderProps extends WordsOptions {
  /** Where Tollgate's handler is: `/billing`, or `https://tollgate.example.com`. */
  readonly baseUrl: string
  /** Asks your server for a read token. It is called anew before the token ends. */
  readonly getToken: GetToken
  /** Whose figures are shown where a component does not say it. */
  readonly organizationId?: string | undefined
  /** The IANA name of the zone of days. The organization's own if not given. */
  readonly timezone?: string | undefined
  /** Answers that your server has read already, by the operation's name, for the first paint. */
  readonly initialData?: Readonly<Record<string, unknown>> | undefined
  /** `false`: figures are asked for every 15 s, and nothing is streamed. */
  readonly live?: boolean | undefined
  readonly onError?: ((failure: ReadFailure) => void) | undefined
  /** In the place of the browser's own. */
  readonly fetch?: typeof fetch | undefined
  /** Milliseconds since 1970, and timers: in tests a clock of your own. */
  readonly timers?: typeof systemTimers | undefined
  readonly children?: ReactNode
}

/** One store, one stream and one token for all that is below it. */
export const TollgateProvider = (props: TollgateProviderProps) => {
  const { baseUrl, organizationId, timezone, live, locale, messages, labels, children } = props
  // Functions that are new with each rendering must not begin everything anew.
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
