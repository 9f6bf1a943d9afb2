/** The path of what is below an organization. */
export const organizationPath = (organizationId: string, ...parts: readonly string[]): string =>
  ['/api/organizations', ...[organizationId, ...parts].map(encodeURIComponent)].join('/')
