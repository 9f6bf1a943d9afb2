import { useState } from 'react'
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
const STATE_TEXT = { ended: 'told, and over', suppressed: 'told to nobody' } as const

/** Open and past firings, the rules and the channels, of a customer or the platform. */
export const AlertBoard = (props: AlertBoardProps) => {
  const { whose, mayManage, channels, search, onSearch } = props
  const state = STATES.find((one) => one === search.state) ?? 'ended'
  const severity = SEVERITIES.find((one) => one === search.severity) ?? ANY
  const [openCursor, setOpenCursor] = useState<string | undefined>()
  const onOpen = (open: string | undefined) => onSearch({ open })
  return (
    <Stack>
      <Firings
        {...{ whose, search, onOpen }}
        title="Open now"
        note="the latest first"
        state="open"
        cursor={openCursor}
        onCursor={setOpenCursor}
        acts={
          <Choice
            label="Severity"
            value={severity}
            options={[ANY, ...SEVERITIES]}
            onSet={(one) => {
              setOpenCursor(undefined)
              onSearch({ severity: one === ANY ? undefined : one, cursor: undefined })
            }}
          />
        }
        empty={
          <Empty
            title={severity === ANY ? 'Nothing is past a line' : `Nothing ${severity} is open`}
          >
            {severity === ANY
              ? 'A rule that fires stands here until what it is about is well again, or its window is over.'
              : 'What is less or more severe may be: the filter is above.'}
          </Empty>
        }
      />
      <Rules whose={whose} mayManage={mayManage} />
      {channels.mayRead && <Channels whose={whose} mayManage={channels.mayManage} />}
      <Firings
        {...{ whose, search, onOpen }}
        title="Before"
        note={`${severity === ANY ? '' : `only ${severity}, `}the latest first, kept for 90 days`}
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
    return <Empty title={`None that is ${severity}`}>The filter is above, at what is open.</Empty>
  }
  return state === 'ended' ? (
    <Empty title="None has ended yet">What is over moves here from above.</Empty>
  ) : (
    <Empty title="Everything that fired was told">
      What comes too late to be of use is told to nobody, and is listed here.
    </Empty>
  )
}
