import './styles/tokens.css'
import './styles/base.css'
import '../src/react/charts/charts.css'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { TollgateError } from '../src/client/index.ts'
import { createApi } from './api/api.ts'
import { consolePath } from './api/place.ts'
import { ApiContext } from './api/use-api.ts'
import { App } from './app/app.tsx'

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // The session has expired: show the sign-in screen, and return to the same address afterwards.
    onError: (error) => {
      const isOut = error instanceof TollgateError && error.code === 'unauthenticated'
      if (isOut) queries.setQueryData(['session'], null)
    },
  }),
  // The client has its own retries.
  defaultOptions: { queries: { retry: false, staleTime: 5_000, refetchOnWindowFocus: true } },
})

// The icon's URL is relative to the first address; make it absolute before the address changes.
document.querySelector('link[rel="icon"]')?.setAttribute('href', `${consolePath}mark.svg`)

const root = document.getElementById('root')
if (!root) throw new Error('the page has no root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ApiContext value={createApi()}>
        <App />
      </ApiContext>
    </QueryClientProvider>
  </StrictMode>,
)
