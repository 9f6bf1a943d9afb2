/**
 * How far back a period may have ended that late use still changes: the oldest timestamp that is
 * taken is 35 days old, and a month may be billed up to a month after it ended. What is priced anew
 * goes no further back, so that no correction is without an invoice.
 */
export const CORRECTED_DAYS = 100
