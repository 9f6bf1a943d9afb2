import { accountOf, askAs } from '@/workspace/account'

const HEADERS = { 'cache-control': 'no-store' }

/** A token with which this person's page sees their organization, and changes nothing. */
export const GET = async (request: Request): Promise<Response> => {
  const account = await accountOf()
  if (!account) return new Response(null, { status: 401, headers: HEADERS })
  const { organizationId, rights, token } = account
  const path = `/api/organizations/${organizationId}/read-tokens`
  const answer = await askAs(token, path, {
    expiresInSeconds: 900,
    // Invoices are for those whose role may see them.
    rights: ['usage.read', 'organization.read', 'limits.read', 'invoices.read'].filter((right) =>
      rights.some((one) => one === right),
    ),
    origins: [process.env.APP_ORIGIN ?? new URL(request.url).origin],
  })
  return Response.json(await answer.json(), { status: answer.status, headers: HEADERS })
}
