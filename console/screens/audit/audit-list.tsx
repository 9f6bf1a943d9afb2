import type { AuditEvent, TollgateClient } from '../../../src/client/index.ts'
import { AUDIT_CATEGORIES } from '../../../src/core/audit.ts'
import { limitText, plain, sentence } from '../../../src/react/format/index.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Button, FileLink } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Filters } from '../../ui/filters.tsx'
import linkCss from '../../ui/link.module.css'
import { Panel, Stack } from '../../ui/panel.tsx'
import { State, Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import css from './audit.module.css'
import { AuditEntry } from './audit-entry.tsx'
import { AUDIT_PAGE, type AuditSearch } from './audit-search.ts'
import { type AuditChain, useEntries, useOpenedEntry } from './use-entries.ts'

export interface AuditListProps {
  readonly chain: AuditChain
  readonly search: AuditSearch
  readonly onSearch: (patch: AuditSearch) => void
  readonly fileUrl: string
  readonly resolve: (
    tollgate: TollgateClient,
    input: { sequence: number; note: string },
  ) => PromiseLike<AuditEvent>
}

/** One audit chain, the newest entry first. A click opens an entry with its old and new values. */
export const AuditList = ({ chain, search, onSearch, fileUrl, resolve }: AuditListProps) => {
  const change = (patch: AuditSearch) =>
    onSearch({ cursor: undefined, open: undefined, at: undefined, ...patch })
  const entries = useEntries(chain, search)
  const opened = useOpenedEntry(chain, search, entries.data?.items)
  const query = new URLSearchParams({
    ...(search.category !== undefined && { category: search.category }),
    ...(search.actor !== undefined && { actor: search.actor }),
    ...(search.text !== undefined && { text: search.text }),
  })
  const file = (format: string) =>
    `${fileUrl}?${new URLSearchParams([...query, ['format', format]])}`
  return (
    <Stack>
      <Panel
        title="Entries"
        note="newest first; each entry commits to all before it"
        acts={
          <Filters>
            <Field label="Category" isInline>
              {(control) => (
                <select
                  {...control}
                  value={search.category ?? ''}
                  onChange={(event) => change({ category: event.target.value || undefined })}
                >
                  <option value="">any</option>
                  {AUDIT_CATEGORIES.map((category) => (
                    <option key={category} value={category}>
                      {plain(category)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Actor" isInline>
              {(control) => (
                <input
                  {...control}
                  key={search.actor ?? ''}
                  type="search"
                  size={14}
                  placeholder="admin, user:…, key:…"
                  defaultValue={search.actor ?? ''}
                  onBlur={(event) => change({ actor: event.target.value.trim() || undefined })}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') event.currentTarget.blur()
                  }}
                />
              )}
            </Field>
            <Field label="Search" isInline>
              {(control) => (
                <input
                  {...control}
                  key={search.text ?? ''}
                  type="search"
                  size={14}
                  placeholder="any part of an entry"
                  defaultValue={search.text ?? ''}
                  onBlur={(event) => change({ text: event.target.value.trim() || undefined })}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') event.currentTarget.blur()
                  }}
                />
              )}
            </Field>
            <FileLink href={file('csv')}>CSV</FileLink>
            <FileLink href={file('jsonl')}>JSON lines</FileLink>
          </Filters>
        }
        isFlush
      >
        <Block of={entries} lines={16}>
          {({ items, nextCursor }) =>
            items.length === 0 ? (
              <Empty title={nextCursor === null ? 'No matching entries' : 'No match so far'}>
                {nextCursor !== null && 'The next page searches older entries.'}
              </Empty>
            ) : (
              <Table
                label="Audit entries"
                columns={columnsOf(({ sequence, occurredAt }) =>
                  onSearch({ open: sequence, at: occurredAt }),
                )}
                rows={items}
                keyOf={({ id }) => id}
                isMarked={({ sequence }) => sequence === search.open}
              />
            )
          }
        </Block>
      </Panel>
      <div>
        {search.cursor !== undefined && <Button onClick={() => change({})}>Newest</Button>}{' '}
        {entries.data && entries.data.nextCursor !== null && (
          <Button onClick={() => change({ cursor: entries.data?.nextCursor ?? undefined })}>
            Next {AUDIT_PAGE}
          </Button>
        )}
      </div>
      {opened && (
        <AuditEntry
          entry={opened}
          resolve={resolve}
          onClose={() => onSearch({ open: undefined, at: undefined })}
        />
      )}
    </Stack>
  )
}

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/

/** The actor `workflow:trial_onboarding/01a2…` without its id; the tooltip has the full text. */
const actorText = (actor: string): string => actor.replace(UUID, '').replace(/[:/]+$/, '')

/** The subject by its name if the entry has one, otherwise by the end of its id. */
const Subject = ({ of: { subject, old, new: after } }: { readonly of: AuditEvent }) => {
  const [kind = ''] = subject.split(':', 1)
  const id = subject.slice(kind.length + 1)
  const [meter = '', window] = id.split('/')
  const name =
    kind === 'limit' && window !== undefined
      ? limitText(meter, window)
      : (nameIn(after) ?? nameIn(old))
  return (
    <span title={subject}>
      <span className={css.muted}>{sentence(plain(kind))}</span>{' '}
      {name ?? <span className={css.mono}>{id.replace(UUID, (all) => `…${all.slice(-8)}`)}</span>}
    </span>
  )
}

const nameIn = (side: unknown): string | undefined => {
  const name = (side as { readonly name?: unknown } | null)?.name
  return typeof name === 'string' && name !== '' ? name : undefined
}

const columnsOf = (open: (entry: AuditEvent) => void): readonly Column<AuditEvent>[] => [
  {
    key: 'at',
    head: 'Time',
    cell: (entry) => (
      <button type="button" className={linkCss.plain} onClick={() => open(entry)}>
        <Time at={entry.occurredAt} />
      </button>
    ),
  },
  {
    key: 'actor',
    head: 'Actor',
    cell: ({ actor }) => <span title={actor}>{actorText(actor)}</span>,
  },
  {
    key: 'action',
    head: 'Action',
    cell: ({ action, sampled }) => (
      <>
        {sentence(plain(action).replace('.', ' '))}
        {sampled && sampled.passedOver > 0 && (
          <span className={css.muted}> and {sampled.passedOver} similar</span>
        )}
      </>
    ),
  },
  {
    key: 'subject',
    head: 'Subject',
    isBroad: true,
    cell: (entry) => <Subject of={entry} />,
  },
  {
    key: 'about',
    head: 'Category',
    isWideOnly: true,
    cell: ({ category }) => <Tag>{plain(category)}</Tag>,
  },
  {
    key: 'resolved',
    head: '',
    label: '',
    isWideOnly: true,
    cell: ({ resolution }) => resolution && <State tone="good">resolved</State>,
  },
  {
    key: 'sequence',
    head: '#',
    isFigure: true,
    isWideOnly: true,
    cell: ({ sequence }) => sequence,
  },
  {
    key: 'hash',
    head: 'Hash',
    isWideOnly: true,
    cell: ({ hash }) => (
      <span className={css.short} title={hash}>
        {hash.slice(0, 10)}
      </span>
    ),
  },
]
