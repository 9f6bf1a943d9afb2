import { TollgateError } from '../contract/errors.ts'

/** How many lists are sent as files at the same time. */
export interface ExportLimits {
  readonly perOrganization: number
  readonly inAll: number
}

const DEFAULTS: ExportLimits = { perOrganization: 4, inAll: 20 }
/** An export lasts as long as its reader likes; a slot may be free any second. */
const RETRY_AFTER_SECONDS = 5

/** Gives out the places of readers; each is given back once, however often that is said. */
export interface ExportSlots {
  /** @throws TollgateError where there is none: `too_many_streams`, or `overloaded` in all. */
  readonly take: (organizationId: string) => () => void
}

export const createExportSlots = ({ perOrganization, inAll } = DEFAULTS): ExportSlots => {
  const taken = new Map<string, number>()
  let total = 0
  const give = (organizationId: string): void => {
    total -= 1
    const left = (taken.get(organizationId) ?? 1) - 1
    if (left === 0) taken.delete(organizationId)
    else taken.set(organizationId, left)
  }
  return {
    take: (organizationId) => {
      const own = taken.get(organizationId) ?? 0
      if (own >= perOrganization) {
        const detail = `${perOrganization} exports of this organization are being read already`
        throw new TollgateError('too_many_streams', {
          detail,
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        })
      }
      if (total >= inAll) {
        const detail = 'too many exports are being read already'
        throw new TollgateError('overloaded', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS })
      }
      total += 1
      taken.set(organizationId, own + 1)
      let isGiven = false
      return () => {
        if (!isGiven) give(organizationId)
        isGiven = true
      }
    },
  }
}
