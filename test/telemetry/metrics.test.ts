import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { operations } from '../../src/operations/index.ts'
import { demoRun, OF_CUSTOMER } from './demo-run.ts'
import { readExposition } from './exposition.ts'
import { readPromql } from './promql.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8')

/**
 * Every existing label. A new one must be checked here: it may have few values, and none from
 * customers.
 */
const LABELS = [
  ...['call', 'channel', 'job_name', 'kind', 'le', 'level', 'operation', 'outcome', 'path'],
  ...['rule_kind', 'severity', 'state', 'status', 'verb', 'where', 'workflow'],
]
const RULES = 'ops/prometheus/tollgate.rules.yml'
/** The labels that Prometheus adds to every series. */
const OF_SCRAPE = ['job', 'instance']

const promtool = (...args: string[]) => {
  const [input] = args.splice(0, 1)
  return spawnSync(process.env.TOLLGATE_TEST_PROMTOOL ?? 'promtool', args, {
    input,
    encoding: 'utf8',
    cwd: ROOT,
  })
}
const hasPromtool = promtool('', '--version').status === 0
if (!hasPromtool)
  console.warn('\n!!! No promtool: what it would say is checked by our own reading\n')

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly {
    readonly expr: string
    readonly legendFormat: string
    readonly datasource: { readonly uid: string }
  }[]
}

describe('the Prometheus metrics', () => {
  const scraped = demoRun()
  const metrics = () => readExposition(scraped())

  /** Fails if an expression uses an unknown metric or label. */
  const mustBeThere = (expression: string) => {
    const { selected, grouped } = readPromql(expression)
    const known = new Set<string>([...OF_SCRAPE, 'le'])
    for (const { metric, labels } of selected) {
      const exposed = metrics().get(metric) ?? metrics().get(metric.replace(/_bucket$/, ''))
      expect(exposed, `${metric} in ${expression}`).toBeDefined()
      const own = new Set([...(exposed?.labels ?? []), ...OF_SCRAPE])
      expect(labels.filter((label) => !own.has(label))).toEqual([])
      for (const label of own) known.add(label)
    }
    expect(grouped.filter((label) => !known.has(label))).toEqual([])
    return selected.map(({ metric }) => metric)
  }

  it('have names in base units, and meaningful help texts', () => {
    for (const [name, { type, help }] of metrics()) {
      expect(name).toMatch(/^tollgate_[a-z_]+$/)
      expect(help).toMatch(/^[A-Z0-9].{5,}\.$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb)(_|$)/)
    }
  })

  it('have checked labels with few values, and none from a customer', () => {
    const labels = new Set([...metrics().values()].flatMap((one) => [...one.labels]))
    expect([...labels].filter((label) => !LABELS.includes(label))).toEqual([])
    expect(OF_SCRAPE.filter((label) => labels.has(label))).toEqual([])
    expect(scraped()).not.toMatch(OF_CUSTOMER)
    const operationNames = new Set<string>(operations.map(({ name }) => name))
    const strange = [
      ...(metrics().get('tollgate_http_requests_total')?.values.get('operation') ?? []),
    ]
      .filter((name) => !operationNames.has(name))
      .filter((name) => !['none', 'metrics.get'].includes(name))
    expect(strange).toEqual([])
  })

  it("count the run's events", () => {
    const value = (line: string) => {
      const found = scraped()
        .split('\n')
        .find((one) => one.startsWith(`${line} `))
      return found === undefined ? undefined : Number(found.slice(line.length))
    }
    expect(value('tollgate_decisions_total{outcome="refused",path="strict"}')).toBe(1)
    expect(value('tollgate_decision_seconds_count{verb="reserve"}')).toBe(1)
    expect(value('tollgate_deliveries_total{channel="webhook",outcome="delivered"}')).toBe(1)
    expect(value('tollgate_deliveries_total{channel="webhook",outcome="refused"}')).toBeGreaterThan(
      0,
    )
    expect(value('tollgate_delivery_seconds_count{channel="webhook"}')).toBeGreaterThan(1)
    expect(value('tollgate_stripe_calls_total{call="customer",outcome="failed"}')).toBe(1)
    expect(
      value('tollgate_job_runs_total{job_name="expire-holds",outcome="done"}'),
    ).toBeGreaterThan(0)
    expect(
      value('tollgate_job_last_success_timestamp_seconds{job_name="expire-holds"}'),
    ).toBeGreaterThan(Date.parse('2026-03-10T12:00:00Z') / 1_000)
    expect(value('tollgate_errors_total{where="background",level="error"}')).toBe(1)
    expect(value('tollgate_alerts_total{rule_kind="limit_share",severity="critical"}')).toBe(1)
    expect(value('tollgate_workflow_runs{workflow="holding",state="waiting"}')).toBe(1)
    expect(value('tollgate_workflow_runs{workflow="holding",state="stuck"}')).toBe(0)
    expect(value('tollgate_store_up')).toBe(1)
    expect(value('tollgate_endpoints{state="on"}')).toBe(1)
    expect(value('tollgate_outbox_oldest_seconds{kind="events"}')).toBeGreaterThanOrEqual(0)
  })

  it.runIf(hasPromtool)("pass promtool's check", () => {
    const { status, stderr, stdout } = promtool(scraped(), 'check', 'metrics')
    expect([status, stdout + stderr]).toEqual([0, ''])
  })

  it("are exactly those in the guide's table", () => {
    const guide = read('docs/guides/observability.md')
    const rows = [...guide.matchAll(/^\| `(tollgate_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$/gm)]
    const table = rows.map(([, name, type, labels = '', says]) => ({
      name,
      type,
      says,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).toSorted(),
    }))
    const real = [...metrics()].map(([name, { type, help, labels }]) => ({
      name,
      type,
      says: help,
      labels: [...labels].filter((label) => label !== 'le').toSorted(),
    }))
    const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }) =>
      String(one.name).localeCompare(String(other.name))
    expect(table.toSorted(byName)).toEqual(real.toSorted(byName))
  })

  describe('on the dashboard', () => {
    const dashboard = JSON.parse(read('ops/grafana/tollgate.json'))
    const panels = dashboard.panels as readonly Panel[]
    const targets = panels.flatMap(({ targets: own = [] }) => own)

    it('exist, with the labels of its queries', () => {
      expect(targets.length).toBeGreaterThan(20)
      for (const { expr } of targets) mustBeThere(filledIn(expr))
      for (const { name, type, query } of dashboard.templating.list) {
        if (type !== 'query') continue
        const [, selector = '', label = ''] =
          /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? []
        expect([name, OF_SCRAPE.includes(label)]).toEqual([name, true])
        mustBeThere(filledIn(selector))
      }
    })

    it('have legends with labels that the expression keeps', () => {
      for (const { expr, legendFormat } of targets) {
        const { grouped } = readPromql(filledIn(expr))
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
        expect(named.filter((label) => !grouped.includes(label as string))).toEqual([])
      }
    })

    it('come from the chosen data source only', () => {
      const places = [...panels, ...targets].flatMap(({ datasource }) => datasource?.uid ?? [])
      expect([...new Set(places)]).toEqual(['$datasource'])
      expect(JSON.stringify(dashboard)).not.toMatch(/https?:\/\//)
    })

    it('are in panels that do not overlap, each with its own id and description', () => {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      const taken = new Set<string>()
      for (const { gridPos, title, type, description } of panels) {
        if (type !== 'row') expect(description, title).toMatch(/\.$/)
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false)
            taken.add(`${x},${y}`)
          }
        }
      }
    })
  })

  describe('in the alerting rules', () => {
    const rules = [...read(RULES).matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)]

    it('exist, with the labels of their expressions', () => {
      expect(rules.length).toBe(read(RULES).split('- alert:').length - 1)
      expect(rules.length).toBeGreaterThan(15)
      for (const [, , expression = ''] of rules) mustBeThere(expression)
    })

    it('have a severity and a remedy, in a sentence each', () => {
      const blocks = read(RULES).split('- alert:').slice(1)
      for (const block of blocks) {
        expect(block).toMatch(/severity: (critical|warning|info) \}/)
        expect(block).toMatch(/summary: ".+\."\n/)
        expect(block).toMatch(/description: ".+\."\n/)
      }
    })

    it.runIf(hasPromtool)("pass promtool's check", () => {
      const { status, stdout, stderr } = promtool('', 'check', 'rules', RULES)
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`${rules.length} rules found`)
    })
  })
})

/** Grafana's replacement for its variables. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance)\b/g, 'x')
