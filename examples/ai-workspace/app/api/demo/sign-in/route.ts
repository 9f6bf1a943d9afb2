import { cookies } from 'next/headers'
import { SESSION_COOKIE } from '@/workspace/account'
import { demoToken, isDemo } from '@/workspace/people'
import { PEOPLE } from '@/workspace/seed'

/** In place of your sign-in: a token for one of the demo's people. Not there once you have one. */
export const POST = async (request: Request): Promise<Response> => {
  const { userId } = await request.json().catch(() => ({}))
  const person = PEOPLE.find((one) => one.userId === userId)
  if (!isDemo() || !person) return new Response(null, { status: 404 })
  const token = await demoToken(person.userId)
  // Other sites cannot send it with what changes something.
  const isSecure = new URL(request.url).protocol === 'https:'
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' } as const
  ;(await cookies()).set(SESSION_COOKIE, token, options)
  return Response.json({ ...person, token })
}
