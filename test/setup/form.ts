/** Whether the tests run in their long form, as `npm run test:long` asks. */
export const isLong = process.env.TOLLGATE_TESTS === 'long'

/** How often a test does what it repeats. A variable of its own beats both, and torture sets it. */
export const times = (variable: string, { short, long }: { short: number; long: number }): number =>
  Number(process.env[variable] ?? (isLong ? long : short))
