import { useEffect, useRef } from 'react'
import type { Place } from './places.ts'

interface Shortcuts {
  readonly places: readonly Place[]
  readonly onCommands: () => void
  readonly onKeys: () => void
  readonly onPlace: (to: Place['to']) => void
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null

const GO_WITHIN_MS = 900

/** Ctrl+K works everywhere; single keys only outside text fields. */
export const useShortcuts = (shortcuts: Shortcuts): void => {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  useEffect(() => {
    let goAtMs = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent) => {
      const { places, onCommands, onKeys, onPlace } = latest.current
      if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault()
        onCommands()
        return
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      const isGoing = event.timeStamp - goAtMs < GO_WITHIN_MS
      goAtMs = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      const place = isGoing ? places.find(({ letter }) => letter === event.key) : undefined
      if (place) onPlace(place.to)
      else if (event.key === '?') onKeys()
      else if (event.key === '/') focusFilter(event)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

const focusFilter = (event: KeyboardEvent): void => {
  const filter = document.querySelector<HTMLInputElement>('main input[type="search"]')
  if (!filter) return
  event.preventDefault()
  filter.focus()
}
