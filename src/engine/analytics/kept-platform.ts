import type { AnalyticsOverview, CustomerPage } from '../../contract/operator-reports.ts'
import { windowEnd } from '../../core/windows.ts'
import { nextChangeOfAny, platformMark, writersNow } from '../../storage/reports/marks.ts'
import type { Context } from '../context.ts'
import { type Answer, KeptAnswers } from '../reports/kept-answers.ts'
import { SharedReading } from '../reports/shared-reading.ts'
import { readOverview } from './analytics-overview.ts'
import { type CheckedCustomerRequest, readCustomers } from './customers.ts'

const MOST_PAGES = 200

/** What the operator is told of all organizations, worked out again when anything was written. */
export class KeptPlatform {
  readonly #ctx: Context
  readonly #overviews: KeptAnswers<AnalyticsOverview>
  readonly #pages: KeptAnswers<CustomerPage>
  readonly #overview: SharedReading<AnalyticsOverview>

  constructor(ctx: Context) {
    const { clock, db } = ctx
    const writers = () => writersNow(db)
    this.#ctx = ctx
    this.#overviews = new KeptAnswers({ clock, writers, most: 1 })
    this.#pages = new KeptAnswers({ clock, writers, most: MOST_PAGES })
    this.#overview = new SharedReading(() =>
      this.#get(this.#overviews, '', () => readOverview(ctx)),
    )
  }

  overview(): Promise<AnalyticsOverview> {
    return this.#overview.get()
  }

  customers(request: CheckedCustomerRequest): Promise<CustomerPage> {
    // How they stand at their limits is different with the hour at the latest, and with the day.
    const hourEndMs = windowEnd('hour', this.#ctx.clock.now().getTime(), 0)
    const work = () => readCustomers(this.#ctx, request)
    return this.#get(this.#pages, JSON.stringify(request), work, hourEndMs)
  }

  #get<Value>(
    kept: KeptAnswers<Value>,
    key: string,
    work: () => Promise<Value>,
    latestMs = Number.POSITIVE_INFINITY,
  ): Promise<Value> {
    const { db, clock } = this.#ctx
    return kept.get({
      key,
      look: () => platformMark(db),
      make: async (): Promise<Answer<Value>> => {
        const at = clock.now()
        const value = await work()
        const next = await nextChangeOfAny(db, at)
        return { value, untilMs: Math.min(next?.getTime() ?? latestMs, latestMs) }
      },
    })
  }
}
