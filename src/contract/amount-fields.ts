/** Which fields of a call are amounts. Apart from the schemas, which a client does without. */
export { AMOUNT_FIELDS, type AmountField } from '../core/usage-parts.ts'
