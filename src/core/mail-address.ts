const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
/** The characters that a local part may contain without quotes. */
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i

/**
 * Explains why a mail address is not accepted; undefined when it is. Stricter than the standard:
 * quotes, comments and lists can hide the real domain. Domains in other scripts must be in their
 * DNS form (`xn--…`).
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
