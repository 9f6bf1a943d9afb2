/**
 * Where things are. The handler may be mounted below any path of a host, so both addresses come
 * from where this file is served: `<base>/console/assets/…`.
 */
// Apart, since the bundler takes `new URL(…, import.meta.url)` for a file to bundle.
const here = import.meta.url

export const consolePath: string = new URL('../', here).pathname

/** The address of Tollgate, without a slash at its end. */
export const apiUrl: string = new URL('../../', here).href.replace(/\/$/, '')
