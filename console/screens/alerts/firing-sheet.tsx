import type { AlertFiring } from '../../../src/client/index.ts'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Time } from '../../ui/time.tsx'
import {
  ENDED_TEXT,
  firingName,
  KIND_TEXT,
  lineText,
  suppressedText,
  valueText,
} from './alert-words.ts'
import css from './alerts.module.css'
import { Severity } from './severity.tsx'

/** The details of a firing: value, threshold, customer and times. */
export const FiringSheet = ({
  of,
  onClose,
}: {
  readonly of: AlertFiring
  readonly onClose: () => void
}) => (
  <Dialog title={firingName(of)} onClose={onClose}>
    <p className={css.told}>{of.title}</p>
    <Facts
      of={[
        ['Severity', <Severity key="severity" of={of.severity} />],
        ['Rule', KIND_TEXT[of.rule]],
        [
          'Of',
          of.organizationId === null ? (
            'the platform'
          ) : (
            <>
              <CustomerLink organizationId={of.organizationId} name={of.organizationName} />
              {of.organizationName !== null && <code> {of.organizationId}</code>}
            </>
          ),
        ],
        of.subject !== null && ['About', <code key="about">{of.subject}</code>],
        ['Value', valueText(of)],
        ['Line', lineText(of)],
        of.windowStart !== null && ['Window from', <Time key="from" at={of.windowStart} />],
        of.windowEnd !== null && ['Window to', <Time key="to" at={of.windowEnd} />],
        ['Happened', <Time key="occurred" at={of.occurredAt} />],
        ['Decided', <Time key="decided" at={of.decidedAt} />],
        of.standing && ['Standing', 'it was so before the rule or the limit was'],
        of.suppressed !== null && ['Told', suppressedText(of.suppressed)],
        of.ended !== null && ['Ended', ENDED_TEXT[of.ended]],
        of.endedAt !== null && ['Ended at', <Time key="ended" at={of.endedAt} />],
        ['Firing', <Copy key="id" text={of.id} />],
        ['Cause', <Copy key="cause" text={of.cause} />],
      ]}
    />
  </Dialog>
)
