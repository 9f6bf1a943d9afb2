import { useWords } from '../hooks/context.ts'
import type { ClassOf } from '../parts/names.ts'
import { type KeyActions, keyState, type ShownKey } from './key-actions.ts'

interface KeyTableProps {
  readonly keys: readonly ShownKey[]
  readonly nowMs: number | undefined
  readonly actions: KeyActions
  readonly onAct: (what: 'rotate' | 'revoke', key: ShownKey) => void
  readonly classOf: ClassOf
}

export const KeyTable = ({ keys, nowMs, actions, onAct, classOf }: KeyTableProps) => {
  const words = useWords()
  const { say } = words
  const day = (at: string | null) => (at === null ? say.never : words.date(at, 'UTC'))
  const columns = [
    ['name', say.name],
    ['prefix', say.prefix],
    ['state', say.status],
    ['used', say.lastUsed],
    ['expires', say.expires],
  ] as const
  const hasActs = actions.rotate !== undefined || actions.revoke !== undefined
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
    <section className={`tg-scroll ${classOf('rows')}`} aria-label={say.keys} tabIndex={0}>
      <table className="tg-table tg-rows tg-key-rows">
        <thead>
          <tr>
            {columns.map(([column, title]) => (
              <th key={column} scope="col" data-column={column}>
                {title}
              </th>
            ))}
            {hasActs && (
              <th scope="col" data-column="acts">
                <span className="tg-visually-hidden">{say.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const state = keyState(key, nowMs)
            const mayAct = state === 'active' || state === 'ending'
            return (
              <tr key={key.id} data-state={state}>
                <th scope="row" data-column="name">
                  <span className="tg-cut" title={key.name}>
                    {key.name}
                  </span>
                  <span className="tg-fact" title={key.scopes.join(', ')}>
                    {key.scopes.map(say.scope).join(', ')}
                  </span>
                </th>
                <td data-column="prefix">
                  <code className="tg-mono">{key.prefix}…</code>
                </td>
                <td data-column="state">
                  <span className="tg-tag" data-state={state}>
                    {say.keyState[state]}
                  </span>
                </td>
                <td data-column="used" data-label={say.lastUsed}>
                  {day(key.lastUsedAt)}
                </td>
                <td data-column="expires" data-label={say.expires}>
                  {day(key.revokedAt ?? key.expiresAt)}
                </td>
                {hasActs && (
                  <td data-column="acts">
                    {mayAct && actions.rotate && state === 'active' && (
                      <button
                        type="button"
                        className="tg-link"
                        onClick={() => onAct('rotate', key)}
                      >
                        {say.rotate}
                        <span className="tg-visually-hidden"> {key.name}</span>
                      </button>
                    )}
                    {mayAct && actions.revoke && (
                      <button
                        type="button"
                        className="tg-link"
                        data-dangerous=""
                        onClick={() => onAct('revoke', key)}
                      >
                        {say.revoke}
                        <span className="tg-visually-hidden"> {key.name}</span>
                      </button>
                    )}
                  </td>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
