import { useEffect } from 'react'

/** Sets the page title: `Northlight · Limits · Tollgate`. */
export const useTitle = (...parts: readonly string[]): void => {
  const title = [...parts, 'Tollgate'].join(' · ')
  useEffect(() => {
    document.title = title
  }, [title])
}
