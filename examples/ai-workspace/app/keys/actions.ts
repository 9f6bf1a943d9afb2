'use server'

import type { NewKey } from 'tollgate/react'
import { asAccount } from '@/workspace/as-account'
import type { Outcome } from '../outcome'

/** What a customer's key may be given; a subset of what Tollgate knows. */
type Scope = 'gate.use' | 'usage.read' | 'limits.read'

type Made = Outcome<{ readonly key: string }>

// An action is open to whoever finds it: each asks again who it is, and the engine what they may.

export const createKey = async ({ name, scopes, expiresAt }: NewKey): Promise<Made> =>
  asAccount(async ({ apiKeys }) => {
    // What is no scope is refused by the engine.
    const given = scopes && { scopes: scopes as Scope[] }
    const { key } = await apiKeys.create({ name, ...given, ...(expiresAt && { expiresAt }) })
    return { key }
  })

export const rotateKey = async (keyId: string): Promise<Made> =>
  asAccount(async ({ apiKeys }) => {
    const { key } = await apiKeys.rotate({ keyId })
    return { key }
  })

export const revokeKey = async (keyId: string): Promise<Outcome<null>> =>
  asAccount(async ({ apiKeys }) => {
    await apiKeys.revoke({ keyId })
    return null
  })
