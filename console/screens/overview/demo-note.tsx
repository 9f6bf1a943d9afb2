import { useRead } from '../../api/use-api.ts'
import { Copy } from '../../ui/copy.tsx'
import css from './overview.module.css'

/** Begins with a folder of its own: the demo stays where it is. */
const BEGIN = 'npx tollgate start --data ./my-tollgate'

/** Says that what is seen was made up, and how to begin with what is not; nothing anywhere else. */
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
