import Stripe from 'stripe'
import type { StripeStandIn } from './stand-in.ts'

export const SECRET_KEY = 'sk_test_of_the_tests'

/** The official SDK on a stand-in, as a platform uses it itself. */
export const sdkFor = ({ url }: Pick<StripeStandIn, 'url'>): Stripe => {
  const { hostname, port } = new URL(url)
  return new Stripe(SECRET_KEY, { protocol: 'http', host: hostname, port, maxNetworkRetries: 0 })
}
