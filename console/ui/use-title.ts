import { useEffect } from 'react'

/** `Northlight · Limits · Tollgate` */
export const useTitle = (...parts: readonly string[]): void => {
  const title = [...parts, 'Tollgate'].join(' · ')
  useEffect(() => {
    document.title = title
  }, [title])
}
