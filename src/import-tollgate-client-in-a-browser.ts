/**
 * Replaces the engine in browser builds. It exports nothing, so such a build fails and names this
 * file.
 */
throw new Error('The engine runs in Node: in a browser import "tollgate/client".')

export {}
