import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/** A received mail: its envelope and its content. */
interface CameMail {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly mail: ParsedMail
}

/** The server's behaviour: accept, refuse the recipient, or disconnect after the text. */
type Manner = 'takes' | 'drops' | { readonly recipient: number } | { readonly text: number }

export interface MailServer {
  readonly url: string
  readonly came: CameMail[]
  manner: Manner
  close(): Promise<void>
}

/** A mail server on this machine. It stores mails and behaves as the test sets. */
export const openMailServer = async (): Promise<MailServer> => {
  const came: CameMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_address, _session, done) => {
      const { manner } = mails
      if (typeof manner === 'object' && 'recipient' in manner)
        return done(refusal(manner.recipient))
      done()
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', async () => {
        const raw = Buffer.concat(parts)
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(({ address }) => address)
        came.push({ from, to, raw: raw.toString('utf8'), mail: await simpleParser(raw) })
        const { manner } = mails
        if (manner === 'drops') {
          for (const connection of server.connections) connection.close()
          return
        }
        if (typeof manner === 'object' && 'text' in manner) return done(refusal(manner.text))
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  const mails: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    came,
    manner: 'takes',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return mails
}

const refusal = (code: number): Error =>
  Object.assign(new Error(`refused with ${code}`), { responseCode: code })
