/** The fields of a call that are amounts. A file without schemas, so that the client needs none. */
export { AMOUNT_FIELDS, type AmountField } from '../core/usage-parts.ts'
