import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Why there is no browser, and whether this machine could have installed one. */
export interface NoBrowser {
  readonly missing: string
  readonly installable: boolean
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of a Chromium: the one named by TOLLGATE_TEST_BROWSER, or one in the usual places. */
const findBrowser = (): string | undefined =>
  process.env.TOLLGATE_TEST_BROWSER ?? PLACES.find((place) => existsSync(place))

/** Looks for a Chromium; installs it if it may. */
export const findOrInstallBrowser = (): string | NoBrowser => {
  const found = findBrowser()
  if (found) return found
  const installable = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!installable) return { missing: `There is none of ${PLACES.join(', ')}.`, installable }
  console.log(
    "No Chromium is installed. Installing Debian's for the tests: " +
      'apt-get update && apt-get install -y chromium',
  )
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status } = spawnSync('/usr/bin/apt-get', ['-qq', ...args], { stdio: 'inherit', env })
    if (status !== 0) return { missing: `\`apt-get ${args.join(' ')}\` failed.`, installable }
  }
  return findBrowser() ?? { missing: 'Debian here has no chromium.', installable }
}
