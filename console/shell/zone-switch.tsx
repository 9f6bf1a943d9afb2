import { useNavigate, useSearch } from '@tanstack/react-router'
import { zoneText } from '../../src/react/format/index.ts'
import css from './shell.module.css'
import { ownZone, type Zone } from './zone.ts'

/** Selects the time zone. The address contains it, so a link shows the same times. */
export const ZoneSwitch = () => {
  const { zone = 'utc' } = useSearch({ strict: false }) as { zone?: Zone }
  const navigate = useNavigate()
  return (
    <select
      className={css.zone}
      aria-label="Time zone of times and days"
      value={zone}
      onChange={(event) =>
        navigate({
          to: '.',
          search: (now: Record<string, unknown>) => ({
            ...now,
            zone: event.target.value === 'utc' ? undefined : (event.target.value as Zone),
          }),
        })
      }
    >
      <option value="utc">UTC</option>
      <option value="yours">Yours: {zoneText(ownZone())}</option>
    </select>
  )
}
