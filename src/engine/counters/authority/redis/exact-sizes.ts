import type { Ask, Counter, Return } from '../authority.ts'

/**
 * Throws a `RangeError` for an ask with numbers that the scripts cannot represent exactly. They use
 * doubles, exact below 2^53. That is enough for any limit on a window. A rate needs `burst ×
 * windowMs` below it: 150 thousand million a minute, 2.5 thousand million an hour, 104 million a
 * day.
 */
export const checkAsk = ({ organizationId, wants }: Ask): void => {
  checkName('organizationId', organizationId)
  for (const { counter, units, block } of wants) {
    checkCounter(counter)
    checkWhole('units', units, counter)
    checkWhole('block', block, counter)
  }
}

/** The same check for a return. */
export const checkReturn = ({ organizationId, counter, units }: Return): void => {
  checkName('organizationId', organizationId)
  checkCounter(counter)
  checkWhole('units', units, counter)
  if (counter.rule.kind === 'rate') {
    checkWhole('units × windowMs', units * counter.rule.windowMs, counter)
  }
}

/** The same check for a level from the ledger. */
export const checkLevel = (level: number | undefined, counter: Counter): number =>
  checkWhole('the level to seed it with', level, counter)

const checkCounter = (counter: Counter): void => {
  const { key, rule } = counter
  checkName('key', key)
  checkWhole('max', rule.max, counter)
  if (rule.kind === 'window') checkWhole('endMs', rule.endMs, counter)
  if (rule.kind !== 'rate') return
  checkWhole('windowMs', rule.windowMs, counter)
  if (rule.windowMs === 0) throw new RangeError(`${key}: windowMs is 0, which is no window.`)
  checkWhole('burst', rule.burst, counter)
  checkWhole('burst × windowMs', rule.burst * rule.windowMs, counter)
}

const checkName = (what: string, value: string): void => {
  if (value === '') throw new RangeError(`${what} is empty.`)
}

const checkWhole = (what: string, value: number | undefined, { key }: Counter): number => {
  if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(
    `${key}: ${what} is ${value}, which is not a whole number from 0 to 2^53 - 1, ` +
      'so that it could not be counted exactly.',
  )
}
