export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) })

export const refusal = (
  status: number,
  type: string,
  message: string,
  more: { readonly code?: string; readonly headers?: Answer['headers'] } = {},
): Answer => ({
  status,
  body: JSON.stringify({ error: { type, message, ...(more.code && { code: more.code }) } }),
  ...(more.headers && { headers: more.headers }),
})
