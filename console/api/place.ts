/**
 * Resolves addresses from this file's own URL, because a host may mount the handler at any path:
 * `<base>/console/assets/…`.
 */
// A separate constant: the bundler would treat `new URL(…, import.meta.url)` as an asset.
const here = import.meta.url

export const consolePath: string = new URL('../', here).pathname

/** The base URL of Tollgate, without a trailing slash. */
export const apiUrl: string = new URL('../../', here).href.replace(/\/$/, '')
