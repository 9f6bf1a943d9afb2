import { useDeferredValue, useEffect, useState } from 'react'
import type { CatalogDiff, TollgateError } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import type { CatalogDocument } from './document.ts'

export interface DraftDiff {
  readonly changes: CatalogDiff['changes']
  /** Validation errors of the draft, with field paths. */
  readonly faults: TollgateError['faults']
  readonly error: TollgateError | null
  /** The server has not yet checked the latest edit. */
  readonly isBehind: boolean
}

const WAIT_MS = 300

/** The draft's changes, computed by the server shortly after the last keystroke. */
export const useDraftDiff = (document: CatalogDocument): DraftDiff => {
  const [asked, setAsked] = useState(document)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(document), WAIT_MS)
    return () => clearTimeout(timer)
  }, [document])
  const text = useDeferredValue(JSON.stringify(asked))
  const diff = useRead(['catalog', 'diff', text], ({ catalog }, options) =>
    catalog.diff({ document: JSON.parse(text) }, options),
  )
  const isBehind = asked !== document || diff.isFetching
  return {
    changes: diff.isError ? [] : (diff.data?.changes ?? []),
    faults: diff.error?.faults ?? [],
    error: diff.error,
    isBehind,
  }
}

/** The error of one field. */
export const faultAt = (faults: DraftDiff['faults'], path: string): string | undefined =>
  faults.find(({ field }) => field === path || field === `document.${path}`)?.message
