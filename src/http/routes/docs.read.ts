import { defineRoute } from '../route.ts'

/** The reference page. Public: it is documentation and holds no data. */
export const docsRead = defineRoute({
  operationId: 'docs.read',
  method: 'get',
  path: '/docs',
  access: 'public',
  tag: 'Operation',
  summary: 'This reference',
  description: 'Public: it is documentation and holds no data. Loads nothing from anywhere.',
  answers: { 200: { description: 'The page.', mediaType: 'text/html' } },
  run: async (call) => {
    const { html, contentSecurityPolicy } = await call.reference.page()
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
      },
    })
  },
})
