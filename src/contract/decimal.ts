import { z } from 'zod'
import {
  compare,
  type Decimal,
  exactDecimal,
  formatDecimal,
  parseDecimal,
} from '../core/amounts.ts'

/** A decimal from zero to `max`, as a number or text. Parses to plain text such as `0.001`. */
export const decimalSchema = ({ max, decimals }: { max: string; decimals: number }) => {
  const ceiling = exactDecimal(max)
  return (
    z
      .union([z.string(), z.number()], { error: 'must be a decimal number, such as "0.001"' })
      .transform((value, ctx) => {
        const decimal = parseDecimal(value)
        const message = decimal
          ? decimalFault(decimal, ceiling, decimals)
          : 'must be a decimal number'
        if (decimal && !message) return formatDecimal(decimal)
        ctx.issues.push({ code: 'custom', message, input: value })
        return z.NEVER
      })
      // So that the JSON Schema of an answer says that it is a text.
      .pipe(z.string())
  )
}

const decimalFault = (decimal: Decimal, ceiling: Decimal, decimals: number) => {
  if (decimal.units < 0n) return 'must not be negative'
  if (decimal.scale > decimals) return `must have no more than ${decimals} decimals`
  if (compare(decimal, ceiling) > 0) return `must be at most ${formatDecimal(ceiling)}`
  return undefined
}
