import type { Severity } from '../core/severity.ts'

/** One message to people, most severe item first. Mail and Slack messages are built from it. */
export interface ChannelMessage {
  /** Stays the same when the message is sent again. */
  readonly id: string
  readonly purpose: 'alert' | 'digest' | 'test'
  /** The severity of the most severe item. */
  readonly severity: Severity
  /** One line for the subject, without the severity. */
  readonly title: string
  readonly items: readonly ChannelItem[]
  /** The time zone of the times in the message. */
  readonly zone: string
  /** The URL of the console; null when it is not configured. */
  readonly consoleUrl: string | null
  /** For mail: the URL where the reader can unsubscribe; null when no URL is configured. */
  readonly unsubscribeUrl: string | null
}

/** One item of a message. Its texts may contain a customer's words, so escape them. */
export interface ChannelItem {
  readonly eventId: string
  readonly kind: string
  readonly organizationId: string | null
  readonly organizationName: string | null
  readonly severity: Severity
  /** One line. */
  readonly title: string
  /** Details, in display order. */
  readonly facts: readonly { readonly label: string; readonly value: string }[]
  readonly occurredAt: Date
  /** `recovered`: the item only reports the end. */
  readonly state: 'happened' | 'recovered'
  /** When it ended, if the message reports both the start and the end. */
  readonly recoveredAt: Date | null
}

/** The parts of a mail. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}
