import { describe, expect, it } from 'vitest'
import {
  ALL_RIGHTS,
  DEFAULT_SCOPES,
  isScope,
  mayAppoint,
  ROLES,
  readTokenHas,
  roleHas,
  SCOPES,
  SERVICE_SCOPES,
} from '../../src/core/rights.ts'

const ofRole = (role: (typeof ROLES)[number]) => ALL_RIGHTS.filter((right) => roleHas(role, right))

const EVERYONES = ['gate.use', 'usage.read', 'organization.read', 'limits.read', 'members.read']
const MANAGEMENT = [
  ...['limits.manage', 'plan.manage', 'keys.manage', 'members.manage', 'audit.read'],
  ...['usage.record', 'webhooks.read', 'webhooks.manage', 'alerts.read', 'alerts.manage'],
]

describe('the table of rights', () => {
  it('gives each role what it is for', () => {
    const sorted = (rights: readonly string[]) => [...rights].sort()
    const everything = [...EVERYONES, ...MANAGEMENT, 'invoices.read']
    expect(sorted(ofRole('owner'))).toEqual(sorted([...everything, 'organization.manage']))
    expect(sorted(ofRole('admin'))).toEqual(sorted(everything))
    expect(sorted(ofRole('member'))).toEqual(sorted(EVERYONES))
    expect(sorted(ofRole('viewer'))).toEqual(sorted(EVERYONES))
    expect(sorted(ofRole('billing'))).toEqual(
      sorted([...EVERYONES, 'invoices.read', 'alerts.read']),
    )
  })

  it('gives no key a right to manage anything, since a key acts in no role', () => {
    expect(SCOPES.filter((right) => right.endsWith('.manage'))).toEqual([])
    expect(SCOPES).toEqual(ALL_RIGHTS.filter(isScope))
    expect(DEFAULT_SCOPES.filter((right) => !isScope(right))).toEqual([])
  })

  it('gives no service key a right to manage anything, and lets it see what keys and people see', () => {
    expect(SERVICE_SCOPES.filter((right) => right.endsWith('.manage'))).toEqual([])
    expect(SERVICE_SCOPES).toEqual([
      ...SCOPES,
      ...['members.read', 'alerts.read', 'webhooks.read', 'audit.read', 'audit.write'],
    ])
  })

  it('gives no key the right to record that was not asked for, and nobody who only uses', () => {
    expect(DEFAULT_SCOPES).not.toContain('usage.record')
    for (const role of ['member', 'viewer', 'billing'] as const) {
      expect(roleHas(role, 'usage.record')).toBe(false)
    }
  })

  it('lets nobody of an organization write its audit log', () => {
    expect(ROLES.filter((role) => roleHas(role, 'audit.write'))).toEqual([])
    expect(isScope('audit.write')).toBe(false)
  })

  it('lets nobody make a key that may do more than they may', () => {
    for (const role of ROLES.filter((one) => roleHas(one, 'keys.manage'))) {
      expect(SCOPES.filter((right) => !roleHas(role, right))).toEqual([])
    }
  })

  it('lets a read token see and do nothing', () => {
    expect(ALL_RIGHTS.filter(readTokenHas)).toEqual([
      'usage.read',
      'organization.read',
      'limits.read',
    ])
  })

  it('lets an admin appoint everyone but owners, and those without the right nobody', () => {
    for (const appointed of ROLES) {
      expect(mayAppoint('owner', appointed)).toBe(true)
      expect(mayAppoint('admin', appointed)).toBe(appointed !== 'owner')
      for (const role of ['member', 'viewer', 'billing'] as const) {
        expect(mayAppoint(role, appointed)).toBe(false)
      }
    }
  })
})
