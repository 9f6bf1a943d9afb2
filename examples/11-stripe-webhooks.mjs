// Stripe's webhook events are signed. Tollgate applies each event once, in any order and after any
// number of deliveries.
import Stripe from 'stripe'
import { createTollgate } from 'tollgate'
import { createHandler } from 'tollgate/server'

const webhookSecret = 'whsec_of_this_example'
const tollgate = await createTollgate({
  database: 'memory',
  stripe: { secretKey: 'sk_test_nobody', webhookSecret },
})
// Your endpoint at Stripe: https://your-host/api/webhooks/stripe
const handler = createHandler(tollgate)

// This event stands in for Stripe: it changes nothing, and is signed as Stripe signs.
const product = { object: { id: 'prod_1', object: 'product' } }
const event = { id: 'evt_1', object: 'event', type: 'product.created', created: 1, data: product }
const payload = JSON.stringify(event)
const deliver = (signature) =>
  handler(
    new Request('http://tollgate.test/api/webhooks/stripe', {
      method: 'POST',
      headers: { 'stripe-signature': signature, 'content-type': 'application/json' },
      body: payload,
    }),
  )
const sign = (secret) => Stripe.webhooks.generateTestHeaderString({ payload, secret })

console.log((await deliver(sign('whsec_of_somebody_else'))).status)
for (let time = 0; time < 2; time += 1) {
  const answer = await (await deliver(sign(webhookSecret))).json()
  console.log(answer.outcome)
}
await tollgate.close()

// Prints:
// 400
// kept
// repeated
