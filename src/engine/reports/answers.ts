import {
  nextChangeOfAny,
  organizationRevision,
  platformRevision,
  writersNow,
} from '../../storage/revision.ts'
import { Cache } from '../cache.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { etagOf } from './etag.ts'

const MINUTE_MS = 60_000
const MAX_ANSWERS = 10_000
const MAX_CHARACTERS = 64_000_000

/** An answer, and until when it stays the same without a write. Undefined: it always changes. */
export interface Answer<Value> {
  readonly value: Value
  readonly untilMs: number | undefined
}

/** A question whose answer can be cached. */
export interface Question<Value> {
  /** Everything that the answer depends on, except for the time and what is stored. */
  readonly key: string
  /** The revision now of what the answer is computed from. Undefined: nothing is cached. */
  readonly revision: () => Promise<string | undefined>
  readonly make: () => Promise<Answer<Value>>
}

/** Text, so that every caller gets an object of its own. */
interface CachedAnswer {
  readonly text: string
  readonly untilMs: number
  etag?: string
}

/** The cached answers of the reports. */
export interface Answers {
  readonly get: <Value>(question: Question<Value>) => Promise<Value>
  /** The ETag of the answer, if it is cached and nothing was written since. Reads the revision. */
  readonly etag: (question: Question<object>) => Promise<string | undefined>
}

/**
 * Caches answers until any process writes something that they are computed from, and at most until
 * the end of the minute in which they were computed.
 */
export const cachedAnswers = ({ db, clock }: Pick<Context, 'db' | 'clock'>): Answers => {
  const cache = new Cache<CachedAnswer, [Question<unknown>]>({
    clock,
    maxEntries: MAX_ANSWERS,
    weight: { max: MAX_CHARACTERS, of: ({ text }) => text.length },
    revision: { now: (_key, { revision }) => revision(), writers: () => writersNow(db) },
    read: async (_key, { make }) => {
      const minuteEndMs = (Math.floor(clock.now().getTime() / MINUTE_MS) + 1) * MINUTE_MS
      const { value, untilMs = Number.NEGATIVE_INFINITY } = await make()
      return { text: JSON.stringify(value), untilMs: Math.min(untilMs, minuteEndMs) }
    },
    staleAtMs: ({ untilMs }) => untilMs,
  })
  return {
    get: async <Value>(question: Question<Value>) => {
      const answer = (await cache.get(question.key, question)) as CachedAnswer
      return JSON.parse(answer.text) as Value
    },
    etag: async (question) => {
      const answer = await cache.valid(question.key, question)
      if (answer) answer.etag ??= etagOf(JSON.parse(answer.text))
      return answer?.etag
    },
  }
}

/** A question about one organization. */
export const aboutOrganization = <Value>(
  ctx: Context,
  asked: { readonly what: string; readonly organizationId: string; readonly given?: object },
  make: () => Promise<Answer<Value>>,
): Question<Value> => {
  const { organizationId } = asked
  let rowVersion: string | undefined
  return {
    key: keyOf(ctx, asked),
    revision: async () => {
      await existing(ctx, organizationId)
      const seen = await organizationRevision(ctx.db, organizationId)
      rowVersion = seen?.rowVersion
      return seen?.revision
    },
    make: async () => {
      // The organization that this process has cached may be older than the revision.
      if (rowVersion !== undefined) {
        const { row_version } = await existing(ctx, organizationId)
        if (row_version !== rowVersion) ctx.organizations.forget(organizationId)
      }
      return make()
    },
  }
}

/** A question about all organizations. */
export const aboutPlatform = <Value>(
  ctx: Context,
  asked: { readonly what: string; readonly given?: object },
  make: () => Promise<Value>,
): Question<Value> => ({
  key: keyOf(ctx, asked),
  revision: () => platformRevision(ctx.db),
  make: async () => {
    const at = ctx.clock.now()
    const value = await make()
    const next = await nextChangeOfAny(ctx.db, at)
    return { value, untilMs: next?.getTime() ?? Number.POSITIVE_INFINITY }
  },
})

const keyOf = ({ catalog }: Pick<Context, 'catalog'>, asked: object): string =>
  JSON.stringify([asked, catalog.versions.map(({ id }) => id)], (_name, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
