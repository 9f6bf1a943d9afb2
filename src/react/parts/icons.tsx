import type { LimitStanding } from '../words/messages.ts'

/** Icons beside the text of a state, so that shape distinguishes states as well as colour. */
const PATHS: Readonly<Record<string, string>> = {
  near: 'M8 2.2 14.6 13.6H1.4ZM8 6.4v3.4M8 11.7v.3',
  soft: 'M8 2.2 14.6 13.6H1.4ZM8 6.4v3.4M8 11.7v.3',
  reached: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M3.8 3.8l8.4 8.4',
  overage: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 5v6M5 8h6',
  forecast: 'M2 12.5 6.4 8l2.8 2.6L14 5.4M10.6 5H14v3.4',
  check: 'M3 8.6 6.4 12 13 4.6',
  failed: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 4.8v4M8 11v.3',
  close: 'M4 4l8 8M12 4l-8 8',
}

export const Icon = ({ name }: { readonly name: LimitStanding | (string & {}) }) =>
  PATHS[name] === undefined ? null : (
    <svg
      className="tg-icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
