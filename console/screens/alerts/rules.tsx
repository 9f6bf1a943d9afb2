import { useState } from 'react'
import type { Alert } from '../../../src/client/index.ts'
import { useRead } from '../../api/use-api.ts'
import { ListPanel } from '../../ui/list-panel.tsx'
import { State, Tag } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { amountIn, KIND_TEXT, narrowedText, ruleName } from './alert-words.ts'
import css from './alerts.module.css'
import { RuleActs } from './rule-acts.tsx'
import { NewRule } from './rule-form.tsx'
import { Severity } from './severity.tsx'
import { alertsKey, alertsOf, type Whose } from './whose.ts'

const PAGE = 50

/** The alert rules: the platform's first, then the customer's own. */
export const Rules = ({
  whose,
  mayManage,
}: {
  readonly whose: Whose
  readonly mayManage: boolean
}) => {
  const [isNewOpen, setIsNewOpen] = useState(false)
  const [cursor, setCursor] = useState<string | undefined>()
  const rules = useRead([...alertsKey(whose), 'rules', cursor], (tollgate, options) => {
    const { verbs, of } = alertsOf(tollgate, whose)
    return verbs.list({ ...of, limit: PAGE, ...(cursor !== undefined && { cursor }) }, options)
  })
  return (
    <>
      <ListPanel
        of={rules}
        title="Rules"
        note={
          whose === null
            ? 'for all customers, or for those on one plan'
            : 'the platform’s rules and this customer’s own'
        }
        add={mayManage ? { label: 'Add rule', onClick: () => setIsNewOpen(true) } : undefined}
        lines={6}
        empty={{
          title: 'No rules yet',
          text: 'A rule sets thresholds for alerts, and the severity of each.',
        }}
        label="Every rule"
        columns={columnsOf(whose, mayManage)}
        keyOf={({ id }) => id}
        isMuted={({ enabled }) => !enabled}
        size={PAGE}
        onGo={setCursor}
        cursor={cursor}
      />
      {isNewOpen && <NewRule whose={whose} onClose={() => setIsNewOpen(false)} />}
    </>
  )
}

const columnsOf = (whose: Whose, mayManage: boolean): readonly Column<Alert>[] => [
  {
    key: 'rule',
    head: 'Rule',
    cell: (rule) => (
      <span className={css.what}>
        {ruleName(rule)}
        <small>
          {[rule.name !== null && !rule.builtIn && KIND_TEXT[rule.kind], narrowedText(rule)]
            .filter(Boolean)
            .join(': ')}
        </small>
      </span>
    ),
  },
  {
    key: 'levels',
    head: 'Thresholds',
    cell: ({ thresholds, unit }) => (
      <span className={css.levels}>
        {thresholds.map(({ at, severity }) => (
          <span key={at}>
            {amountIn(unit, at)} <Severity of={severity} />
          </span>
        ))}
      </span>
    ),
  },
  {
    key: 'whose',
    head: 'Scope',
    isWideOnly: true,
    cell: ({ scope, builtIn }) => <Tag>{builtIn ? 'built in' : WHOSE[scope]}</Tag>,
  },
  {
    key: 'state',
    head: 'State',
    cell: ({ enabled }) =>
      enabled ? (
        <State tone="good">on</State>
      ) : (
        <State tone="muted" icon="paused">
          off
        </State>
      ),
  },
  ...(mayManage
    ? [
        {
          key: 'acts',
          head: '',
          isFigure: true,
          cell: (rule: Alert) => <RuleActs whose={whose} rule={rule} />,
        },
      ]
    : []),
]

const WHOSE = { organization: 'own', plan: 'plan', platform: 'platform' } as const
