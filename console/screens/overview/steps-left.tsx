import { useState } from 'react'
import { Button, ButtonLink } from '../../ui/button.tsx'
import css from './overview.module.css'
import { countSteps, useSteps } from './use-steps.ts'

const KEY = 'tollgate.firstSteps'

/** The number of open setup steps, until all are done or the user dismisses it in this browser. */
export const StepsLeft = () => {
  const [isGone, setIsGone] = useState(() => localStorage.getItem(KEY) === 'gone')
  return isGone ? null : (
    <Left
      onGone={() => {
        localStorage.setItem(KEY, 'gone')
        setIsGone(true)
      }}
    />
  )
}

const Left = ({ onGone }: { readonly onGone: () => void }) => {
  const { done, all } = countSteps(useSteps())
  if (done === all) return null
  return (
    <p className={css.left}>
      <span>
        First steps: {done} of {all} done.
      </span>
      <ButtonLink to="/first-steps">Go on</ButtonLink>
      <Button kind="quiet" onClick={onGone}>
        Not now
      </Button>
    </p>
  )
}
