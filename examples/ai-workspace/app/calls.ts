/** One answer, as the page shows it. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of several routes
  readonly body: any
}

export interface SignedIn {
  readonly userId: string
  readonly name: string
  readonly organizationId: string
  readonly role: string
  readonly token: string
}

export interface Limit {
  readonly limit: string
  readonly meter: string
  readonly max: number | null
  readonly used: number
  readonly held: number
  readonly remaining: number | null
}

export const send = async (
  method: string,
  path: string,
  { token, body }: { token?: string | undefined; body?: unknown } = {},
): Promise<Answer> => {
  const response = await fetch(path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

export const signIn = async (userId: string): Promise<SignedIn> =>
  (await send('POST', '/api/demo/sign-in', { body: { userId } })).body

export const limitsOf = async ({ token, organizationId }: SignedIn): Promise<readonly Limit[]> => {
  const path = `/billing/api/usage/current?organizationId=${organizationId}`
  return (await send('GET', path, { token })).body.limits ?? []
}
