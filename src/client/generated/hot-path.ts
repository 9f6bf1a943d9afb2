// Written by scripts/gen.mjs: change src/operations, then `npm run gen`.
import type { WireOperation } from '../wire-operation.ts'

/** The operations of the hot path by name, as `operationOfLine` reads them. */
export const HOT: Readonly<Record<string, WireOperation>> = {
  'check': { method: 'POST', path: '/api/usage/check', hasBody: true },
  'track': { method: 'POST', path: '/api/usage/track', hasBody: true, isKeyed: true, isReplayable: true },
  'reserve': { method: 'POST', path: '/api/usage/reservations', hasBody: true, isKeyed: true, isReplayable: true },
  'extend': { method: 'POST', path: '/api/usage/reservations/{reservationId}/extend', hasBody: true, query: [ 'organizationId' ], isKeyed: true, isReplayable: true },
  'settle': { method: 'POST', path: '/api/usage/reservations/{reservationId}/settle', hasBody: true, query: [ 'organizationId' ], isReplayable: true },
  'release': { method: 'POST', path: '/api/usage/reservations/{reservationId}/release', isReplayable: true },
  'record': { method: 'POST', path: '/api/usage/events', hasBody: true, isBatch: true, isKeyed: true },
  'reverse': { method: 'POST', path: '/api/usage/events/{eventId}/reverse', hasBody: true, query: [ 'organizationId' ], isOfPlatform: true, isReplayable: true },
  'explain': { method: 'GET', path: '/api/usage/decisions/{decisionId}' },
  'usage.current': { method: 'GET', path: '/api/usage/current' },
  'usage.quota': { method: 'GET', path: '/api/usage/quota' },
  'usage.daily': { method: 'GET', path: '/api/usage/history' },
  'usage.dashboard': { method: 'GET', path: '/api/organizations/{organizationId}/usage/dashboard' },
}
