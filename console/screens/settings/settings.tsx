import { useState } from 'react'
import { apiUrl } from '../../api/place.ts'
import { useRead } from '../../api/use-api.ts'
import { useIsOperator } from '../../session/rights.ts'
import { useSession } from '../../session/session-context.ts'
import { chooseDense, chooseTheme, chosenTheme, isDense, THEMES } from '../../shell/theme.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Check, Field } from '../../ui/field.tsx'
import { Halves, Panel, Screen } from '../../ui/panel.tsx'
import { Tag } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Installation } from './installation.tsx'

/** How is this installed, and how does it look here? */
export const Settings = () => {
  useTitle('Settings')
  const isOperator = useIsOperator()
  return (
    <Screen title="Settings">
      <Halves>
        {isOperator && <Installation />}
        <ThisBrowser />
      </Halves>
      {isOperator && <ServiceKeys />}
    </Screen>
  )
}

const ThisBrowser = () => {
  const { actor, kind, expiresAt } = useSession()
  const [theme, setTheme] = useState(chosenTheme)
  const [dense, setDense] = useState(isDense)
  return (
    <Panel title="This browser">
      <Facts
        of={[
          ['Signed in as', `${actor} (${kind})`],
          expiresAt !== undefined && ['Until', <Time key="until" at={expiresAt} />],
          ['Address of the API', <Copy key="api" text={apiUrl} />],
          [
            'Reference',
            <a key="docs" href={`${apiUrl}/docs`}>
              {apiUrl}/docs
            </a>,
          ],
        ]}
      />
      <Field label="Theme">
        {(control) => (
          <select
            {...control}
            value={theme}
            onChange={(event) => {
              const chosen = event.target.value as (typeof THEMES)[number]
              chooseTheme(chosen)
              setTheme(chosen)
            }}
          >
            {THEMES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <Check
        label="Dense rows"
        isOn={dense}
        onChange={(isOn) => {
          chooseDense(isOn)
          setDense(isOn)
        }}
      />
    </Panel>
  )
}

const SHOWN = 100

const ServiceKeys = () => {
  const keys = useRead(['serviceKeys'], ({ serviceKeys }, options) =>
    serviceKeys.list({ limit: SHOWN }, options),
  )
  return (
    <Panel title="Service keys" note="for your backends: any customer, named rights" isFlush>
      <Block of={keys} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There is none">
              Your backend acts with one, and not with the admin key. The command line makes it:{' '}
              <code>tollgate service-keys create NAME</code>.
            </Empty>
          ) : (
            <Table
              label="Service keys"
              rows={items}
              keyOf={({ id }) => id}
              isMuted={({ revokedAt }) => revokedAt !== null}
              columns={[
                { key: 'name', head: 'Key', cell: ({ name }) => name },
                {
                  key: 'prefix',
                  head: 'Begins with',
                  cell: ({ prefix }) => <Copy text={prefix} />,
                },
                {
                  key: 'scopes',
                  head: 'May',
                  cell: ({ scopes }) => scopes.map((scope) => <Tag key={scope}>{scope}</Tag>),
                },
                {
                  key: 'used',
                  head: 'Last used',
                  cell: ({ lastUsedAt }) =>
                    lastUsedAt === null ? 'never' : <Time at={lastUsedAt} form="relative" />,
                },
              ]}
            />
          )
        }
      </Block>
    </Panel>
  )
}
