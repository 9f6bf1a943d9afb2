import { ADMIN_KEY_VARIABLE, type AdminKey } from './admin-key.ts'

/**
 * The console's URL, with a code that signs in. The code is behind a `#`, which browsers never
 * send, so that it appears in no log. It is only added for addresses of this machine, where such
 * codes are accepted.
 */
export const consoleUrl = (url: string, issue: () => string): string => {
  const place = new URL(url)
  if (['0.0.0.0', '[::]'].includes(place.hostname)) place.hostname = '127.0.0.1'
  const page = `${place.origin}/console`
  return LOOPBACK.test(place.hostname) ? `${page}#code=${issue()}` : page
}

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/

/** Hints for a person who starts a server. They never contain the key, because they are logged. */
export const hints = (url: string, adminKey: AdminKey | undefined): readonly string[] => [
  `Reference: ${url}/docs`,
  ...(adminKey ? [`Admin key: in ${adminKey.origin}, sent as "Authorization: Bearer <key>"`] : []),
]

/** First steps after `start --demo`. Each curl line works as printed. */
export const demoHints = (url: string, adminKey: AdminKey | undefined): readonly string[] => {
  const tracked = JSON.stringify({
    organizationId: 'test',
    eventType: 'structuring_diagnose',
    eventData: { complexity: 2, echo: true, traceback: true },
  })
  const lines = [
    '',
    `Reference   ${url}/docs`,
    ...(adminKey
      ? [
          // A chosen key is already known to its owner, and the output may be logged.
          adminKey.isMade
            ? `Admin key   ${adminKey.key} (from ${adminKey.origin})`
            : `Admin key   the one in ${adminKey.origin}`,
          '            sent as "Authorization: Bearer <key>"',
        ]
      : []),
    '',
    'Price and track a call; from this machine it takes no key:',
    `  curl -s ${url}/api/demo/track-usage -H 'content-type: application/json' -d ${quotedForShell(tracked)}`,
  ]
  if (!adminKey) return lines
  return [
    ...lines,
    '',
    'See how an organization stands, with the admin key:',
    `  curl -s '${url}/api/usage/current?organizationId=northlight' -H ${credential(adminKey)}`,
  ]
}

/** The header for a shell. A key that is not shown is read from its variable or file. */
const credential = ({ key, origin, isMade }: AdminKey): string => {
  if (isMade) return quotedForShell(`authorization: Bearer ${key}`)
  if (origin === ADMIN_KEY_VARIABLE) return `"authorization: Bearer $${ADMIN_KEY_VARIABLE}"`
  return `"authorization: Bearer $(cat ${quotedForShell(origin)})"`
}

const quotedForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
