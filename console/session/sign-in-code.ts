/**
 * The code that the server printed, from the fragment of the address, which no server or proxy
 * sees. It is taken out of the address at once, so that it stays in no history.
 */
export const takeCode = (): string | null => {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}
