/** Whether the tests run in their long form, as `npm run test:long` asks. */
export const isLong = process.env.TOLLGATE_TESTS === 'long'

/** Whether files of the long form run beside all others: `TOLLGATE_TESTS=all`, as torture does. */
export const isAll = process.env.TOLLGATE_TESTS === 'all'

/** How often a test does what it repeats. A variable of its own beats both, and torture sets it. */
export const times = (variable: string, { short, long }: { short: number; long: number }): number =>
  Number(process.env[variable] ?? (isLong ? long : short))
