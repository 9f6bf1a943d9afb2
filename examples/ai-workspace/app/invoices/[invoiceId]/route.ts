import { accountOf, askAs } from '@/workspace/account'

interface Context {
  readonly params: Promise<{ invoiceId: string }>
}

/**
 * A printable invoice. A link carries no token, so this route reads the signed-in user from the
 * cookie.
 */
export const GET = async (_: Request, { params }: Context): Promise<Response> => {
  const account = await accountOf()
  if (!account) return new Response(null, { status: 401 })
  const id = encodeURIComponent((await params).invoiceId)
  return askAs(account.token, `/api/organizations/${account.organizationId}/invoices/${id}/print`)
}
