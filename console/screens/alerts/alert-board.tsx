import { SEVERITIES } from '../../../src/core/severity.ts'
import { Empty } from '../../ui/block.tsx'
import { Choice } from '../../ui/choice.tsx'
import { Filters } from '../../ui/filters.tsx'
import { Stack } from '../../ui/panel.tsx'
import { Channels } from '../channels/channels.tsx'
import { type AlertSearch, Firings } from './firings.tsx'
import { Rules } from './rules.tsx'
import type { Whose } from './whose.ts'

interface AlertBoardProps {
  readonly whose: Whose
  readonly mayManage: boolean
  readonly channels: { readonly mayRead: boolean; readonly mayManage: boolean }
  readonly search: AlertSearch
  readonly onSearch: (patch: AlertSearch) => void
}

const ANY = 'any'
const STATES = ['ended', 'suppressed'] as const
const STATE_TEXT = { ended: 'ended', suppressed: 'suppressed' } as const

/** Open and past firings, the rules and the channels, of a customer or the platform. */
export const AlertBoard = (props: AlertBoardProps) => {
  const { whose, mayManage, channels, search, onSearch } = props
  const state = STATES.find((one) => one === search.state) ?? 'ended'
  const severity = SEVERITIES.find((one) => one === search.severity) ?? ANY
  const onOpen = (open: string | undefined) => onSearch({ open })
  return (
    <Stack>
      <Firings
        {...{ whose, search, onOpen }}
        title="Open now"
        note="newest first"
        state="open"
        cursor={search.openCursor}
        onCursor={(openCursor) => onSearch({ openCursor })}
        acts={
          <Choice
            label="Severity"
            value={severity}
            options={[ANY, ...SEVERITIES]}
            onSet={(one) =>
              onSearch({
                severity: one === ANY ? undefined : one,
                openCursor: undefined,
                cursor: undefined,
              })
            }
          />
        }
        empty={
          <Empty title={severity === ANY ? 'No open alerts' : `No ${severity} alerts are open`}>
            {severity === ANY
              ? 'An alert stays here until it recovers or its window ends.'
              : 'Change the severity filter above to see others.'}
          </Empty>
        }
      />
      <Rules whose={whose} mayManage={mayManage} />
      {channels.mayRead && <Channels whose={whose} mayManage={channels.mayManage} />}
      <Firings
        {...{ whose, search, onOpen }}
        title="Past alerts"
        note={`${severity === ANY ? '' : `only ${severity}, `}newest first, stored for 90 days`}
        state={state}
        cursor={search.cursor}
        onCursor={(cursor) => onSearch({ cursor })}
        acts={
          <Filters>
            <Choice
              label="Show"
              value={state}
              options={STATES}
              words={(one) => STATE_TEXT[one]}
              onSet={(one) =>
                onSearch({ state: one === 'ended' ? undefined : one, cursor: undefined })
              }
            />
          </Filters>
        }
        empty={<NoneBefore state={state} severity={severity} />}
      />
    </Stack>
  )
}

const NoneBefore = ({
  state,
  severity,
}: {
  readonly state: (typeof STATES)[number]
  readonly severity: string
}) => {
  if (severity !== ANY) {
    return (
      <Empty title={`No ${severity} alerts`}>The severity filter above also applies here.</Empty>
    )
  }
  return state === 'ended' ? (
    <Empty title="No past alerts">Alerts move here when they end.</Empty>
  ) : (
    <Empty title="No suppressed alerts">
      Alerts that come too late to be useful are not sent, but listed here.
    </Empty>
  )
}
