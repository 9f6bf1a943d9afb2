import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AuditEvent, TollgateClient } from '../../../src/client/index.ts'
import { plain, sentence } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { Copy } from '../../ui/copy.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Field } from '../../ui/field.tsx'
import linkCss from '../../ui/link.module.css'
import { Time } from '../../ui/time.tsx'
import css from './audit.module.css'
import { Changes } from './entry-changes.tsx'

interface AuditEntryProps {
  readonly entry: AuditEvent
  readonly resolve: (
    tollgate: TollgateClient,
    input: { sequence: number; note: string },
  ) => PromiseLike<AuditEvent>
  readonly onClose: () => void
}

/** An audit entry: actor, action, values before and after, and position in the chain. */
export const AuditEntry = ({ entry, resolve, onClose }: AuditEntryProps) => {
  const [note, setNote] = useState('')
  const act = useAct(resolve, { onDone: onClose })
  const { sampled, resolution } = entry
  return (
    <FormDialog
      title={sentence(plain(entry.action).replace('.', ' '))}
      act={resolution ? 'Add another note' : 'Mark as resolved'}
      isBusy={act.isPending}
      isReady={note !== ''}
      error={act.error}
      onAct={() => act.mutate({ sequence: entry.sequence, note })}
      onClose={onClose}
    >
      <Facts
        of={[
          ['When', <Time key="at" at={entry.occurredAt} />],
          ['Actor', entry.actor],
          entry.via !== undefined && ['Told by', entry.via],
          entry.address !== null && ['From', entry.address],
          ['Subject', <Subject key="subject" entry={entry} />],
          ['Category', plain(entry.category)],
          sampled && [
            'Represents',
            sampled.passedOver === 0
              ? 'this entry only'
              : `this and ${sampled.passedOver} similar entries that were not stored`,
          ],
        ]}
      />
      <Changes old={entry.old} now={entry.new} />
      <h3>In the chain</h3>
      <Facts
        of={[
          ['Entry', `#${entry.sequence} of ${entry.organizationId ?? 'the platform'}`],
          ['Hash', <Copy key="hash" text={entry.hash} shown={`${entry.hash.slice(0, 20)}…`} />],
          [
            'Commits to',
            entry.sequence === 1
              ? 'the start of the chain'
              : `#${entry.sequence - 1} and all before`,
          ],
        ]}
      />
      {resolution && (
        <>
          <h3>Resolved</h3>
          <p>
            {resolution.note}{' '}
            <span className={css.muted}>
              {resolution.actor}, <Time at={resolution.resolvedAt} />
            </span>
          </p>
        </>
      )}
      <Field label="Note" note="Added as a new entry. Existing entries do not change.">
        {(control) => (
          <textarea {...control} value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  )
}

const Subject = ({ entry: { subject, organizationId } }: { readonly entry: AuditEvent }) => {
  const [kind, ...rest] = subject.split(':')
  const id = rest.join(':')
  if (kind === 'decision' && organizationId !== null) {
    return (
      <Link
        to="/customers/$organizationId/decisions/$decisionId"
        params={{ organizationId, decisionId: id }}
        className={linkCss.link}
      >
        the decision explained
      </Link>
    )
  }
  if (kind === 'organization') {
    return (
      <Link
        to="/customers/$organizationId"
        params={{ organizationId: id }}
        className={linkCss.link}
      >
        {id}
      </Link>
    )
  }
  return <Copy text={subject} />
}
