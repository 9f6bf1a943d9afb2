/**
 * Takes the sign-in code, which the server printed, from the URL's fragment. No server or proxy
 * sees a fragment. The code is removed at once, so that it stays out of the history.
 */
export const takeCode = (): string | null => {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}
