import { useQuery } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import type { TollgateError } from '../../src/client/index.ts'
import type { Session } from '../api/api.ts'
import { useApi } from '../api/use-api.ts'
import { SessionContext } from '../session/session-context.ts'
import { SignIn } from '../session/sign-in.tsx'
import { takeCode } from '../session/sign-in-code.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { ToastProvider } from '../ui/toasts.tsx'
import { createConsoleRouter } from './router.tsx'

/** The sign-in screen, or the console of the signed-in user. */
export const App = () => {
  const api = useApi()
  const [router] = useState(createConsoleRouter)
  const [code] = useState(takeCode)
  const session = useQuery<Session | null, TollgateError>({
    queryKey: ['session'],
    // A used code, for example after a page reload, leads to the sign-in screen.
    queryFn: () =>
      code === null ? api.session() : api.signInByCode(code).catch(() => api.session()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (session.isPending) return null
  if (session.isError) return <ErrorNote error={session.error} onRetry={() => session.refetch()} />
  if (session.data === null) return <SignIn wasCodeRefused={code !== null} />
  return (
    <SessionContext value={session.data}>
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </SessionContext>
  )
}
