import { cookies } from 'next/headers'
import { SESSION_COOKIE } from '@/workspace/account'
import { demoToken, isDemo } from '@/workspace/people'
import { PEOPLE } from '@/workspace/seed'

/**
 * Stands in for your sign-in: issues a token for one of the demo's users. Disabled once you
 * configure your own.
 */
export const POST = async (request: Request): Promise<Response> => {
  const { userId } = await request.json().catch(() => ({}))
  const person = PEOPLE.find((one) => one.userId === userId)
  if (!isDemo() || !person) return new Response(null, { status: 404 })
  const token = await demoToken(person.userId)
  // SameSite=Lax: other sites cannot send the cookie with requests that change something.
  const isSecure = new URL(request.url).protocol === 'https:'
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' } as const
  ;(await cookies()).set(SESSION_COOKIE, token, options)
  return Response.json({ ...person, token })
}
