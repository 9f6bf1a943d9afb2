import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import './style.css'

export const metadata: Metadata = {
  title: 'AI workspace',
  description: 'An example application that is metered by Tollgate',
}

/** Further pages, such as usage, billing and keys, get their links here. */
const PAGES = [{ href: '/', name: 'Workspace' }]

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header className="top">
          <strong>AI workspace</strong>
          <nav>
            {PAGES.map(({ href, name }) => (
              <a key={href} href={href}>
                {name}
              </a>
            ))}
            <a href="/billing/docs">API of the billing</a>
          </nav>
        </header>
        {children}
      </body>
    </html>
  )
}
