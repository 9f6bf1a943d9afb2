import { createContext, useContext } from 'react'
import type { Session } from '../api/api.ts'

export const SessionContext = createContext<Session | null>(null)

export const useSession = (): Session => {
  const session = useContext(SessionContext)
  if (!session) throw new Error('SessionContext is missing')
  return session
}
