import { demoToken, isDemo } from '@/workspace/people'
import { PEOPLE } from '@/workspace/seed'

/** In place of your sign-in: a token for one of the demo's people. Not there once you have one. */
export const POST = async (request: Request): Promise<Response> => {
  const { userId } = await request.json().catch(() => ({}))
  const person = PEOPLE.find((one) => one.userId === userId)
  if (!isDemo() || !person) return new Response(null, { status: 404 })
  return Response.json({ ...person, token: await demoToken(person.userId) })
}
