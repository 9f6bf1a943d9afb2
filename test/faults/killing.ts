import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'

const WRITER = resolve(import.meta.dirname, 'writer.mjs')

/**
 * Starts a writer on the database, waits for `acknowledgements` confirmed events, kills it with
 * SIGKILL, and returns the confirmed ids.
 */
export const writeUntilKilled = (
  target: string,
  prefix: string,
  acknowledgements: number,
): Promise<string[]> =>
  new Promise((resolveIds, reject) => {
    const writer = spawn(process.execPath, [...NODE_ARGUMENTS, WRITER, target, prefix], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    let lines = 0
    writer.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    writer.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      lines += text.split('\n').length - 1
      if (lines > acknowledgements) writer.kill('SIGKILL')
    })
    writer.on('error', reject)
    writer.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${err}`))
      // The kill cut off a last line without its end, so no caller got that answer.
      else
        resolveIds(
          out
            .split('\n')
            .slice(0, -1)
            .filter((line) => line !== 'ready'),
        )
    })
  })
