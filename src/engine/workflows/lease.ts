/** The duration of a lease. Until then, no other process claims the run. */
const LEASE_MS = 60_000

/** The expiry of a lease that is renewed now. */
export const leasedFrom = (at: Date): Date => new Date(at.getTime() + LEASE_MS)
