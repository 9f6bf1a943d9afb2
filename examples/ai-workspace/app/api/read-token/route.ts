import { accountOf, askAs } from '@/workspace/account'

const HEADERS = { 'cache-control': 'no-store' }

/** Issues a token for this user's page. It can read their organization and change nothing. */
export const GET = async (request: Request): Promise<Response> => {
  const account = await accountOf()
  if (!account) return new Response(null, { status: 401, headers: HEADERS })
  const { organizationId, rights, token } = account
  const path = `/api/organizations/${organizationId}/read-tokens`
  const answer = await askAs(token, path, {
    expiresInSeconds: 900,
    // Only roles with the right to read invoices get it in their token.
    rights: ['usage.read', 'organization.read', 'limits.read', 'invoices.read'].filter((right) =>
      rights.some((one) => one === right),
    ),
    origins: [process.env.APP_ORIGIN ?? new URL(request.url).origin],
  })
  return Response.json(await answer.json(), { status: answer.status, headers: HEADERS })
}
