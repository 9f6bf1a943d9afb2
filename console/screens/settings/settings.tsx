import { useState } from 'react'
import { apiUrl } from '../../api/place.ts'
import { useIsOperator } from '../../session/rights.ts'
import { useSession } from '../../session/session-context.ts'
import { chooseDense, chooseTheme, chosenTheme, isDense, THEMES } from '../../shell/theme.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Check, Field } from '../../ui/field.tsx'
import { Halves, Panel, Screen } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Installation } from './installation.tsx'
import { AdminKeys, ServiceKeys } from './platform-keys.tsx'

/** Settings of the installation, and display settings of this browser. */
export const Settings = () => {
  useTitle('Settings')
  const isOperator = useIsOperator()
  return (
    <Screen
      title="Settings"
      acts={isOperator && <ButtonLink to="/first-steps">First steps</ButtonLink>}
    >
      <Halves>
        {isOperator && <Installation />}
        <ThisBrowser />
      </Halves>
      {isOperator && <ServiceKeys />}
      {isOperator && <AdminKeys />}
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
