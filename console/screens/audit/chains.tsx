import type { AuditVerificationRun } from '../../../src/contract/audit.ts'
import { counted, exact, percent } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { useCustomerNames } from '../../api/use-customer-names.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { ActError } from '../../ui/error-note.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import css from './audit.module.css'

type Head = {
  organizationId: string | null
  sequence: number
  hash: string
  occurredAt: string | null
}

const POLL_MS = 1_500
const SHOWN = 20
const HASH_SHOWN = 16

/**
 * The integrity of the audit log. Each chain is verified from its first entry; its head hash is
 * shown.
 */
export const Chains = () => {
  const runs = useRead(
    ['audit', 'verifications'],
    ({ audit }, options) => audit.verifications({ limit: 1 }, options),
    { pollMs: (page) => (page?.items[0]?.outcome === 'running' ? POLL_MS : false) },
  )
  const heads = useRead(['audit', 'heads'], ({ audit }, options) =>
    audit.heads({ limit: SHOWN }, options),
  )
  const nameOf = useCustomerNames(
    heads.data?.items.flatMap(({ organizationId }) => organizationId ?? []) ?? [],
  )
  const verify = useAct(({ audit }) => audit.verify({}), { changes: ['audit'] })
  const latest = runs.data?.items[0]
  return (
    <Panel
      title="Chains"
      note={`the heads of the first ${SHOWN}; each entry commits to all before it in its chain`}
      acts={
        <Button
          isBusy={verify.isPending || latest?.outcome === 'running'}
          onClick={() => verify.mutate(undefined)}
        >
          {latest?.outcome === 'running' ? 'Verifying' : 'Verify every chain'}
        </Button>
      }
      isFlush
    >
      <div className={css.verdict}>
        <ActError of={verify.error} />
        <Block of={runs} lines={1}>
          {({ items: [run] }) => (run ? <Verdict of={run} /> : <span>Not verified yet.</span>)}
        </Block>
      </div>
      <Block of={heads} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No chains yet" />
          ) : (
            <Table
              label="Heads of chains"
              columns={columnsOf(latest, nameOf)}
              rows={items}
              keyOf={({ organizationId }) => organizationId ?? ''}
            />
          )
        }
      </Block>
    </Panel>
  )
}

const Verdict = ({ of }: { readonly of: AuditVerificationRun }) => {
  const { outcome, progress, result, error, finishedAt } = of
  if (outcome === 'running') {
    const { entries = 0, total = 0 } = progress ?? {}
    return (
      <State tone="ok">
        {exact(entries)} of {counted(total, 'entry', 'entries')} recomputed
        {total > 0 && `, ${percent((entries / total) * 100)}`}
      </State>
    )
  }
  if (result === null)
    return <State tone="reached">{error ?? `the verification was ${outcome}`}</State>
  const seen = `${counted(result.entries, 'entry', 'entries')} of ${counted(result.chains, 'chain')}`
  return (
    <>
      <State tone={result.whole ? 'good' : 'reached'}>
        {result.whole
          ? `Whole: ${seen} recomputed, nothing was changed, removed, added or moved`
          : `Not whole: ${counted(result.faultsInAll, 'fault')} in ${seen}`}
      </State>
      {finishedAt !== null && (
        <span className={css.muted}>
          <Time at={finishedAt} form="relative" />
        </span>
      )}
      {result.faults.map(({ organizationId, sequence, detail }) => (
        <p key={`${organizationId} ${sequence}`}>
          {organizationId ?? 'the platform'} #{sequence}: {detail}
        </p>
      ))}
      {[...result.missingGuards, ...result.changedGuards].map((guard) => (
        <p key={guard}>Changed or missing guard: {guard}</p>
      ))}
    </>
  )
}

const columnsOf = (
  run: AuditVerificationRun | undefined,
  nameOf: (organizationId: string) => string,
): readonly Column<Head>[] => [
  {
    key: 'chain',
    head: 'Chain',
    cell: ({ organizationId }) =>
      organizationId === null ? (
        'the platform'
      ) : (
        <>
          <CustomerLink organizationId={organizationId} name={nameOf(organizationId)} />{' '}
          <span className={linkCss.id}>{organizationId}</span>
        </>
      ),
  },
  { key: 'sequence', head: 'Entries', isFigure: true, cell: ({ sequence }) => exact(sequence) },
  {
    key: 'hash',
    head: 'Head',
    cell: ({ hash }) => <Copy text={hash} shown={`${hash.slice(0, HASH_SHOWN)}…`} />,
  },
  {
    key: 'at',
    head: 'Last entry',
    cell: ({ occurredAt }) => (occurredAt === null ? '—' : <Time at={occurredAt} />),
  },
  {
    key: 'verified',
    head: 'At the last verification',
    cell: ({ organizationId }) => {
      if (!run?.result) return '—'
      const fault = run.result.faults.find((one) => one.organizationId === organizationId)
      return fault ? (
        <State tone="reached">fault at #{fault.sequence}</State>
      ) : (
        <State tone="good">whole</State>
      )
    },
  },
]
