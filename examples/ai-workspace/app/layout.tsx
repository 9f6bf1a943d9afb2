import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import 'tollgate/react/styles.css'
import './style.css'

export const metadata: Metadata = {
  title: 'AI workspace',
  description: 'An example application that is metered by Tollgate',
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
