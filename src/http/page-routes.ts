import { completed } from '../operations/operation.ts'
import { json } from './answers.ts'
import type { DoorRoute } from './door-route.ts'
import { htmlReply } from './html-reply.ts'

const docsDocument: DoorRoute = {
  operation: completed({
    name: 'docs.document',
    method: 'get',
    path: '/openapi.json',
    right: 'public',
    tag: 'Operation',
    summary: 'Get the OpenAPI 3.1 document',
    description: 'Public, because it contains no data.',
    answer: 'The document.',
    repeat: 'read',
  }),
  document: { mediaType: 'application/json' },
  answer: ({ reference }) => json(reference.document()),
}

const docsPage: DoorRoute = {
  operation: completed({
    name: 'docs.page',
    method: 'get',
    path: '/docs',
    right: 'public',
    tag: 'Operation',
    summary: 'Open this reference',
    description: 'Public, because it contains no data. Loads nothing from elsewhere.',
    answer: 'The page.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ reference }) => htmlReply(await reference.page()),
}

const docsStart: DoorRoute = {
  operation: completed({
    name: 'docs.start',
    method: 'get',
    path: '/docs/start',
    right: 'public',
    tag: 'Operation',
    summary: 'Read the first steps with the command line',
    description: 'A public page for people, without data. Loads nothing from elsewhere.',
    answer: 'The page.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ reference }) => htmlReply(await reference.start()),
}

const home: DoorRoute = {
  operation: completed({
    name: 'home',
    method: 'get',
    path: '/',
    right: 'public',
    tag: 'Operation',
    summary: 'Open the start page',
    description:
      'Public. Redirects browsers to the console with 302, if it was built. All others get a ' +
      'page with first steps, without data.',
    answer: 'The page.',
    repeat: 'read',
  }),
  document: { mediaType: 'text/html' },
  answer: async ({ basePath, consoleFiles, reference, request }) => {
    const wantsPage = request.headers.get('accept')?.includes('text/html') ?? false
    const isBuilt = wantsPage && (await consoleFiles.isBuilt())
    if (!isBuilt) return htmlReply(await reference.start(), { vary: 'accept' })
    const headers = { location: `${basePath}/console`, vary: 'accept' }
    return new Response(null, { status: 302, headers })
  },
}

const consolePage: DoorRoute = {
  operation: completed({
    name: 'console.page',
    method: 'get',
    path: '/console',
    right: 'public',
    tag: 'Operation',
    summary: 'Open the console',
    description:
      'Public: the page and its files contain no data. The page requests data with the session ' +
      'of the user. Every path below it is a view of the console or one of its files.',
    answer: 'The page, or the file.',
    repeat: 'read',
    problems: ['not_found'],
    http: { below: true },
  }),
  document: { mediaType: 'text/html' },
  answer: ({ basePath, consoleFiles, request }) => {
    const { pathname } = new URL(request.url)
    return consoleFiles.answer(request, pathname.slice(`${basePath}/console`.length))
  },
}

/** Public documents and pages. */
export const pageRoutes: readonly DoorRoute[] = [
  docsDocument,
  docsPage,
  docsStart,
  home,
  consolePage,
]
