import { pino } from 'pino'
import type { Log } from '../engine/options.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'
import { errorFields, redactor } from './redact.ts'

/** The log of a server: one line of JSON per warning or error, on stderr, without secrets. */
export const serverLog = ({ stderr, env }: CliContext): Log => {
  const level = env.TOLLGATE_LOG_LEVEL ?? 'warn'
  if (level !== 'silent' && pino.levels.values[level] === undefined) {
    const levels = Object.keys(pino.levels.values).join(', ')
    throw new CliFailure(`TOLLGATE_LOG_LEVEL must be one of ${levels} and silent.`)
  }
  const redacted = redactor(env)
  return pino(
    {
      level,
      serializers: { error: (error) => errorFields(error), err: (error) => errorFields(error) },
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => stderr.write(redacted(line)) },
  )
}
