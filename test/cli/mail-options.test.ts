import { describe, expect, it } from 'vitest'
import { CliFailure } from '../../src/cli/failure.ts'
import { mailOptions } from '../../src/cli/mail-options.ts'

const SMTP = 'smtps://user:s3cret@smtp.example.com:465'
const FROM = 'Tollgate <alerts@example.com>'

describe('the mail environment', () => {
  it('sends nothing by default', () => {
    expect(mailOptions({})).toEqual({})
    expect(mailOptions({ TOLLGATE_SMTP_URL: '', TOLLGATE_MAIL_FROM: '' })).toEqual({})
  })

  it('sets a server, a sender, and the base of links', () => {
    const env = {
      TOLLGATE_SMTP_URL: SMTP,
      TOLLGATE_MAIL_FROM: FROM,
      TOLLGATE_PUBLIC_URL: 'https://billing.example.com/tollgate/',
    }
    expect(mailOptions(env)).toEqual({
      mail: { smtpUrl: SMTP, from: FROM },
      publicUrl: 'https://billing.example.com/tollgate/',
    })
  })

  it.each([
    { TOLLGATE_SMTP_URL: SMTP },
    { TOLLGATE_MAIL_FROM: FROM },
    { TOLLGATE_SMTP_URL: 'https://user:s3cret@smtp.example.com', TOLLGATE_MAIL_FROM: FROM },
    { TOLLGATE_SMTP_URL: 'user:s3cret@smtp.example.com', TOLLGATE_MAIL_FROM: FROM },
    { TOLLGATE_SMTP_URL: `${SMTP}/?tls=s3cret`, TOLLGATE_MAIL_FROM: FROM },
    { TOLLGATE_SMTP_URL: SMTP, TOLLGATE_MAIL_FROM: 'Tollgate <a@x.test>, <b@x.test>' },
    { TOLLGATE_SMTP_URL: SMTP, TOLLGATE_MAIL_FROM: 'Tollgate\r\nBcc: b@x.test <a@x.test>' },
    { TOLLGATE_PUBLIC_URL: 'billing.example.com' },
    { TOLLGATE_PUBLIC_URL: 'https://billing.example.com/?a=1' },
    { TOLLGATE_PUBLIC_URL: 'javascript:alert(1)' },
  ])('is refused without repeating the password: %o', (env) => {
    let failure: unknown
    try {
      mailOptions(env)
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(CliFailure)
    expect((failure as Error).message).toMatch(/^TOLLGATE_/)
    expect((failure as Error).message).not.toContain('s3cret')
  })
})
