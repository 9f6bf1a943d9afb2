import type { Severity } from '../core/severity.ts'

/** What people are told in one message, in order of severity: what mail and Slack are made of. */
export interface ChannelMessage {
  /** The same however often it is sent. */
  readonly id: string
  readonly purpose: 'alert' | 'digest' | 'test'
  /** Of the most severe. */
  readonly severity: Severity
  /** One line, without the severity: what a subject says. */
  readonly title: string
  readonly items: readonly ChannelItem[]
  /** In which times are to be shown. */
  readonly zone: string
  /** Where this Tollgate is seen; null: nobody said where it is reached. */
  readonly consoleUrl: string | null
  /** For mail: where its reader can end it; null: as above. */
  readonly unsubscribeUrl: string | null
}

/** One thing that happened. Whatever stands in it may be a customer's words: escape it. */
export interface ChannelItem {
  readonly eventId: string
  readonly kind: string
  readonly organizationId: string | null
  readonly organizationName: string | null
  readonly severity: Severity
  /** One line. */
  readonly title: string
  /** More about it, in the order in which it is shown. */
  readonly facts: readonly { readonly label: string; readonly value: string }[]
  readonly occurredAt: Date
  /** `recovered`: this tells only of the end. */
  readonly state: 'happened' | 'recovered'
  /** When it ended, where the message tells of both. */
  readonly recoveredAt: Date | null
}

/** A mail, as it is written. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}
