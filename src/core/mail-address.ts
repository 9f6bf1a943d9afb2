const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
/** Letters, digits and the marks that an address may have without quotes. */
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i

/**
 * What is wrong with an address that mail is to go to; undefined where nothing is. Narrower than
 * the standard: with quotes, comments or lists one address could name another domain than it seems
 * to. A domain in other letters is given as it stands in DNS (`xn--…`).
 */
export const mailAddressFault = (text: string): string | undefined => {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`
  const [local = '', domain = '', ...more] = text.split('@')
  const isOne =
    more.length === 0 &&
    local.length <= MAX_LOCAL_LENGTH &&
    LOCAL.test(local) &&
    DOMAIN.test(domain)
  return isOne ? undefined : 'must be one address, such as ops@example.com'
}
