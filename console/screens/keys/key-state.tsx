import { State } from '../../ui/state.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import type { ShownKey } from './shown-key.ts'

/** The state of a key, with its expiry. */
export const KeyState = ({ of }: { readonly of: ShownKey }) => {
  const now = useNow()
  if (of.revokedAt !== null) return <State tone="muted">revoked</State>
  if (of.expiresAt !== null && Date.parse(of.expiresAt) <= now) {
    return (
      <State tone="muted">
        ended <Time at={of.expiresAt} form="date" />
      </State>
    )
  }
  if (of.replacedBy != null) {
    return (
      <State tone="near">
        replaced
        {of.expiresAt !== null && (
          <>
            , ends <Time at={of.expiresAt} form="relative" />
          </>
        )}
      </State>
    )
  }
  return (
    <State tone="good">
      active
      {of.expiresAt !== null && (
        <>
          , until <Time at={of.expiresAt} form="date" />
        </>
      )}
    </State>
  )
}
