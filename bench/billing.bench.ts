import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type Stripe from 'stripe'
import { inject, it } from 'vitest'
import { SECRET_KEY, sdkFor } from '../test/connectors/stripe/sdk.ts'
import { openStripeStandIn } from '../test/connectors/stripe/stand-in.ts'
import { onServer } from '../test/setup/substrates.ts'
import { newDatabase } from './gate-subjects.ts'
import { machine, thousands } from './report.ts'

/**
 * Closes a period of ten thousand organizations with overage, and collects it at a Stripe stand-in
 * of which one request in a hundred fails. The comparison is the bare requests that collection
 * needs. The stand-in runs in this process and shares its core.
 */

const ORGANIZATIONS = Number(process.env.BENCH_ORGANIZATIONS ?? 10_000)
const LANES = 4
const BATCH = 1_000

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')
const { testClock } = (await import(
  '../dist/testing/index.js'
)) as typeof import('../src/testing/index.ts')

const server = inject('postgresUrl')
const idOf = (n: number): string => `org-${String(n).padStart(6, '0')}`
const customerOf = (n: number): string => `cus_${String(n + 1).padStart(6, '0')}`
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The retained memory after a garbage collection. */
const heap = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const inLanes = async (count: number, work: (n: number) => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  let next = 0
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return (performance.now() - startedAt) / 1_000
}

/** With as many fields as a real charge, so that the stand-in stores the same amount. */
const bareItem = (stripe: Stripe, n: number): Promise<unknown> =>
  stripe.invoiceItems.create(
    {
      customer: customerOf(n),
      amount: 500,
      currency: 'usd',
      description: 'api_calls past what is included by the period: 5000',
      period: { start: 1_773_100_800, end: 1_775_779_200 },
      metadata: {
        tollgate_key: `tollgate_${String(n).padStart(40, '0')}`,
        tollgate_organization: idOf(n),
        tollgate_invoice: '00000000-0000-7000-8000-000000000000',
      },
    },
    { idempotencyKey: `tollgate_${String(n).padStart(40, 'b')}:0` },
  )

const copied = (url: string): Promise<void> =>
  onServer(url, async (client) => {
    const ids = Array.from({ length: ORGANIZATIONS }, (_, n) => idOf(n))
    await client.query(
      `insert into tollgate.organizations
       select (jsonb_populate_record(o, jsonb_build_object('id', n.id, 'name', n.id))).*
       from tollgate.organizations o, unnest($1::text[]) n (id) where o.id = 'first'`,
      [ids],
    )
    await client.query(
      `insert into tollgate.stripe_customers (organization_id, customer_id, updated_at)
       select id, customer, now() from unnest($1::text[], $2::text[]) n (id, customer)`,
      [ids, ids.map((_, n) => customerOf(n))],
    )
  })

it.runIf(server)('closes and collects a period of many organizations', async () => {
  console.log(machine())
  const database = await newDatabase(server as string)
  const clock = testClock('2026-03-10T12:00:00Z')
  const standIn = await openStripeStandIn({ now: clock.now })
  const tollgate = await createTollgate({
    database: { url: database.url },
    clock,
    catalogs: ['api-platform'],
    stripe: { secretKey: SECRET_KEY, apiBase: standIn.url },
  })
  await tollgate.organizations.create({ id: 'first', name: 'first', plan: 'api-platform/pro' })
  await copied(database.url)
  for (let first = 0; first < ORGANIZATIONS; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, ORGANIZATIONS - first) }, (_, n) => ({
      id: 'use',
      organizationId: idOf(first + n),
      eventType: 'api_call',
      quantities: { api_calls: 105_000 },
    }))
    await tollgate.record(batch)
  }
  await onServer(database.url, (client) => client.query('vacuum analyze'))
  const bare = sdkFor(standIn)
  const customers = await inLanes(ORGANIZATIONS, () => bare.customers.create({}))
  console.log(`setting up: ${thousands(ORGANIZATIONS / customers)} bare calls a second`)
  const { periodEnd } = await tollgate.invoices.preview({ organizationId: idOf(0) })
  await clock.set(new Date(Date.parse(periodEnd) + 3_600_000))
  standIn.failWhen(({ body }) => (body.get('customer')?.endsWith('42') ? 'error' : undefined))

  const resident: number[] = []
  const onProgress = () => void resident.push(process.memoryUsage().rss)
  const heaps = [heap()]
  const startedAt = performance.now()
  const closed = await tollgate.admin.closePeriods({ onProgress })
  const closing = (performance.now() - startedAt) / 1_000
  heaps.push(heap())
  const before = standIn.requests.length
  const collectingAt = performance.now()
  const report = await tollgate.billing.run({}, { onProgress })
  const collecting = (performance.now() - collectingAt) / 1_000
  heaps.push(heap())
  const asked = standIn.requests.length - before
  console.log(
    `${thousands(closed.closed)} invoices closed in ${closing.toFixed(1)} s, ` +
      `${thousands(report.billed)} organizations collected in ${collecting.toFixed(1)} s, ` +
      `${report.failed} failed, ${thousands(asked)} requests; ` +
      `${(closing + collecting).toFixed(1)} s in all`,
  )
  standIn.failWhen(() => undefined)
  const alone = await inLanes(ORGANIZATIONS, (n) => bareItem(bare, n))
  heaps.push(heap())
  console.log(`as many bare items in ${LANES} lanes: ${alone.toFixed(1)} s`)
  const [first = 0, whenClosed = 0, whenCollected = 0, whenBare = 0] = heaps
  console.log(
    `heap: ${mebibytes(first)}; closing held on to ${mebibytes(whenClosed - first)}, collecting to ` +
      `${mebibytes(whenCollected - whenClosed)}, of which the stand-in keeps what bare items took: ` +
      `${mebibytes(whenBare - whenCollected)}; resident ${mebibytes(Math.max(...resident))} at most`,
  )
  await tollgate.close()
  await standIn.close()
  await database.drop()
})
