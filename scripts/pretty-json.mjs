/** A value that fits on a line gets one line; any other has a line for each of its parts. */
const WIDTH = 100

/** A value as JSON for reading and diffs: in its own order, with short lines. */
export const prettyJson = (value) => `${textOf(JSON.parse(JSON.stringify(value)), '')}\n`

const textOf = (value, indent) => {
  const inLine = lineOf(value)
  if (indent.length + inLine.length <= WIDTH || typeof value !== 'object') return inLine
  const deeper = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((part) => textOf(part, deeper))
    : Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${textOf(part, deeper)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`
}

const lineOf = (value) => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(lineOf).join(', ')}]`
  const parts = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(key)}: ${lineOf(part)}`,
  )
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}
