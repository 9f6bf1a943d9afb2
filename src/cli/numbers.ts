const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Formats a count: `18,059,974`. */
export const formatCount = (count: number | bigint): string => WHOLE.format(count)

/** Groups the digits before the point of a decimal: `1234.5` → `1,234.5`. */
export const formatDecimalText = (text: string): string => {
  const [whole = '0', fraction] = text.split('.')
  const grouped = WHOLE.format(BigInt(whole))
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** Formats a count with its noun: `1 event`, `2 events`. */
export const counted = (count: number | bigint, noun: string): string =>
  `${formatCount(count)} ${noun}${BigInt(count) === 1n ? '' : 's'}`
