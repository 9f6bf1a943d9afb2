import type { AlertFiring } from '../../../src/client/index.ts'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { readable } from '../../ui/readable.ts'
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
    <p className={css.told}>{readable(of.title)}</p>
    <Facts
      of={[
        ['Severity', <Severity key="severity" of={of.severity} />],
        ['Rule', KIND_TEXT[of.rule]],
        [
          'Customer',
          of.organizationId === null ? (
            'the platform'
          ) : (
            <>
              <CustomerLink organizationId={of.organizationId} name={of.organizationName} />
              {of.organizationName !== null && <code> {of.organizationId}</code>}
            </>
          ),
        ],
        of.subject !== null && ['Subject', <code key="about">{of.subject}</code>],
        ['Value', valueText(of)],
        ['Threshold', lineText(of)],
        of.windowStart !== null && ['Window from', <Time key="from" at={of.windowStart} />],
        of.windowEnd !== null && ['Window to', <Time key="to" at={of.windowEnd} />],
        ['Occurred', <Time key="occurred" at={of.occurredAt} />],
        ['Detected', <Time key="decided" at={of.decidedAt} />],
        of.standing && ['Note', 'already past the threshold when the rule or limit was set'],
        of.suppressed !== null && ['Notification', suppressedText(of.suppressed)],
        of.ended !== null && ['Ended', ENDED_TEXT[of.ended]],
        of.endedAt !== null && ['Ended at', <Time key="ended" at={of.endedAt} />],
        ['Firing', <Copy key="id" text={of.id} />],
        ['Cause', <Copy key="cause" text={of.cause} />],
      ]}
    />
  </Dialog>
)
