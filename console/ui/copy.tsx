import { Check, Copy as CopyIcon } from 'lucide-react'
import { useState } from 'react'
import css from './copy.module.css'

/** A text that a click copies. A long text is truncated on screen, but copied in full. */
export const Copy = ({
  text,
  shown = text,
}: {
  readonly text: string
  readonly shown?: string
}) => {
  const [isDone, setIsDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setIsDone(true)
    setTimeout(() => setIsDone(false), 1_500)
  }
  return (
    <button type="button" className={css.copy} onClick={copy} title={text}>
      <span className="tg-visually-hidden">Copy </span>
      <code>{shown}</code>
      {isDone ? <Check size={12} aria-hidden="true" /> : <CopyIcon size={12} aria-hidden="true" />}
    </button>
  )
}
