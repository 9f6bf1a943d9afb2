import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { CreditBalance, Grant } from '../../../src/client/index.ts'
import { exact, money, spanText, UTC } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { useIsOperator, useMay } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Columns, Panel, Stack } from '../../ui/panel.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Movements } from './movements.tsx'
import { TopUp } from './top-up.tsx'

/** The credit balance of a customer, its grants and its movements. */
export const Credits = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  useTitle(organizationId, 'Credits')
  const may = useMay(organizationId)
  const balance = useRead(
    ['customer', organizationId, 'balance'],
    ({ grants }, options) => grants.balance({ organizationId }, options),
    { poll: true },
  )
  return (
    <Stack>
      <Block of={balance} lines={6}>
        {(answer) => (
          <>
            <Figures of={answer} />
            <Columns>
              <Grants of={answer} />
              <ComingAgain of={answer} />
            </Columns>
          </>
        )}
      </Block>
      {may('invoices.read') && <Movements organizationId={organizationId} />}
    </Stack>
  )
}

const Figures = ({ of }: { readonly of: CreditBalance }) => {
  const { available, allowance, granted, debt } = of
  return (
    <Tiles label="Credits now">
      <Tile
        name="Available"
        value={available === null ? 'unlimited' : exact(available)}
        note="allowance and grants, less the debt"
      />
      {allowance && (
        <>
          <Tile
            name="Allowance left"
            value={allowance.credits === null ? 'unlimited' : exact(allowance.remaining)}
            note={`of ${allowance.credits === null ? 'unlimited' : exact(allowance.credits)}, ${spanText(allowance, UTC)} UTC`}
          />
          <Tile
            name="Billed overage"
            value={exact(allowance.overage)}
            note="past the allowance and all grants"
            tone={allowance.overage > 0 ? 'overage' : undefined}
          />
        </>
      )}
      <Tile
        name="In grants"
        value={exact(granted)}
        note={`${of.grants.length} with credits left`}
      />
      <Tile
        name="Debt"
        value={exact(debt)}
        note={debt > 0 ? 'the next grant pays it' : 'nothing is owed'}
        tone={debt > 0 ? 'reached' : undefined}
      />
    </Tiles>
  )
}

const TONES = {
  active: 'good',
  pending: 'ok',
  used_up: 'muted',
  expired: 'muted',
  ended: 'muted',
} as const

const Grants = ({ of }: { readonly of: CreditBalance }) => {
  const say = useToast()
  const isOperator = useIsOperator()
  const { organizationId } = of
  const [ending, setEnding] = useState<Grant | null>(null)
  const end = useAct(({ grants }, grantId: string) => grants.end({ organizationId, grantId }), {
    changes: ['customer', organizationId],
    onDone: ({ taken }) => {
      say(`${exact(taken)} unused credits were revoked.`)
      setEnding(null)
    },
  })
  const columns: readonly Column<Grant>[] = [
    { key: 'reason', head: 'Grant', cell: ({ reason, id }) => <span title={id}>{reason}</span> },
    {
      key: 'state',
      head: 'State',
      cell: ({ state, source }) => (
        <State tone={TONES[state]}>
          {state.replace('_', ' ')}
          {source === 'given' ? '' : `, ${source.replace('_', ' ')}`}
        </State>
      ),
    },
    { key: 'left', head: 'Left', isFigure: true, cell: ({ remaining }) => exact(remaining) },
    { key: 'of', head: 'Granted', isFigure: true, cell: ({ credits }) => exact(credits) },
    {
      key: 'priority',
      head: 'Priority',
      isFigure: true,
      isWideOnly: true,
      cell: ({ priority }) => exact(priority),
    },
    {
      key: 'expires',
      head: 'Expires',
      cell: ({ expiresAt }) => (expiresAt === null ? 'never' : <Time at={expiresAt} form="date" />),
    },
    { key: 'by', head: 'Given by', isWideOnly: true, cell: ({ actor }) => actor },
    {
      key: 'end',
      head: '',
      isFigure: true,
      cell: (grant) =>
        isOperator && (
          <Button kind="quiet" onClick={() => setEnding(grant)}>
            Revoke the rest
          </Button>
        ),
    },
  ]
  return (
    <Panel title="Grants with credits left" note="in the order of use" isFlush>
      {of.grants.length === 0 ? (
        <Empty title="No grants yet">
          Purchases, promotions and recurring grants appear here, in the order of their use. “Give
          credits” above adds one.
        </Empty>
      ) : (
        <Table label="Grants" columns={columns} rows={of.grants} keyOf={({ id }) => id} />
      )}
      {ending && (
        <FormDialog
          title={`Revoke the rest of ${ending.reason}`}
          kind="box"
          act={`Revoke ${exact(ending.remaining)} credits`}
          isDangerous
          isBusy={end.isPending}
          error={end.error}
          onAct={() => end.mutate(ending.id)}
          onClose={() => setEnding(null)}
        >
          <p>Its used credits stay used. This cannot be undone; a new grant can be given.</p>
        </FormDialog>
      )}
    </Panel>
  )
}

const ComingAgain = ({ of }: { readonly of: CreditBalance }) => {
  const isOperator = useIsOperator()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Panel
      title="Recurring grants and auto top-up"
      acts={isOperator && <Button onClick={() => setIsOpen(true)}>Set top-up</Button>}
    >
      <Facts
        of={[
          ...of.recurring.map(
            ({ id, credits, everyMonths, nextAt, reason }) =>
              [
                `${reason}: ${exact(credits)} every ${everyMonths === 1 ? 'month' : `${everyMonths} months`}`,
                nextAt === null ? 'over' : <Time key={id} at={nextAt} form="date" />,
              ] as const,
          ),
          of.recurring.length === 0 && ['Recurring grants', 'none'],
          of.topUp === null
            ? ['Auto top-up', 'off']
            : [
                'Auto top-up',
                `${exact(of.topUp.credits)} for ${money(of.topUp.amount, of.topUp.currency)} below ${exact(of.topUp.below)}, at most ${of.topUp.mostAMonth} a month`,
              ],
        ]}
      />
      {isOpen && <TopUp of={of} onClose={() => setIsOpen(false)} />}
    </Panel>
  )
}
