import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react'
import type { Session } from '../api/api.ts'
import { useRead } from '../api/use-api.ts'
import { useIsOperator } from '../session/rights.ts'
import { useSession } from '../session/session-context.ts'
import { Dialog } from '../ui/dialog.tsx'
import css from './command-bar.module.css'
import { usePlaces } from './places.ts'
import { chooseTheme, THEMES } from './theme.ts'

interface Command {
  readonly id: string
  readonly name: string
  readonly note: string
  readonly run: () => void
}

const MOST_CUSTOMERS = 8

/**
 * The command palette: screens, customers and actions. It loads its data when opened. Its code is
 * part of the first route, because keys that follow Ctrl K at once must reach its field.
 */
export const CommandBar = ({
  kind,
  onClose,
}: {
  readonly kind: 'commands' | 'keys'
  readonly onClose: () => void
}) => (
  <Dialog title={kind === 'keys' ? 'Keys' : 'Go to'} kind="box" onClose={onClose}>
    {kind === 'keys' ? <Keys /> : <Commands onClose={onClose} />}
  </Dialog>
)

const Commands = ({ onClose }: { readonly onClose: () => void }) => {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const listId = useId()
  const commands = useCommands(text.trim())
  const run = (command: Command | undefined) => {
    if (!command) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (move !== 0) {
      event.preventDefault()
      setChosen((now) => (now + move + commands.length) % Math.max(commands.length, 1))
    }
    if (event.key === 'Enter') run(commands[chosen])
  }
  return (
    <>
      <input
        className={css.input}
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={commands[chosen] && `${listId}-${chosen}`}
        aria-label="Customer, page or action"
        placeholder="Customer name or id, page or action"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css.list} role="listbox" id={listId} aria-label="Where to">
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus
          <div
            key={command.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={css.option}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            <small>{command.note}</small>
          </div>
        ))}
        {commands.length === 0 && <p className={css.none}>No results.</p>}
      </div>
    </>
  )
}

const useCommands = (text: string): readonly Command[] => {
  const navigate = useNavigate()
  const search = useDeferredValue(text)
  const isOperator = useIsOperator()
  const { organizations = [] } = useSession()
  const places = usePlaces()
  const customers = useRead(
    ['customers', 'search', search],
    ({ analytics }, options) =>
      analytics.customers({ limit: MOST_CUSTOMERS, ...(search && { search }) }, options),
    { isWanted: isOperator },
  )
  const fits = (name: string) => name.toLowerCase().includes(text.toLowerCase())
  return [
    ...(isOperator ? (customers.data?.items ?? []) : organizations.map(asCustomer))
      .filter(({ name, organizationId }) => fits(name) || fits(organizationId))
      .map(({ organizationId, name, plan }) => ({
        id: `customer-${organizationId}`,
        name,
        note: plan,
        run: () => void navigate({ to: '/customers/$organizationId', params: { organizationId } }),
      })),
    ...places
      .filter(({ name }) => fits(name))
      .map(({ to, name }) => ({
        id: to,
        name,
        note: 'page',
        run: () => void navigate({ to }),
      })),
    ...THEMES.filter((theme) => fits(`Theme ${theme}`)).map((theme) => ({
      id: `theme-${theme}`,
      name: `Theme: ${theme}`,
      note: 'act',
      run: () => chooseTheme(theme),
    })),
  ]
}

/** A member's organization as an entry of the palette. */
const asCustomer = ({
  organizationId,
  name,
  role,
}: NonNullable<Session['organizations']>[number]) => ({ organizationId, name, plan: role ?? '' })

const Keys = () => (
  <dl className={css.keys}>
    {[
      ['Ctrl K', 'go to a customer, a page or an action'],
      ['/', 'filter the list'],
      ...usePlaces().map(({ letter, name }) => [`g ${letter}`, name] as const),
      ['← → Home End', 'read a chart'],
      ['Esc', 'close'],
      ['?', 'show these keys'],
    ].map(([keys, does]) => (
      <div key={keys}>
        <dt>
          <kbd>{keys}</kbd>
        </dt>
        <dd>{does}</dd>
      </div>
    ))}
  </dl>
)
