'use client'

import { useRouter } from 'next/navigation'
import { ApiKeys, type KeyActions, type ShownKey } from 'tollgate/react'
import { resultOf } from '../outcome'
import { createKey, revokeKey, rotateKey } from './actions'

const SCOPES = ['gate.use', 'usage.read', 'limits.read']

const ACTIONS: KeyActions = {
  create: async (input) => resultOf(await createKey(input)),
  rotate: async ({ id }) => resultOf(await rotateKey(id)),
  revoke: async ({ id }) => resultOf(await revokeKey(id)),
}

interface Props {
  readonly keys: readonly ShownKey[]
  /** When the server read the keys, by its clock. */
  readonly at: string
}

/** The server renders the keys first, and again after each change. */
export const Keys = ({ keys, at }: Props) => {
  const router = useRouter()
  return (
    <ApiKeys
      keys={keys}
      at={at}
      scopes={SCOPES}
      actions={ACTIONS}
      onChanged={() => router.refresh()}
    />
  )
}
