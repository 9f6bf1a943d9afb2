import type { ChargeOutcome, NewCustomer } from '../../contract/collector.ts'
import {
  type Asking,
  CLOCKS_MS,
  KEY,
  ORGANIZATION,
  PAGE,
  type Stopwatch,
  stopwatch,
} from './asking.ts'
import { cutTo, idempotencyKey, metadataOf, STRIPE_LIMITS } from './limits.ts'
import { outcomeOfError, unknownOfError } from './outcome-of-error.ts'

/**
 * Creates a customer for an organization, once. If an earlier attempt may have succeeded, it first
 * searches the account's customers since then. That costs one request for each hundred customers,
 * and only after a failure. (Stripe's search by metadata lags behind, and would miss a customer of
 * a minute ago.)
 */
export const makeCustomerOnce = async (
  asking: Asking,
  customer: NewCustomer,
): Promise<ChargeOutcome> => {
  const time = stopwatch(asking)
  try {
    const found = customer.mayExist ? await findByKey(asking, customer, time) : undefined
    if (found !== undefined) return { kind: 'made', externalId: found }
  } catch (error) {
    return unknownOfError(error)
  }
  try {
    time.mustSuffice()
    const { id } = await asking.stripe.customers.create(
      {
        name: cutTo(STRIPE_LIMITS.customerName, customer.name),
        metadata: metadataOf({ [ORGANIZATION]: customer.organizationId, [KEY]: customer.key }),
      },
      { idempotencyKey: idempotencyKey(customer.key, customer.refusals) },
    )
    return { kind: 'made', externalId: id }
  } catch (error) {
    return outcomeOfError(error)
  }
}

const findByKey = async (
  { stripe }: Asking,
  { key, createdAt }: NewCustomer,
  time: Stopwatch,
): Promise<string | undefined> => {
  const created = { gte: Math.floor((createdAt.getTime() - CLOCKS_MS) / 1_000) }
  let after: string | undefined
  for (;;) {
    time.mustSuffice()
    const page = await stripe.customers.list({
      created,
      limit: PAGE,
      ...(after !== undefined && { starting_after: after }),
    })
    const found = page.data.find(({ metadata }) => metadata[KEY] === key)
    if (found) return found.id
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return undefined
  }
}
