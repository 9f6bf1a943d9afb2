import { TollgateError } from '../contract/errors.ts'

/** The most concurrent exports. */
export interface ExportLimits {
  readonly perOrganization: number
  readonly inAll: number
}

const DEFAULTS: ExportLimits = { perOrganization: 4, inAll: 20 }
/** A slot may become free at any time, because an export lasts as long as its reader. */
const RETRY_AFTER_SECONDS = 5

/** Hands out export slots. Releasing a slot twice has no further effect. */
export interface ExportSlots {
  /**
   * Takes a slot and returns the function that releases it.
   *
   * @throws TollgateError `too_many_streams` for the organization, or `overloaded` in all.
   */
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
