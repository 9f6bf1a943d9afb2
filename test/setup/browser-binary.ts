import { existsSync } from 'node:fs'
import { installPackage, type Missing } from './debian-package.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of a Chromium: the one named by TOLLGATE_TEST_BROWSER, or one in the usual places. */
const findBrowser = (): string | undefined =>
  process.env.TOLLGATE_TEST_BROWSER ?? PLACES.find((place) => existsSync(place))

/** Looks for a Chromium; installs it if it may. */
export const findOrInstallBrowser = (): string | Missing =>
  findBrowser() ??
  installPackage('chromium', `There is none of ${PLACES.join(', ')}.`) ??
  findBrowser() ?? { missing: 'Debian here has no chromium.', installable: true }
