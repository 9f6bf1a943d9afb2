import { StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { TollgateProvider } from '../../../src/react/hooks/provider.tsx'
import { german } from '../../../src/react/words/german.ts'
import { PartsPage } from './parts.tsx'

/** `?only=history&theme=dark&lang=de&dir=rtl` */
const query = new URLSearchParams(location.search)
const theme = query.get('theme')
if (theme) document.documentElement.dataset.tgTheme = theme
if (query.get('dir')) document.documentElement.dir = query.get('dir') ?? ''

const root = document.getElementById('root')
const page = <PartsPage only={query.get('only') ?? undefined} />
const shown =
  query.get('lang') === 'de' ? (
    <TollgateProvider
      {...{ baseUrl: '/', locale: 'de-DE', messages: german }}
      getToken={async () => ({ token: '', expiresAt: 0 })}
    >
      {page}
    </TollgateProvider>
  ) : (
    page
  )
if (root?.firstElementChild) hydrateRoot(root, page)
else if (root) createRoot(root).render(<StrictMode>{shown}</StrictMode>)
