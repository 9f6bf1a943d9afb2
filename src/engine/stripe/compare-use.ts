import { type ComparedRow, sentOf } from '../../storage/tables/charges.ts'
import { meteredOf } from '../../storage/tables/stripe-metering.ts'
import type { Comparing } from './compare-charges.ts'
import { USE_KIND, type UsePayload } from './write-use.ts'

/**
 * Compares the use that was sent with Stripe's meters, and with the present use here. Use that
 * arrived after its hour or day was closed was not sent, and is not at Stripe.
 */
export const compareUse = async (comparing: Comparing, row: ComparedRow): Promise<void> => {
  const { ctx, account, report, from, to } = comparing
  const { organization_id: organizationId, customer_id: customerId } = row
  const range = { kind: USE_KIND, from, to }
  const sent = await sentOf(ctx.db, organizationId, range)
  if (sent.length === 0) return
  const waiting = sent.filter(({ external_id }) => external_id === null)
  for (const { key, payload, last_error: atStripe } of waiting) {
    const { eventName, value, from: since } = payload as UsePayload
    report.found('waiting', {
      organizationId,
      key,
      here: `${value} of ${eventName} from ${since}`,
      atStripe,
    })
  }
  let isSame = true
  const differs = (there: { organizationId: string; here: string; atStripe: string }) => {
    isSame = false
    report.found('meter', there)
  }
  for (const metered of await meteredOf(ctx.db, organizationId, range)) {
    const { event_name: eventName, sent: here, used } = metered
    const told = (there: string) => ({
      organizationId,
      here: `${here} of ${eventName} sent`,
      atStripe: there,
    })
    if (used !== here) differs(told(`${used} here now: some came late`))
    // If some entries may or may not have arrived, there is no figure to compare with.
    if (waiting.length > 0 || customerId === null) continue
    const has = await account.metered(customerId, eventName, metered)
    if ((has ?? 0) !== Number(here)) differs(told(`${has ?? 'no such meter'}`))
  }
  if (isSame) report.same({ uses: sent.length - waiting.length })
}
