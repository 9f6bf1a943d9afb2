import type { TestProject } from 'vitest/node'
import { findOrInstallBrowser } from './browser-binary.ts'
import type { Missing } from './debian-package.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of a Chromium; nothing when there is none to be had. */
    browserPath: string | undefined
  }
}

/** Gives the whole run a browser: an installed one or, as root on Debian, one from apt-get. */
export const setup = (project: TestProject): void => {
  const found = findOrInstallBrowser()
  if (typeof found !== 'string') skipLoudly(found)
  project.provide('browserPath', typeof found === 'string' ? found : undefined)
}

const skipLoudly = ({ missing, installable }: Missing): void => {
  const line = '!'.repeat(78)
  console.warn(
    [
      '',
      line,
      '!!! ALL TESTS IN A BROWSER ARE SKIPPED in this run: the console and the components.',
      `!!! Why: ${missing}`,
      '!!! Install Chromium, or name one by TOLLGATE_TEST_BROWSER.',
      line,
      '',
    ].join('\n'),
  )
  if (process.env.CI && installable) {
    throw new Error(`CI must test in a browser, and could have. ${missing}`)
  }
}
