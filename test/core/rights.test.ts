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
  it('gives each role the rights for its purpose', () => {
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

  it('gives no key a right to manage anything, because a key has no role', () => {
    expect(SCOPES.filter((right) => right.endsWith('.manage'))).toEqual([])
    expect(SCOPES).toEqual(ALL_RIGHTS.filter(isScope))
    expect(DEFAULT_SCOPES.filter((right) => !isScope(right))).toEqual([])
  })

  it('gives a service key no right to manage anything, and every reading right of keys and people', () => {
    expect(SERVICE_SCOPES.filter((right) => right.endsWith('.manage'))).toEqual([])
    expect(SERVICE_SCOPES).toEqual([
      ...SCOPES,
      ...['members.read', 'alerts.read', 'webhooks.read', 'audit.read', 'audit.write'],
    ])
  })

  it('gives the right to record only to keys that request it, and not to members, viewers or billing', () => {
    expect(DEFAULT_SCOPES).not.toContain('usage.record')
    for (const role of ['member', 'viewer', 'billing'] as const) {
      expect(roleHas(role, 'usage.record')).toBe(false)
    }
  })

  it('allows nobody in an organization to write its audit log', () => {
    expect(ROLES.filter((role) => roleHas(role, 'audit.write'))).toEqual([])
    expect(isScope('audit.write')).toBe(false)
  })

  it('allows nobody to create a key with more rights than their own', () => {
    for (const role of ROLES.filter((one) => roleHas(one, 'keys.manage'))) {
      expect(SCOPES.filter((right) => !roleHas(role, right))).toEqual([])
    }
  })

  it('allows a read token to read only', () => {
    expect(ALL_RIGHTS.filter(readTokenHas)).toEqual([
      'usage.read',
      'organization.read',
      'limits.read',
    ])
  })

  it('allows an admin to appoint everyone except owners, and other roles nobody', () => {
    for (const appointed of ROLES) {
      expect(mayAppoint('owner', appointed)).toBe(true)
      expect(mayAppoint('admin', appointed)).toBe(appointed !== 'owner')
      for (const role of ['member', 'viewer', 'billing'] as const) {
        expect(mayAppoint(role, appointed)).toBe(false)
      }
    }
  })
})
