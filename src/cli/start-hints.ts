import { ADMIN_KEY_VARIABLE, type AdminKey } from './admin-key.ts'

/** What a person who starts a server may want to know; never the key itself, since it is logged. */
export const hints = (url: string, adminKey: AdminKey | undefined): readonly string[] => [
  `Reference: ${url}/docs`,
  ...(adminKey ? [`Admin key: in ${adminKey.origin}, sent as "Authorization: Bearer <key>"`] : []),
]

/** What to do first; each curl line works as it stands. */
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
          // One that somebody chose is theirs to know, and the terminal's output is kept in logs.
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

/** The header for a shell, which finds a key that is not shown where it is. */
const credential = ({ key, origin, isMade }: AdminKey): string => {
  if (isMade) return quotedForShell(`authorization: Bearer ${key}`)
  if (origin === ADMIN_KEY_VARIABLE) return `"authorization: Bearer $${ADMIN_KEY_VARIABLE}"`
  return `"authorization: Bearer $(cat ${quotedForShell(origin)})"`
}

const quotedForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
