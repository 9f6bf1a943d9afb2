// The Grafana dashboard as data: rows of panels, each with its Prometheus queries. `npm run gen`
// writes it to ops/grafana/tollgate.json.
const OF = 'job="$job", instance=~"$instance"'
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
const WIDTH = 24
const OR_NONE = 'or vector(0)'

const of = (metric, ...labels) => `${metric}{${[OF, ...labels].join(', ')}}`
const rate = (metric, ...labels) => `rate(${of(metric, ...labels)}[$__rate_interval])`
const sum = (expression, by) => (by ? `sum by (${by}) (${expression})` : `sum(${expression})`)
const quantile = (part, metric, by) =>
  `histogram_quantile(${part}, ${sum(rate(`${metric}_bucket`), ['le', by].filter(Boolean).join(', '))})`

const stat = (title, unit, expression, says, thresholds) => ({
  type: 'stat',
  title,
  unit,
  says,
  width: 4,
  height: 4,
  thresholds,
  targets: [{ expression, legend: '' }],
})
const graph = (title, unit, says, ...targets) => ({
  type: 'timeseries',
  title,
  unit,
  says,
  width: 12,
  height: 8,
  targets: targets.map(([expression, legend]) => ({ expression, legend })),
})

const ROWS = [
  [
    'At a glance',
    stat(
      'Store',
      'bool_on_off',
      `min(${of('tollgate_store_up')})`,
      'On while every process reaches its store.',
      [
        ['red', null],
        ['green', 1],
      ],
    ),
    stat('Decisions', 'reqps', sum(rate('tollgate_decisions_total')), 'Decisions a second.'),
    stat(
      'Refused',
      'percentunit',
      `${sum(rate('tollgate_decisions_total', 'outcome="refused"'))} / ${sum(rate('tollgate_decisions_total'))}`,
      'Of all decisions, how many were refused.',
    ),
    stat(
      'Answers with 5xx',
      'percentunit',
      `(${sum(rate('tollgate_http_requests_total', 'status=~"5.."'))} ${OR_NONE}) / ${sum(rate('tollgate_http_requests_total'))}`,
      'Of all answers over HTTP.',
      [
        ['green', null],
        ['red', 0.01],
      ],
    ),
    stat(
      'Oldest that waits',
      's',
      `max(${of('tollgate_outbox_oldest_seconds')})`,
      'Events, deliveries that are due, or acts at Stripe.',
      [
        ['green', null],
        ['orange', 60],
        ['red', 600],
      ],
    ),
    stat(
      'Unexpected errors',
      'short',
      `sum(increase(${of('tollgate_errors_total', 'level="error"')}[1h])) ${OR_NONE}`,
      'In the last hour, as onError is told of them.',
      [
        ['green', null],
        ['red', 1],
      ],
    ),
  ],
  [
    'Gate',
    graph('Decisions', 'reqps', 'By what came of them and how they were made.', [
      sum(rate('tollgate_decisions_total'), 'outcome, path'),
      '{{outcome}} ({{path}})',
    ]),
    graph(
      'Time of decisions by the store',
      's',
      'Those on leases take microseconds, and are not timed.',
      [quantile(0.5, 'tollgate_decision_seconds', 'verb'), '{{verb}} p50'],
      [quantile(0.99, 'tollgate_decision_seconds', 'verb'), '{{verb}} p99'],
    ),
    graph('Requests', 'reqps', 'Answers over HTTP by their status.', [
      sum(rate('tollgate_http_requests_total'), 'status'),
      '{{status}}',
    ]),
    graph('Slowest operations', 's', 'The 95th percentile of the five that take longest.', [
      `topk(5, ${quantile(0.95, 'tollgate_http_request_duration_seconds', 'operation')})`,
      '{{operation}}',
    ]),
  ],
  [
    'Ledger',
    graph(
      'Usage events',
      'cps',
      'Recorded, sent again and counted once, refused as not valid, and of a model without a price.',
      [sum(rate('tollgate_events_recorded_total')), 'recorded'],
      [sum(rate('tollgate_events_duplicate_total')), 'sent again'],
      [sum(rate('tollgate_events_rejected_total')), 'refused'],
      [sum(rate('tollgate_events_unpriced_total')), 'without a price'],
    ),
    graph(
      'Waiting to be written',
      'short',
      'Usage events in memory, and records of the journal that are not in the books.',
      [sum(of('tollgate_queue_length')), 'events'],
      [sum(of('tollgate_journal_waiting')), 'in the journal'],
    ),
  ],
  [
    'What is told',
    graph('Deliveries', 'cps', 'Tries by channel and by what came of them.', [
      sum(rate('tollgate_deliveries_total'), 'channel, outcome'),
      '{{channel}} {{outcome}}',
    ]),
    graph('Time of deliveries', 's', 'How long endpoints take to answer: the 95th percentile.', [
      quantile(0.95, 'tollgate_delivery_seconds', 'channel'),
      '{{channel}}',
    ]),
    graph(
      'For how long the oldest waits',
      's',
      'It should be seconds; acts at Stripe wait for a customer.',
      [`max by (kind) (${of('tollgate_outbox_oldest_seconds')})`, '{{kind}}'],
    ),
    graph('Endpoints', 'short', 'By their state. All processes tell the same.', [
      `max by (state) (${of('tollgate_endpoints')})`,
      '{{state}}',
    ]),
    graph('Alerts that fired', 'short', 'In five minutes, by the kind of their rule.', [
      sum(`increase(${of('tollgate_alerts_total')}[5m])`, 'rule_kind, severity'),
      '{{rule_kind}} {{severity}}',
    ]),
    graph(
      'Runs of workflows',
      'short',
      'Those that are not over. A stuck one needs a person. All processes tell the same.',
      [`max by (workflow, state) (${of('tollgate_workflow_runs')}) > 0`, '{{workflow}} {{state}}'],
    ),
  ],
  [
    'Stripe, jobs and errors',
    graph('Calls to Stripe', 'cps', 'By what was asked and whether it was done.', [
      sum(rate('tollgate_stripe_calls_total'), 'call, outcome'),
      '{{call}} {{outcome}}',
    ]),
    graph('Time of Stripe', 's', 'The 95th percentile.', [
      quantile(0.95, 'tollgate_stripe_seconds', 'call'),
      '{{call}}',
    ]),
    graph('Since a job was done last', 's', 'It grows until the job is done again.', [
      `time() - max by (job_name) (${of('tollgate_job_last_success_timestamp_seconds')})`,
      '{{job_name}}',
    ]),
    graph(
      'What failed',
      'short',
      'Runs of jobs that failed and errors that nobody expected, in five minutes.',
      [
        `sum by (job_name) (increase(${of('tollgate_job_runs_total', 'outcome="failed"')}[5m]))`,
        'job {{job_name}}',
      ],
      [
        `sum by (where, level) (increase(${of('tollgate_errors_total')}[5m]))`,
        '{{where}} ({{level}})',
      ],
    ),
  ],
]

const panelsOf = () => {
  const panels = []
  let id = 0
  let y = 0
  for (const [title, ...row] of ROWS) {
    id += 1
    panels.push({
      id,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
    })
    y += 1
    let x = 0
    let height = 0
    for (const panel of row) {
      if (x + panel.width > WIDTH) {
        x = 0
        y += height
      }
      id += 1
      panels.push(panelOf(panel, id, { x, y, w: panel.width, h: panel.height }))
      x += panel.width
      height = panel.height
    }
    y += height
  }
  return panels
}

const panelOf = ({ type, title, unit, says, thresholds, targets }, id, gridPos) => ({
  id,
  type,
  title,
  description: says,
  datasource: DATASOURCE,
  gridPos,
  fieldConfig: {
    defaults: {
      unit,
      min: 0,
      ...(thresholds && {
        thresholds: {
          mode: 'absolute',
          steps: thresholds.map(([color, value]) => ({ color, value })),
        },
      }),
    },
    overrides: [],
  },
  options:
    type === 'stat'
      ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: thresholds ? 'value' : 'none' }
      : {
          legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
          tooltip: { mode: 'multi', sort: 'desc' },
        },
  targets: targets.map(({ expression, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: DATASOURCE,
    expr: expression,
    legendFormat: legend || '__auto',
    range: type !== 'stat',
    instant: type === 'stat',
  })),
})

const asked = (name, query, more) => ({
  name,
  type: 'query',
  datasource: DATASOURCE,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  sort: 1,
  ...more,
})

export const dashboardText = () =>
  `${JSON.stringify(
    {
      uid: 'tollgate',
      title: 'Tollgate',
      tags: ['tollgate'],
      schemaVersion: 39,
      version: 1,
      description: 'The gate, the ledger and what they tell. Written by npm run gen.',
      editable: true,
      graphTooltip: 1,
      refresh: '30s',
      timezone: 'browser',
      time: { from: 'now-6h', to: 'now' },
      annotations: { list: [] },
      templating: {
        list: [
          { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
          asked('job', 'label_values(tollgate_store_up, job)', { label: 'Job' }),
          asked('instance', 'label_values(tollgate_store_up{job="$job"}, instance)', {
            label: 'Process',
            multi: true,
            includeAll: true,
            current: { text: ['All'], value: ['$__all'] },
          }),
        ],
      },
      panels: panelsOf(),
    },
    null,
    2,
  )}\n`
