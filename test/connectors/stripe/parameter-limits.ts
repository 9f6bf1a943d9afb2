/**
 * Stripe's published text limits in characters, by request and parameter. They are written
 * separately from the connector's, so that each checks the other.
 */
export const TEXT_LIMITS: Readonly<Record<string, number>> = {
  'POST /v1/billing/meter_events event_name': 100,
  'POST /v1/billing/meter_events identifier': 100,
  'POST /v1/customers email': 512,
  'POST /v1/customers name': 256,
  'POST /v1/customers phone': 20,
  'POST /v1/invoices description': 1_500,
  'POST /v1/invoices statement_descriptor': 22,
}
export const OTHER_TEXT = 5_000
export const METADATA = { keys: 50, key: 40, value: 500 }
export const IDEMPOTENCY_KEY = 255
/** Eight digits. */
export const MOST_AMOUNT = 99_999_999
export const MOST_LISTED = 100
