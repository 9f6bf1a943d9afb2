interface Snippet {
  readonly apiUrl: string
  readonly organizationId: string
  /** `catalog/type`; a placeholder without a catalog. */
  readonly eventType: string | undefined
}

const typeOf = ({ eventType }: Snippet): string => eventType ?? 'catalog/event_type'

/** A call with curl. The user inserts the key, so no page contains it. */
export const curlSnippet = (of: Snippet): string =>
  [
    `curl -s ${of.apiUrl}/api/usage/track \\`,
    `  -H "authorization: Bearer $TOLLGATE_KEY" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify({ organizationId: of.organizationId, eventType: typeOf(of) })}'`,
  ].join('\n')

/** The same call in five lines of TypeScript. */
export const librarySnippet = (of: Snippet): string =>
  [
    `import { createClient } from 'tollgate/client'`,
    '',
    `const tollgate = createClient({ url: '${of.apiUrl}', key: process.env.TOLLGATE_KEY })`,
    `const call = { organizationId: '${of.organizationId}', eventType: '${typeOf(of)}' }`,
    'const { allowed, reason } = await tollgate.track(call)',
    'console.log(allowed, reason)',
  ].join('\n')

/** A component that shows a customer's own usage in the product. */
export const componentSnippet = ({ apiUrl, organizationId }: Snippet): string =>
  [
    `import { TollgateProvider, UsageDashboard } from 'tollgate/react'`,
    `import 'tollgate/react/styles.css'`,
    '',
    `<TollgateProvider baseUrl="${apiUrl}" organizationId="${organizationId}" getToken={getToken}>`,
    '  <UsageDashboard />',
    '</TollgateProvider>',
  ].join('\n')
