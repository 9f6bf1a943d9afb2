import { afterAll, beforeAll } from 'vitest'
import { type Listener, listen } from '../../src/http/listen.ts'
import type { PageLife } from '../../src/react/client/page-life.ts'
import { createStore, type ReadFailure, type Store } from '../../src/react/client/store.ts'
import { type Door, openDoor } from '../http/door.ts'

/** A request of a store, with its response. */
interface Asked {
  readonly path: string
  readonly status: number
}

export interface Reading {
  readonly store: Store
  readonly asked: readonly Asked[]
  readonly failures: readonly ReadFailure[]
  /** The number of token requests to the page's own server. */
  readonly tokens: () => number
  readonly life: TestLife
}

export interface TestLife extends PageLife {
  readonly show: () => void
  readonly hide: () => void
}

export const testLife = (): TestLife => {
  const calls = new Set<() => void>()
  let isVisible = true
  const turn = (to: boolean) => {
    isVisible = to
    for (const call of [...calls]) call()
  }
  return {
    isVisible: () => isVisible,
    onChange: (call) => {
      calls.add(call)
      return () => calls.delete(call)
    },
    show: () => turn(true),
    hide: () => turn(false),
  }
}

interface ReadOptions {
  readonly lifeSeconds?: number
  /** Replaces the default, which requests a token from Tollgate. */
  readonly getToken?: () => Promise<{ token: string; expiresAt: string }>
  readonly initialData?: Readonly<Record<string, unknown>>
  readonly fetch?: typeof fetch
}

/** A real HTTP server, and stores that read from it by the server's clock. */
export const openReading = () => {
  const door = openDoor()
  let listener: Listener
  beforeAll(async () => {
    listener = await listen(door().handler, { host: '127.0.0.1', port: 0 })
  })
  afterAll(() => listener.close())
  const tokenFor = async (id: string, expiresInSeconds: number) => {
    const path = `/api/organizations/${id}/read-tokens`
    const { body } = await door().send('POST', path, { body: { expiresInSeconds } })
    return { token: body.token as string, expiresAt: body.expiresAt as string }
  }
  const reading = (organizationId: string, options: ReadOptions = {}): Reading => {
    const asked: Asked[] = []
    const failures: ReadFailure[] = []
    let tokens = 0
    const life = testLife()
    const { clock } = door()
    const store = createStore({
      baseUrl: listener.url,
      organizationId,
      life,
      live: false,
      random: () => 0,
      initialData: options.initialData,
      timers: { nowMs: () => clock.now().getTime(), after: clock.after },
      getToken: () => {
        tokens += 1
        return options.getToken?.() ?? tokenFor(organizationId, options.lifeSeconds ?? 900)
      },
      fetch: async (url, init) => {
        const response = await (options.fetch ?? fetch)(url, init)
        asked.push({ path: new URL(String(url)).pathname, status: response.status })
        return response
      },
      onError: (failure) => failures.push(failure),
    })
    return { store, asked, failures, tokens: () => tokens, life }
  }
  return { door, url: () => listener.url, tokenFor, reading }
}

/** Resolves once a condition holds; it is checked again after each change. */
export const until = (
  holds: () => boolean,
  onChange: (call: () => void) => () => void,
): Promise<void> =>
  new Promise((resolve) => {
    const stop = onChange(() => look())
    const look = () => {
      if (!holds()) return
      queueMicrotask(() => stop())
      resolve()
    }
    look()
  })

export const used = async ({ tollgate }: Door, organizationId: string): Promise<void> => {
  await tollgate.track({ organizationId, eventType: 'structuring_diagnose', userId: 'ada' })
}
