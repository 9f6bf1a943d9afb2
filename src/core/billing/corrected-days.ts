/**
 * How many days after its end a period can still be corrected. Late use may be 35 days old, and a
 * month may be billed up to a month after it ended. Repricing goes back no further, so that every
 * correction still gets an invoice.
 */
export const CORRECTED_DAYS = 100
