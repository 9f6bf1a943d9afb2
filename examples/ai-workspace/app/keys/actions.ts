'use server'

import type { NewKey } from 'tollgate/react'
import { asAccount } from '@/workspace/as-account'
import type { Outcome } from '../outcome'

/** The scopes that a customer's key may have: a subset of Tollgate's scopes. */
type Scope = 'gate.use' | 'usage.read' | 'limits.read'

type Made = Outcome<{ readonly key: string }>

// Anybody can call a server action. So each action checks the user again, and the engine checks
// their rights.

export const createKey = async ({ name, scopes, expiresAt }: NewKey): Promise<Made> =>
  asAccount(async ({ apiKeys }) => {
    // The engine refuses an unknown scope.
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
