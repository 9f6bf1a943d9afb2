import { useState } from 'react'
import type { Subscription } from '../../../src/client/index.ts'
import { useIsOperator, useMay } from '../../session/rights.ts'
import { Button } from '../../ui/button.tsx'
import { ChangePlan } from './change-plan.tsx'
import css from './customer.module.css'
import { GiveCredits } from './give-credits.tsx'
import { MoreActs } from './more-acts.tsx'
import { TryCall } from './try-call.tsx'

type Opened = 'plan' | 'credits' | 'try' | 'more'

interface CustomerActsProps {
  readonly organizationId: string
  readonly name: string
  readonly isClosed: boolean
  readonly subscription: Subscription | undefined
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
}

/** The actions on a customer, each in a sheet beside the figures. */
export const CustomerActs = (props: CustomerActsProps) => {
  const { organizationId, name, isClosed, subscription, isOpen, onOpen } = props
  const [opened, setOpened] = useState<Opened>('plan')
  const isOperator = useIsOperator()
  const may = useMay(organizationId)
  const open = (which: Opened) => () => {
    setOpened(which)
    onOpen(true)
  }
  const onClose = () => onOpen(false)
  return (
    <div className={css.acts}>
      {!isClosed && may('gate.use') && <Button onClick={open('try')}>Try a call</Button>}
      {!isClosed && isOperator && <Button onClick={open('credits')}>Give credits</Button>}
      {!isClosed && may('plan.manage') && <Button onClick={open('plan')}>Change plan</Button>}
      {(may('organization.manage') || may('plan.manage')) && (
        <Button onClick={open('more')}>More</Button>
      )}
      {isOpen && opened === 'try' && <TryCall organizationId={organizationId} onClose={onClose} />}
      {isOpen && opened === 'credits' && (
        <GiveCredits organizationId={organizationId} onClose={onClose} />
      )}
      {isOpen && opened === 'plan' && subscription && (
        <ChangePlan subscription={subscription} onClose={onClose} />
      )}
      {isOpen && opened === 'more' && (
        <MoreActs
          organizationId={organizationId}
          name={name}
          isClosed={isClosed}
          subscription={subscription}
          onClose={onClose}
        />
      )}
    </div>
  )
}
