import { z } from 'zod'
import {
  auditAppendSchema,
  auditEventSchema,
  auditFilterSchema,
  auditListSchema,
  auditPageSchema,
  auditResolveSchema,
} from '../contract/audit.ts'
import { operation } from './operation.ts'

/** The field that names an entry of a chain. */
const sequence = { sequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }

export const auditOperations = [
  operation({
    name: 'audit.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/audit',
    right: 'audit.read',
    tag: 'Audit',
    summary: 'The audit log of an organization',
    description:
      'Newest first. With `format`, everything that the filters let through as a file, CSV or a ' +
      'JSON object a line; cells that a spreadsheet would take for a formula begin with an apostrophe.',
    query: auditListSchema,
    output: auditPageSchema,
    answer: 'A page of the log.',
    repeat: 'read',
    problems: ['not_found'],
    http: { form: 'file', file: 'audit.export' },
  }),
  operation({
    name: 'audit.export',
    method: 'get',
    path: '/api/organizations/{organizationId}/audit',
    right: 'audit.read',
    tag: 'Audit',
    summary: 'All entries that fit',
    query: auditFilterSchema,
    output: auditEventSchema,
    answer: 'The entries, newest first, as they are read.',
    repeat: 'read',
    http: { form: 'lines' },
  }),
  operation({
    name: 'audit.append',
    method: 'post',
    path: '/api/organizations/{organizationId}/audit',
    right: 'audit.write',
    tag: 'Audit',
    summary: 'Write an act of your own product',
    description:
      'Onto the chain of the organization, where it cannot be changed or taken out any more. ' +
      '`actor` says who did it; the entry then names the caller in `via`.',
    body: auditAppendSchema,
    example: {
      category: 'knowledge_base',
      action: 'document.removed',
      actor: 'user:user-7',
      subject: 'document:handbook',
      old: { pages: 12 },
    },
    output: auditEventSchema,
    answer: 'The entry, with its place in the chain.',
    repeat: 'never',
    problems: ['not_found'],
    http: { status: 201 },
  }),
  operation({
    name: 'audit.resolve',
    method: 'post',
    path: '/api/organizations/{organizationId}/audit/{sequence}/resolve',
    right: 'audit.read',
    tag: 'Audit',
    summary: 'Resolve an audit event',
    description:
      'Appends an entry that names this one, with the note; nothing is changed. Once only.',
    params: sequence,
    body: auditResolveSchema,
    example: {
      note: 'Spoke to the customer: a loop in their script.',
    },
    output: auditEventSchema,
    answer: 'The entry with its resolution.',
    repeat: 'never',
    problems: ['not_found', 'already_exists', 'unprocessable'],
  }),
  operation({
    name: 'audit.listPlatform',
    method: 'get',
    path: '/api/admin/audit',
    right: 'admin',
    tag: 'Audit',
    summary: "The platform's own audit log",
    description:
      'As the log of an organization, of what concerns none of them: catalogs, admin keys.',
    query: auditListSchema,
    output: auditPageSchema,
    answer: 'A page of the log.',
    repeat: 'read',
    http: { form: 'file', file: 'audit.exportPlatform' },
  }),
  operation({
    name: 'audit.exportPlatform',
    method: 'get',
    path: '/api/admin/audit',
    right: 'admin',
    tag: 'Audit',
    summary: 'All entries of the platform that fit',
    query: auditFilterSchema,
    output: auditEventSchema,
    answer: 'The entries, newest first, as they are read.',
    repeat: 'read',
    http: { form: 'lines' },
  }),
  operation({
    name: 'audit.resolvePlatform',
    method: 'post',
    path: '/api/admin/audit/{sequence}/resolve',
    right: 'admin',
    tag: 'Audit',
    summary: "Resolve an audit event of the platform's",
    description:
      'Appends an entry that names this one, with the note; nothing is changed. Once only.',
    params: sequence,
    body: auditResolveSchema,
    example: { note: 'That was our own scan.' },
    output: auditEventSchema,
    answer: 'The entry with its resolution.',
    repeat: 'never',
    problems: ['not_found', 'already_exists', 'unprocessable'],
  }),
] as const
