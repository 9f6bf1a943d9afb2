import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { Timers } from '../../facade/timers.ts'
import type { ReadName } from '../generated/wire.ts'
import { createLiveResource } from './live-resource.ts'
import type { PageLife } from './page-life.ts'
import { createTokens, type GetToken, NoToken } from './read-token.ts'
import { createReader, type Reader } from './reader.ts'
import { createResource, plainError, type Resource } from './resource.ts'
import { shareStream } from './shared-stream.ts'

/** A failure for your own log. The code is `token` if your server issued none. */
export interface ReadFailure {
  readonly code: string
  readonly error: Error
}

export interface StoreOptions {
  readonly baseUrl: string
  readonly getToken: GetToken
  readonly fetch?: typeof fetch | undefined
  readonly onError?: ((failure: ReadFailure) => void) | undefined
  /** `false`: polls every 15 s and opens no stream. */
  readonly live?: boolean | undefined
  /** Results that your server already read, by operation, for the first paint. */
  readonly initialData?: Readonly<Record<string, unknown>> | undefined
  /** The organization of `initialData`. */
  readonly organizationId?: string | undefined
  readonly timers: Timers
  readonly life: PageLife
  readonly random: () => number
}

/** The shared cache of all components on a page. */
export interface Store {
  readonly resource: <Data>(name: ReadName, input: OfOrganization) => Resource<Data>
  readonly live: (organizationId: string) => Resource<CurrentUsage>
  readonly reader: Reader
}

type OfOrganization = { readonly organizationId: string } & Readonly<Record<string, unknown>>

/**
 * The maximum number of cached results. Unwatched ones are cached too, because filters come and go.
 */
const MOST_KEPT = 40
const REREAD = /^usage\.|^invoices\.preview/

export const createStore = (options: StoreOptions): Store => {
  const { timers, life } = options
  const onError = (caught: Error) => {
    const error = plainError(caught)
    if (error instanceof NoToken) return
    options.onError?.({ code: 'code' in error ? String(error.code) : 'unavailable', error })
  }
  const tokens = createTokens(options.getToken, {
    timers,
    onFailure: (error) => options.onError?.({ code: 'token', error }),
  })
  const reader = createReader({ baseUrl: options.baseUrl, tokens, fetch: options.fetch })
  const resources = new Map<string, Resource<unknown>>()
  const lives = new Map<string, Resource<CurrentUsage>>()

  const initialOf = (name: ReadName, input: OfOrganization): unknown => {
    // The page size does not affect whether initial data match.
    const { organizationId, limit: _, ...rest } = input
    const isPlain = Object.values(rest).every((value) => value === undefined)
    const isTheirs = organizationId === options.organizationId
    return isPlain && isTheirs ? options.initialData?.[name] : undefined
  }

  const forget = () => {
    for (const [key, resource] of resources) {
      if (resources.size <= MOST_KEPT) return
      if (!resource.isWatched()) resources.delete(key)
    }
  }

  const resource = <Data>(name: ReadName, input: OfOrganization): Resource<Data> => {
    const key = JSON.stringify([name, input])
    const known = resources.get(key)
    if (known) return known as Resource<Data>
    forget()
    const made = createResource<Data>({
      timers,
      life,
      onError,
      initial: initialOf(name, input) as Data | undefined,
      read: () => readOf(reader, name, input) as Promise<Data>,
    })
    resources.set(key, made as Resource<unknown>)
    return made
  }

  const live = (organizationId: string): Resource<CurrentUsage> => {
    const known = lives.get(organizationId)
    if (known) return known
    const made = createLiveResource({
      timers,
      life,
      onError,
      initial: initialOf('usage.current', { organizationId }) as CurrentUsage | undefined,
      share: options.live === false ? undefined : sharing(options, reader, organizationId),
      read: () => readOf(reader, 'usage.current', { organizationId }) as Promise<CurrentUsage>,
      onUse: () => {
        for (const [key, resource] of resources) {
          const [name, input] = JSON.parse(key) as [string, OfOrganization]
          if (input.organizationId === organizationId && REREAD.test(name)) resource.touch()
        }
      },
    })
    lives.set(organizationId, made)
    return made
  }

  return { resource, live, reader }
}

const readOf = async (reader: Reader, name: ReadName, input: OfOrganization): Promise<unknown> => {
  try {
    return await reader.read(name, input)
  } catch (error) {
    throw plainError(error)
  }
}

/**
 * Undefined if tabs cannot elect a reader: without sharing, a few tabs would use all connections.
 */
const sharing = (options: StoreOptions, reader: Reader, organizationId: string) => {
  const locks = globalThis.navigator?.locks
  if (!locks || typeof BroadcastChannel === 'undefined') return undefined
  return (tell: Parameters<typeof shareStream>[0]['tell']) =>
    shareStream({
      tell,
      locks,
      timers: options.timers,
      life: options.life,
      random: options.random,
      name: `tollgate:${options.baseUrl}:${organizationId}`,
      open: (after, signal) => reader.stream(organizationId, after, signal),
      channel: (name) => new BroadcastChannel(name),
    })
}
