import type { AdminKey } from './admin-key.ts'

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
          `Admin key   ${adminKey.key} (from ${adminKey.origin})`,
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
    `  curl -s '${url}/api/usage/current?organizationId=northlight' -H ${quotedForShell(
      `authorization: Bearer ${adminKey.key}`,
    )}`,
  ]
}

const quotedForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
