import { useRead } from '../../api/use-api.ts'
import { Copy } from '../../ui/copy.tsx'
import css from './overview.module.css'

/** A folder of its own, so that the demo's data stay untouched. */
const BEGIN = 'npx tollgate start --data ./my-tollgate'

/** Marks demo data, and shows the command for a real start. Renders nothing outside the demo. */
export const DemoNote = () => {
  const system = useRead(['system'], ({ system }, options) => system.get({}, options))
  if (!system.data?.isDemo) return null
  return (
    <p className={css.left}>
      <strong>This is demo data:</strong>
      <span>customers and calls are invented. To begin with your own:</span>
      <Copy text={BEGIN} />
    </p>
  )
}
