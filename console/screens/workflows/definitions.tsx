import type { WorkflowDefinitions } from '../../../src/client/index.ts'
import { plain, sentence } from '../../../src/react/format/index.ts'
import type { Read } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import css from './workflows.module.css'

type Definition = WorkflowDefinitions['items'][number]

/** The workflow definitions that the answering process has registered. */
export const Definitions = ({ of }: { readonly of: Read<WorkflowDefinitions> }) => (
  <Panel title="Definitions" note="workflows registered in the answering process" isFlush>
    <Block of={of} lines={3}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No workflows registered">
            Pass them when you start the server: <code>tollgate start --workflows</code>
          </Empty>
        ) : (
          <Table
            label="Every definition"
            columns={COLUMNS}
            rows={items}
            keyOf={({ name, version }) => `${name} ${version}`}
          />
        )
      }
    </Block>
  </Panel>
)

const stepText = ({ name, outside, undoable }: Definition['steps'][number]): string =>
  [plain(name), outside && 'outside', !undoable && 'stays'].filter(Boolean).join(', ')

const COLUMNS: readonly Column<Definition>[] = [
  {
    key: 'name',
    head: 'Workflow',
    cell: ({ name, description }) => (
      <span className={css.what}>
        {sentence(plain(name))}
        {description !== null && <small>{description}</small>}
      </span>
    ),
  },
  {
    key: 'version',
    head: 'Version',
    cell: ({ version, starts }) => (starts ? version : `${version}, only ended`),
  },
  {
    key: 'steps',
    head: 'Steps',
    cell: ({ steps }) => (
      <span
        className={css.chips}
        title="outside: has an effect outside the database; stays: not undone by a rollback"
      >
        {steps.map((step) => (
          <Tag key={step.name}>{stepText(step)}</Tag>
        ))}
      </span>
    ),
  },
]
