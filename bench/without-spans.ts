import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The modules of `dist` that make spans, as they would be if Tollgate made none. */
const MODULES = {
  'engine/telemetry/spans.js': `
const NONE = { isRecording: () => false, setAttribute: () => NONE, setAttributes: () => NONE }
export const inSpan = (name, start, work) => work(NONE)
export const inSpanOfMany = (name, causes, work) => work()
export const spanFailed = () => {}
export const errorTypeOf = () => '_OTHER'
export const recordedSpan = () => undefined
export const presentCause = () => undefined
`,
  'engine/telemetry/span-of-call.js': `
export const inSpanOfCall = (operation, work) => work()
`,
  'http/request-span.js': `
export const inRequestSpan = (asked, request, answer) => answer()
`,
} as const

/** Copies a build to a folder, without anything that makes a span. */
export const copyWithoutSpans = (dist: string, folder: string): void => {
  cpSync(dist, folder, { recursive: true })
  for (const [file, text] of Object.entries(MODULES)) writeFileSync(join(folder, file), text)
}
