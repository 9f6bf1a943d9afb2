import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { smtpServerOf } from '../../../src/connectors/mail/mail-settings.ts'
import { createMailer } from '../../../src/connectors/mail/mailer.ts'
import { openMailServer } from './mail-server.ts'

const FROM = 'alerts@tollgate.test'
const never = new AbortController().signal
const mail = (more: object = {}) => ({
  to: 'ops@example.com',
  id: 'one',
  at: new Date('2026-03-10T09:00:00Z'),
  subject: 'Subject',
  text: 'Text',
  html: '<p>Text</p>',
  unsubscribeUrl: null,
  ...more,
})

const opened = async () => {
  const server = await openMailServer()
  onTestFinished(() => server.close())
  return { server, mailer: createMailer({ smtpUrl: server.url, from: FROM, timeoutMs: 500 }) }
}

describe('a sent mail', () => {
  it('goes only to the one address, whatever characters it contains', async () => {
    const { server, mailer } = await opened()
    for (const to of [
      'b@y.test>, <e@z.test',
      'b@y.test\r\nRCPT TO:<e@z.test>',
      'a@x.test, b@y.test',
    ]) {
      expect(await mailer.send(mail({ to }), never)).toMatchObject({ verdict: 'refused' })
    }
    const hostile = 'Hello\r\nBcc: e@z.test\r\n\r\nbody'
    expect(await mailer.send(mail({ subject: hostile, id: 'two' }), never)).toMatchObject({
      verdict: 'done',
      status: 250,
      error: null,
    })
    expect(server.came).toHaveLength(1)
    const [{ to, mail: parsed }] = server.came as [(typeof server.came)[number]]
    expect(to).toEqual(['ops@example.com'])
    expect(parsed.bcc).toBeUndefined()
    expect(parsed.text?.trim()).toBe('Text')
    expect(parsed.messageId).toBe('<two@tollgate.test>')
  })

  it.each([
    [{ recipient: 550 }, 'refused', 550],
    [{ recipient: 451 }, 'again', 451],
    [{ text: 554 }, 'refused', 554],
    [{ text: 452 }, 'again', 452],
    ['drops' as const, 'again', null],
  ])('has the outcome %s if the server answers %o', async (manner, verdict, status) => {
    const { server, mailer } = await opened()
    server.manner = manner
    expect(await mailer.send(mail(), never)).toMatchObject({ verdict, status })
  })

  it('is retried if the server is missing or silent', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as { port: number }
    const to = (url: string) => createMailer({ smtpUrl: url, from: FROM, timeoutMs: 200 })
    const hung = await to(`smtp://127.0.0.1:${port}`).send(mail(), never)
    expect(hung).toMatchObject({ verdict: 'again', status: null })
    const nobody = await to('smtp://127.0.0.1:1').send(mail(), never)
    expect(nobody).toMatchObject({ verdict: 'again', status: null })
  })

  it('ends with its process', async () => {
    const { mailer } = await opened()
    const stopped = new AbortController()
    stopped.abort()
    expect(await mailer.send(mail(), stopped.signal)).toMatchObject({ verdict: 'again' })
  })

  it('requires TLS for every server except one on this machine', () => {
    expect(smtpServerOf('smtp://user:p%40ss@smtp.example.com')).toEqual({
      host: 'smtp.example.com',
      port: 587,
      isSecure: false,
      isOnThisMachine: false,
      auth: { user: 'user', pass: 'p@ss' },
    })
    expect(smtpServerOf('smtps://smtp.example.com')).toMatchObject({ port: 465, isSecure: true })
    expect(smtpServerOf('smtp://127.0.0.1:25').isOnThisMachine).toBe(true)
    expect(smtpServerOf('smtp://127.0.0.1.example.com').isOnThisMachine).toBe(false)
  })

  it('is never sent unencrypted to another machine without TLS', async () => {
    const { server } = await opened()
    const { port } = new URL(server.url)
    // Another name of this machine, which is not recognized as local.
    const mailer = createMailer({ smtpUrl: `smtp://0.0.0.0:${port}`, from: FROM, timeoutMs: 500 })
    expect(await mailer.send(mail(), never)).toMatchObject({ verdict: 'again' })
    expect(server.came).toEqual([])
  })
})
