/** No other process takes a run that was heard of within this. */
const LEASE_MS = 60_000

/** Until when a run is on lease that is heard of now. */
export const leasedFrom = (at: Date): Date => new Date(at.getTime() + LEASE_MS)
