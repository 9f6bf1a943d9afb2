import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { errorHook } from '../../src/cli/error-hook.ts'
import { CliFailure } from '../../src/cli/failure.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const newFolder = temporaryFolders()
const moduleOf = (text: string): string => {
  const folder = newFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'hook.mjs'), text)
  return join(folder, 'hook.mjs')
}

it('is the default export of the module named in the environment', async () => {
  const path = moduleOf('export default (error, place) => [error, place]')
  const { onError } = await errorHook({ env: { TOLLGATE_ON_ERROR: path } })
  expect(onError?.('broken', { where: 'job' } as never)).toEqual(['broken', { where: 'job' }])
})

it('is absent if the environment names none', async () => {
  expect(await errorHook({ env: {} })).toEqual({})
})

it('is refused if it is missing or no function', async () => {
  const none = moduleOf('export const onError = () => {}')
  for (const path of [none, join(newFolder(), 'missing.mjs')]) {
    const failing = errorHook({ env: { TOLLGATE_ON_ERROR: path } })
    await expect(failing).rejects.toThrow(CliFailure)
    await expect(failing).rejects.toThrow(/^TOLLGATE_ON_ERROR: /)
  }
})
