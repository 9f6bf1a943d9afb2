/** The logo: an open barrier. */
export const Mark = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    <rect width="20" height="20" rx="5" fill="var(--accent)" />
    <path
      d="M5 15V6m0 3 10-3.5M15 15v-4"
      stroke="var(--on-accent)"
      strokeWidth="2"
      strokeLinecap="round"
      fill="none"
    />
  </svg>
)
